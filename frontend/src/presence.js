// Tells the server how long a question was in view, and when the page was hidden or closed: what the candidate was
// told before the start. Reports are small, in seconds before they are sent; a lost one harms nothing.
import { csrfToken } from "./lib/page.js";

const BEAT_MS = 15_000;
const MARK_MS = 2000;
const AWAY_MS = 5000; // a shorter glance elsewhere is not recorded
const BATCH = 50;
const LONGEST_QUEUE = 200;
const PREFIX = "fp:presence:";

// Steady while the page lives, and comparable with that of the page before it.
const now = () => performance.timeOrigin + performance.now();

class Presence {
  constructor({ presenceUrl, presenceKey, presenceItem }) {
    this.url = presenceUrl;
    this.key = PREFIX + presenceKey;
    this.item = presenceItem || null;
    this.queue = this.take("queue") ?? [];
    this.since = now();
    this.hiddenAt = this.visible ? null : this.since;
    this.absent();
  }

  get visible() {
    return document.visibilityState === "visible";
  }

  start() {
    document.addEventListener("visibilitychange", () => this.turned());
    addEventListener("pagehide", () => this.leaving());
    addEventListener("online", () => this.reconnected());
    setInterval(() => this.visible && this.beat(), BEAT_MS);
    setInterval(() => this.visible && this.put("seen", now()), MARK_MS);
    this.send();
  }

  // Since the last page of this interview was seen there was none, until this one was asked for.
  absent() {
    const seen = this.take("seen");
    if (seen && performance.timeOrigin - seen >= AWAY_MS) this.add("away", seen, performance.timeOrigin);
  }

  turned() {
    this.close();
    this.hiddenAt = this.visible ? null : this.since;
    this.send();
  }

  beat() {
    this.close();
    this.send();
  }

  leaving() {
    this.close();
    if (this.queue.length) this.put("queue", this.queue);
    this.send();
  }

  /** Notes what was until now. A page that has just changed was the opposite until then. */
  close() {
    const until = now();
    if (this.hiddenAt === null) this.add("view", this.since, until);
    else if (until - this.hiddenAt >= AWAY_MS) this.add("away", this.since, until);
    this.since = until;
    this.put("seen", until);
  }

  add(kind, began, ended) {
    const last = this.queue.at(-1);
    if (last?.kind === kind && last.item === this.item && last.ended === began) last.ended = ended;
    else this.queue.push({ kind, item: this.item, began, ended });
    this.queue = this.queue.slice(-LONGEST_QUEUE);
  }

  /** A report that is still on its way set out offline, and will fail only after this. */
  reconnected() {
    this.again = Boolean(this.sending);
    this.send();
  }

  async send() {
    if (this.sending || !this.queue.length) return;
    this.sending = this.queue.splice(0, BATCH);
    const known = await this.report(this.sending);
    if (!known) this.queue.unshift(...this.sending);
    this.sending = null;
    const go = known || this.again;
    this.again = false;
    if (!this.queue.length) this.take("queue");
    else if (go) this.send();
    else this.put("queue", this.queue);
  }

  /** Whether the server needs not be told again: it took the report, or refuses it for good. */
  async report(batch) {
    const sent = now();
    const ago = (moment) => Math.max(0, (sent - moment) / 1000);
    const stretches = batch.map(({ kind, item, began, ended }) => ({ kind, item, began_ago: ago(began), ended_ago: ago(ended) }));
    const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() };
    const wish = { method: "POST", credentials: "same-origin", headers, body: JSON.stringify({ stretches }), keepalive: true };
    try {
      const { ok, status } = await fetch(this.url, wish);
      return ok || [400, 404, 410].includes(status);
    } catch {
      return false;
    }
  }

  put(name, value) {
    try {
      localStorage.setItem(`${this.key}:${name}`, JSON.stringify(value));
    } catch {
      // storage is full or switched off: then this is forgotten with the page
    }
  }

  take(name) {
    try {
      const value = JSON.parse(localStorage.getItem(`${this.key}:${name}`));
      localStorage.removeItem(`${this.key}:${name}`);
      return value;
    } catch {
      return null;
    }
  }
}

const bar = document.querySelector("[data-presence-url]");
if (bar) new Presence(bar.dataset).start();
