// Every control with [data-draft], and every form with [data-draft-form], saves itself: about a second after typing
// stops, at least every five.
import { answersOf } from "./lib/answers.js";
import { hideBanner, showBanner } from "./lib/banners.js";
import { forget, keep, kept } from "./lib/keep.js";
import { announce, csrfToken } from "./lib/page.js";
import { showSaveState } from "./lib/savestate.js";
import { flush } from "./lib/signals.js";

const IDLE_MS = 1000;
const LONGEST_MS = 5000;
const KEEP_MS = 300;
const RETRY_MS = [1000, 2000, 4000, 8000];
const LARGE_PASTE = 200; // characters; a smaller one is as good as typing
const KEEPALIVE_BYTES = 60_000; // browsers refuse a larger body on a request that outlives its page

class Draft {
  constructor(answer) {
    const { element } = answer;
    this.answer = answer;
    this.url = element.dataset.draftUrl;
    this.key = element.dataset.draftKey;
    this.place = element.dataset.draftPlace; // where its save state shows; the bar when it is not said
    this.isPrivate = element.dataset.draftPrivate !== undefined; // one's own notes, which have no timeline
    this.revision = Number(element.dataset.draftRevision ?? 0);
    this.saved = answer.initial;
    this.mark = {}; // why the next save is made, where the timeline shows it
    this.sending = null; // {content, done} while a request is under way
    this.failures = 0;
    this.over = false; // taken by another tab, or closed: nothing is sent any more
    element.addEventListener("input", () => this.changed());
    element.addEventListener("fp:because", ({ detail }) => this.because(detail));
    // Quick hands type before this script has come, and nobody heard them.
    if (this.dirty) this.changed();
  }

  get dirty() {
    return !this.over && this.answer.read() !== this.saved;
  }

  show(state, at) {
    showSaveState(state, at, this.place);
  }

  changed() {
    if (this.over) return;
    clearTimeout(this.idle);
    this.idle = setTimeout(() => this.save(), IDLE_MS);
    this.longest ??= setTimeout(() => this.save(), LONGEST_MS);
    this.keeping ??= setTimeout(() => this.keepHere(), KEEP_MS);
  }

  // Saved at once, so that the timeline shows this change alone. Pastes that could not be sent yet add up.
  because({ reason, pasted = 0 }) {
    const size = pasted + (this.mark.pasted ?? 0);
    this.mark = { reason, ...(reason === "paste" && { pasted: size }) };
    setTimeout(() => this.save());
  }

  holds(element) {
    return !this.isPrivate && this.answer.holds(element);
  }

  // The device's copy covers the second before a save, a dead network and a killed browser alike.
  async keepHere() {
    clearTimeout(this.keeping);
    this.keeping = null;
    if (!this.dirty) return true;
    return keep(this.key, { content: this.answer.read(), base: this.saved, sent: this.sending?.content });
  }

  clearTimers() {
    for (const timer of ["idle", "longest", "retry"]) {
      clearTimeout(this[timer]);
      this[timer] = null;
    }
  }

  /** Saves what is in the fields; one request at a time, and again until nothing is left. */
  async save() {
    this.clearTimers();
    if (this.sending) {
      await this.sending.done;
      return this.dirty && !this.failures ? this.save() : undefined;
    }
    if (!this.dirty) return undefined;
    const content = this.answer.read();
    if (!this.failures) this.show("saving"); // while the network is away the state must not flicker
    this.sending = { content, done: this.send(content, this.mark) };
    await this.sending.done;
    return this.overtaken ? this.save() : undefined;
  }

  async send(content, mark) {
    this.overtaken = false;
    try {
      const response = await put(this.url, { answer: this.answer.pack(content), revision: this.revision, ...mark });
      if (response.ok && mark === this.mark) this.mark = {};
      await this.answered(response, content);
    } catch {
      await this.unreachable();
    } finally {
      this.sending = null;
    }
    if (this.dirty && !this.retry && !this.overtaken) this.changed();
  }

  async answered(response, content) {
    const body = await response.json().catch(() => ({}));
    if (response.ok) this.confirmed(content, body);
    else if (response.status === 409) this.conflicted(body, content);
    else if (response.status === 410) this.closed(body.detail);
    else if (response.status === 403 && !body.code) this.signedOut();
    else if (response.status >= 500 || response.status === 429) this.failed("retrying", response);
    else this.refused(body);
  }

  confirmed(content, { revision, saved_at: savedAt }) {
    this.revision = revision;
    this.saved = content;
    this.failures = 0;
    if (drafts.every(({ failures, retry }) => !failures && retry !== -1)) {
      hideBanner("offline");
      hideBanner("refused");
    }
    if (this.dirty) this.keepHere();
    else forget(this.key);
    this.show("saved", savedAt);
  }

  // What is stored may be our own: a save or a run whose answer got lost.
  // Then no other tab is at work, and the newest text goes on top of it at once.
  conflicted(body, content) {
    const stored = this.answer.unpack(body.answer);
    if (stored === content || stored === this.saved) {
      this.revision = body.revision;
      this.saved = null;
      this.overtaken = true;
      return;
    }
    this.keepHere();
    this.end();
    this.show("readonly");
    showBanner("taken", {
      tone: "taken",
      sign: "eye",
      title: this.isPrivate ? "Your notes are open in another tab." : "Open in another tab.",
      text: this.isPrivate ? "Here they are now read-only." : "This one is now read-only.",
      actions: [{ label: "Work here instead", run: () => location.reload() }],
    });
  }

