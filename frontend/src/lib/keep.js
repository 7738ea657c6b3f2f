// Work that the server has not confirmed, kept on this device under the person's and the item's key.
// A record is {content, base, sent}: the text, the saved text it grew from, and what was last sent but not confirmed.
const PREFIX = "fp:draft:";

export function keep(key, record) {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(record));
    return true;
  } catch {
    return false; // storage is full or switched off: the caller must not promise that the work is kept
  }
}

export function kept(key) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key));
  } catch {
    return null;
  }
}

export function forget(key) {
  try {
    localStorage.removeItem(PREFIX + key);
  } catch {
    // nothing was kept
  }
}
