// The time left, as the server sees it. Only differences of performance.now() are used, so that a wrong or
// shifted clock on this device changes nothing.
import { showBanner } from "./lib/banners.js";
import { announce } from "./lib/page.js";
import { flush, lock, unlock } from "./lib/signals.js";
import { Veil } from "./lib/veil.js";

const SYNC_MS = 30_000;
const TICK_MS = 250;
const AT_ZERO_MS = 2000;
const LOW = 180;
const LAST = 60;
const NOTICES = [600, 300, 60];

class Clock {
  constructor(element) {
    this.element = element;
    this.figures = element.querySelector("[data-clock-figures]");
    this.url = element.dataset.clockUrl;
    this.closedUrl = element.dataset.closedUrl;
    this.veil = new Veil(element, this.url);
    this.atZero = false;
    this.set(Number(element.dataset.secondsLeft));
    this.pending = NOTICES.filter((seconds) => seconds < this.left);
  }

  start() {
    this.tick();
    setInterval(() => this.tick(), TICK_MS);
    setInterval(() => this.sync(), SYNC_MS);
    addEventListener("online", () => this.sync());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.sync());
  }

  set(seconds) {
    this.endsAt = performance.now() + seconds * 1000;
  }

  get left() {
    return Math.max(0, (this.endsAt - performance.now()) / 1000);
  }

  tick() {
    const left = this.left;
    this.show(left);
    this.speak(left);
    if (left <= 0 && !this.atZero) this.zero();
  }

  show(left) {
    const text = figures(Math.ceil(left));
    if (this.figures.textContent !== text) this.figures.textContent = text;
    const state = left < LAST ? "last" : left < LOW ? "low" : "";
    if ((this.element.dataset.state ?? "") === state) return;
    if (state) this.element.dataset.state = state;
    else delete this.element.dataset.state;
    this.veil.draw();
  }

  speak(left) {
    const due = this.pending.filter((seconds) => left <= seconds);
    if (!due.length) return;
    this.pending = this.pending.filter((seconds) => left > seconds);
    const minutes = Math.ceil(left / 60); // and not the notice's own: a device that slept may have missed several
    announce(minutes === 1 ? "1 minute left." : `${minutes} minutes left.`, { urgent: minutes === 1 });
  }

  /** Asks the server. Half the round trip is taken off, since the answer is that old when it arrives. */
  async sync() {
    const asked = performance.now();
    try {
      const response = await fetch(this.url, { headers: { Accept: "application/json" }, cache: "no-store" });
      if (!response.ok) return;
      const { seconds_left: seconds, is_open: open, is_paused: paused } = await response.json();
      const age = (performance.now() - asked) / 2000;
      if (paused) location.reload(); // another tab stopped this practice: its page says so
      else if (open) this.corrected(seconds - age);
      else this.leave();
    } catch {
      // No connection: the last known deadline still holds, and the next sync corrects it.
    }
  }

  corrected(seconds) {
    const more = seconds - this.left;
    this.set(seconds);
    if (more > 30) {
      this.pending = NOTICES.filter((notice) => notice < seconds);
      announce(`You were given more time: ${figures(Math.ceil(seconds))} left.`);
    }
    if (seconds > 0 && this.atZero) this.resume();
  }

  // Extra time may have been granted in the last seconds, so the server is asked before the page is left.
  async zero() {
    this.atZero = true;
    lock("Time is up.");
    announce("Time is up. Your answers are being handed in.", { urgent: true });
    await flush();
    await this.sync();
    if (this.atZero) this.waitForClosing();
  }

  resume() {
    this.atZero = false;
    clearInterval(this.closing);
    unlock();
  }

  waitForClosing() {
    showBanner("closed", {
      sign: "end",
      title: "Time is up.",
      text: "Your answers are locked and being handed in. Nothing is left for you to do.",
    });
    this.closing = setInterval(() => this.sync(), AT_ZERO_MS);
  }

  leave() {
    if (this.left) return flush().then(() => location.assign(this.closedUrl));
    return location.assign(this.closedUrl);
  }
}

function figures(seconds) {
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

const element = document.querySelector("[data-clock]");
if (element) new Clock(element).start();
