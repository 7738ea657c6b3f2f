// Hiding the clock. The wish is remembered on the device. When the last minutes begin the clock comes back once, so that
// zero is no surprise; whoever hides it again is taken at their word for the rest of that interview.
import { announce, icon } from "./page.js";

const WISH = "fp:clock";
const LATE = "fp:clock-late";

export class Veil {
  /** `interview` is what tells one interview from another; `timer` says by data-state that the end is near. */
  constructor(timer, interview) {
    this.timer = timer;
    this.interview = interview;
    this.button = document.querySelector("[data-clock-toggle]");
    this.button?.addEventListener("click", () => this.turn());
    this.draw();
  }

  get hidden() {
    if (read(localStorage, WISH) !== "hidden") return false;
    return !this.timer.dataset.state || read(sessionStorage, LATE) === this.interview;
  }

  turn() {
    if (this.hidden) write(localStorage, WISH, null);
    else this.hide();
    this.draw();
    announce(this.hidden ? "The clock is hidden. You are still told when 10, 5 and 1 minutes are left." : "The clock is shown.");
  }

  hide() {
    write(localStorage, WISH, "hidden");
    write(sessionStorage, LATE, this.timer.dataset.state ? this.interview : null);
  }

  draw() {
    const { hidden } = this;
    if (hidden) document.documentElement.dataset.hiddenClock = "";
    else delete document.documentElement.dataset.hiddenClock;
    const label = hidden ? "Show the clock" : "Hide the clock";
    if (!this.button || this.button.title === label) return;
    this.button.title = label;
    this.button.setAttribute("aria-label", label);
    this.button.replaceChildren(icon(hidden ? "eye-off" : "eye"));
  }
}

function read(storage, name) {
  try {
    return storage.getItem(name);
  } catch {
    return null; // storage is switched off: the clock is shown
  }
}

function write(storage, name, value) {
  try {
    if (value === null) storage.removeItem(name);
    else storage.setItem(name, value);
  } catch {
    // Storage is switched off: the wish cannot be remembered.
  }
}
