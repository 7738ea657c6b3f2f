// The time left, as the server sees it. Only differences of performance.now() are used, so that a wrong or
// shifted clock on this device changes nothing. Where the present section has a clock of its own, that is what is shown
// large and spoken of, since it ends first; the whole interview's stands beside it.
import { hideBanner, showBanner } from "./lib/banners.js";
import { announce } from "./lib/page.js";
import { flush, lock, unlock } from "./lib/signals.js";
import { Veil } from "./lib/veil.js";

const SYNC_MS = 5000; // how soon extra time arrives
const TICK_MS = 250;
const AT_ZERO_MS = 2000;
const DRIFT_S = 0.4; // differences below it are the network's, and correcting them would make seconds jump
const NEWS_S = 30;
const LOW = 180;
const LAST = 60;
const NOTICES = [600, 300, 60];

class Clock {
  constructor(element) {
    const { dataset } = element;
    this.element = element;
    this.figures = element.querySelector("[data-clock-figures]");
    this.overall = element.querySelector("[data-clock-overall]");
    this.budget = element.querySelector("[data-clock-spent]");
    this.spent = Number(this.budget?.dataset.clockSpent ?? 0);
    this.url = dataset.clockUrl;
    this.veil = new Veil(element, this.url);
    this.atZero = false;
    this.set(Number(dataset.secondsLeft), dataset.sectionLeft ? Number(dataset.sectionLeft) : null);
    this.pending = NOTICES.filter((seconds) => seconds < this.left);
  }

  start() {
    this.tick();
    setInterval(() => this.tick(), TICK_MS);
    setInterval(() => this.sync(), SYNC_MS);
    addEventListener("online", () => this.sync());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.sync());
  }

  /** `seconds` are left of the interview, and `section` of the section's own clock, or null. */
  set(seconds, section) {
    const now = performance.now();
    this.endsAt = now + seconds * 1000;
    this.sectionEndsAt = section === null ? null : now + section * 1000;
  }

  get whole() {
    return untilNow(this.endsAt);
  }

  /** What ends first. */
  get left() {
    return untilNow(this.sectionEndsAt ?? this.endsAt);
  }

  get inSection() {
    return this.sectionEndsAt !== null;
  }

  tick() {
    const { left } = this;
    this.show(left);
    this.speak(left);
    this.spend();
    if (left <= 0 && !this.atZero) this.zero();
  }

  // Seconds in view add up in the free section that is open; its minutes are advice, and nothing is said aloud.
  spend() {
    if (document.visibilityState === "visible") this.spent += TICK_MS / 1000;
    if (this.budget) write(this.budget, String(Math.floor(this.spent / 60)));
  }

  show(left) {
    write(this.figures, figures(Math.ceil(left)));
    if (this.overall) write(this.overall, figures(Math.ceil(this.whole)));
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
    // And not the notice's own minutes: a device that slept may have missed several.
    const where = this.inSection ? ` in this section, ${minutes(this.whole)} in all` : "";
    announce(`${minutes(left)} left${where}.`, { urgent: left <= LAST });
  }

  /** Asks the server. Half the round trip is taken off, since the answer is that old when it arrives. */
  async sync() {
    const asked = performance.now();
    try {
      const response = await fetch(this.url, { headers: { Accept: "application/json" }, cache: "no-store" });
      if (response.ok) this.answered(await response.json(), (performance.now() - asked) / 2000);
    } catch {
      // No connection: the last known deadline still holds, and the next sync corrects it.
    }
  }

  answered({ seconds_left: whole, section_seconds_left: section, is_open: open, is_paused: paused, first_open: first }, age) {
    if (paused) location.reload(); // another tab stopped this practice: its page says so
    else if (!open) this.leave(this.element.dataset.closedUrl);
    else if (first !== Number(this.element.dataset.firstOpen)) this.leave(this.element.dataset.interviewUrl);
    else this.corrected(whole - age, section === null ? null : section - age);
  }

  corrected(whole, section) {
    const seconds = section ?? whole;
    const more = seconds - this.left;
    if (Math.abs(more) > DRIFT_S || Math.abs(whole - this.whole) > DRIFT_S) this.set(whole, section);
    if (more > NEWS_S) {
      this.pending = NOTICES.filter((notice) => notice < seconds);
      announce(`You were given more time: ${figures(Math.ceil(seconds))} left${this.inSection ? " in this section" : ""}.`);
    }
    if (seconds > 0 && this.atZero) this.resume();
  }

  // Extra time may have been granted in the last seconds, so the server is asked before the page is left.
  async zero() {
    this.atZero = true;
    lock("Time is up.");
    announce(this.inSection ? "The time of this section is up." : "Time is up. Your answers are being handed in.", { urgent: true });
    await flush();
    await this.sync();
    if (this.atZero) this.waitForServer();
  }

  resume() {
    this.atZero = false;
    clearInterval(this.waiting);
    hideBanner("closed");
    unlock();
  }

  waitForServer() {
    showBanner("closed", this.inSection ? SECTION_OVER : OVER);
    this.waiting = setInterval(() => this.sync(), AT_ZERO_MS);
  }

  // Whatever told that it is over, a beat or the zero itself: what is not sent yet goes first.
  leave(url) {
    return flush().then(() => location.assign(url));
  }
}

const OVER = {
  sign: "end",
  title: "Time is up.",
  text: "Your answers are locked and being handed in. Nothing is left for you to do.",
};
const SECTION_OVER = {
  sign: "end",
  title: "The time of this section is up.",
  text: "Its answers are locked and count as they were saved. The next section opens by itself.",
};

const untilNow = (moment) => Math.max(0, (moment - performance.now()) / 1000);

function write(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

function minutes(seconds) {
  const whole = Math.ceil(seconds / 60);
  return whole === 1 ? "1 minute" : `${whole} minutes`;
}

function figures(seconds) {
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

const element = document.querySelector("[data-clock]");
if (element) new Clock(element).start();
