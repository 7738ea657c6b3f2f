// Playback of an answer: the slider follows the time that passed then, and marks are jumped to without a new page.
import { announce } from "./lib/page.js";

const LONGEST_MS = 2000; // a pause of the candidate's is not waited out
const SHORTEST_MS = 150; // or the server is asked faster than anyone can read

const form = document.querySelector("[data-playback]");
if (form) setUp(form);

function setUp(form) {
  const slider = form.querySelector("[name=at]");
  const button = form.querySelector("[data-play]");
  const speed = form.querySelector("[data-speed]");
  const gaps = form.dataset.gaps.split(",").map(Number);
  let timer = null;

  const go = (number) => {
    slider.value = number;
    slider.dispatchEvent(new CustomEvent("fp:at", { bubbles: true }));
  };

  function stop() {
    clearTimeout(timer);
    timer = null;
    button.textContent = "Play";
    button.setAttribute("aria-pressed", "false");
  }

  function next() {
    const at = Number(slider.value);
    if (at >= gaps.length) return stop();
    const pause = (1000 * gaps[at]) / Number(speed.value);
    timer = setTimeout(() => {
      go(at + 1);
      next();
    }, Math.min(LONGEST_MS, Math.max(SHORTEST_MS, pause)));
  }

  button.addEventListener("click", () => {
    if (timer) return stop();
    if (Number(slider.value) >= gaps.length) go(1);
    button.textContent = "Pause";
    button.setAttribute("aria-pressed", "true");
    next();
  });
  slider.addEventListener("input", stop);
  document.addEventListener("click", (event) => {
    const mark = event.target.closest("a[data-at]");
    if (!mark || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    stop();
    go(mark.dataset.at);
    announce(mark.textContent.trim());
  });
}
