// Work that the server has not confirmed, kept on this device under the person's and the item's key.
// A record is {content, base, sent, at}: the text, the saved text it grew from, what was last sent but not confirmed,
// and when.
//
// There are two copies. Local storage is written while a page goes away, but browsers hold it back for seconds, after
// much writing for a minute, and one that is killed takes that along. IndexedDB survives it, but comes too late for a
// page that is closing. The newer copy counts.
const PREFIX = "fp:draft:";
const STORE = "drafts";
let database;

function open() {
  database ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("fp", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return database;
}

async function act(mode, ask) {
  const transaction = (await open()).transaction(STORE, mode);
  const request = ask(transaction.objectStore(STORE));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** Resolves to whether the work is kept; where it is not, storage is full or switched off. */
export async function keep(key, record) {
  const dated = { ...record, at: Date.now() };
  const here = written(key, dated);
  const there = await act("readwrite", (store) => store.put(dated, key)).then(() => true, () => false);
  return here || there;
}

function written(key, record) {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(record));
    return true;
  } catch {
    return false;
  }
}

export async function kept(key) {
  const copies = [read(key), await act("readonly", (store) => store.get(key)).catch(() => null)];
  return copies.filter(Boolean).sort((a, b) => b.at - a.at)[0] ?? null;
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key));
  } catch {
    return null;
  }
}

export async function forget(key) {
  try {
    localStorage.removeItem(PREFIX + key);
  } catch {
    // nothing was kept there
  }
  await act("readwrite", (store) => store.delete(key)).catch(() => {});
}