  closed(detail) {
    this.keepHere();
    this.end();
    this.show("readonly");
    showBanner("closed", {
      sign: "end",
      title: "This answer is closed.",
      text: detail ?? "The interview has ended. What was saved by then counts.",
    });
  }

  // Somebody signed out in another tab, or the session ended. Signing in again there mends it.
  signedOut() {
    const news = this.failures === 0;
    this.failed("retrying");
    if (!news) return;
    showBanner("refused", {
      tone: "retry",
      sign: "off",
      title: "You are signed out.",
      text: "Your work is kept on this device. Sign in again in another tab and it will be saved.",
    });
  }

  refused(body) {
    this.retry = -1; // the same text would be refused again; the next change tries anew
    this.show("refused");
    showBanner("refused", { tone: "bad", sign: "RE", title: "Not saved.", text: body.detail ?? "The answer was refused." });
  }

  async unreachable() {
    const safe = await this.keepHere();
    const news = this.failures === 0;
    this.failed(safe ? "offline" : "retrying");
    if (!safe || !news) return;
    showBanner("offline", {
      tone: "offline",
      sign: "off",
      title: "Offline.",
      text: "Your work is kept on this device and will be sent when you are back. The clock keeps running.",
    });
  }

  failed(state, response) {
    this.keepHere();
    const asked = Number(response?.headers.get("Retry-After")) * 1000;
    const wait = asked || RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)];
    this.failures += 1;
    this.show(state);
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.save(), wait);
  }

  end() {
    this.clearTimers();
    this.over = true;
    this.answer.lock(true);
  }

  // The page is going away: no answer will be read, so a save under way is assumed to arrive first.
  leave() {
    if (!this.dirty || this.sending?.content === this.answer.read()) return;
    this.keepHere();
    const revision = this.revision + (this.sending ? 1 : 0);
    put(this.url, { answer: this.answer.pack(this.answer.read()), revision, ...this.mark }).catch(() => {});
  }

  // Text that this device kept and the server never confirmed. It goes back by itself when it grew from what
  // the server holds; otherwise the person decides, since somebody typed on another device meanwhile.
  async restore() {
    if (this.answer.locked) return;
    const record = await kept(this.key);
    if (!record || record.content === this.saved) forget(this.key);
    else if (!this.dirty && [record.base, record.sent].includes(this.saved)) this.putBack(record);
    else this.offer(record);
  }

  putBack(record) {
    this.answer.write(record.content);
    announce("Work kept on this device was put back.");
    this.save();
  }

  offer(record) {
    const done = () => hideBanner("unsent");
    showBanner("unsent", {
      tone: "offline",
      sign: "disk",
      title: "This device kept other unsaved work.",
      text: "It was never sent, and a newer version was saved elsewhere.",
      actions: [
        { label: "Use the work from this device", run: () => { done(); this.because({ reason: "restore" }); this.putBack(record); } },
        { label: "Keep what is shown", run: () => { done(); forget(this.key); } },
      ],
    });
  }
}

function put(url, payload) {
  const body = JSON.stringify(payload);
  const keepalive = new TextEncoder().encode(body).length < KEEPALIVE_BYTES;
  const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() };
  return fetch(url, { method: "PUT", credentials: "same-origin", headers, body, keepalive });
}

const drafts = answersOf(document).map((answer) => new Draft(answer));
const leavingForms = new WeakSet();
const unsaved = () => drafts.filter((draft) => draft.dirty || draft.sending);

// Save first, then go: a run, a submit, Finish or another question must see the newest words.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (event.defaultPrevented || !unsaved().length || form.dataset.flushed !== undefined) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (leavingForms.has(form)) return;
    leavingForms.add(form);
    flush().then(() => proceed(form, event.submitter));
  },
  true,
);

// Text that cannot be saved (offline, refused) must not hold the form back for ever.
function proceed(form, submitter) {
  leavingForms.delete(form);
  form.dataset.flushed = "";
  form.requestSubmit(submitter);
  delete form.dataset.flushed;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || event.defaultPrevented || link.target || !unsaved().length) return;
  if (link.origin !== location.origin || link.getAttribute("href").startsWith("#")) return;
  event.preventDefault();
  flush().then(() => location.assign(link.href));
});

document.addEventListener("paste", ({ target, clipboardData }) => {
  const pasted = [...(clipboardData?.getData("text/plain") ?? "")].length;
  if (pasted >= LARGE_PASTE) drafts.find((draft) => draft.holds(target))?.because({ reason: "paste", pasted });
}, true);

document.addEventListener("fp:flush", ({ detail }) => {
  for (const draft of unsaved()) detail.waiting.push(draft.save());
});
// A run or submit has stored the answer as a revision of its own; the next save grows from that one.
document.addEventListener("fp:stored", ({ detail }) => {
  for (const draft of drafts) if (!draft.isPrivate) draft.revision = Math.max(draft.revision, detail.revision);
});
document.addEventListener("fp:lock", () => {
  for (const { answer } of drafts) answer.lock(true);
});
document.addEventListener("fp:unlock", () => {
  for (const { answer, over } of drafts) answer.lock(over);
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") flush();
});
addEventListener("pagehide", () => drafts.forEach((draft) => draft.leave()));
// A page from the back-forward cache holds an old revision; a fresh one is a round trip away.
addEventListener("pageshow", (event) => event.persisted && location.reload());
addEventListener("online", () => unsaved().forEach((draft) => draft.save()));

for (const draft of drafts) draft.restore();
for (const place of ["data-save-state", "data-notes-state"]) {
  const savedAt = document.querySelector(`[${place}][data-saved-at]`)?.dataset.savedAt;
  if (savedAt) showSaveState("saved", savedAt, place);
}
