// The separators between the panes of the workspace, by pointer and by keyboard. Each says the share of one pane, in
// percent: [data-divide] names it as in workplace.js. Its arrows point to where it moves.
import { atStart, bounds, setWorkplace, workplace } from "./workplace.js";

const STEP = 2;

export function setUpPanes(root) {
  for (const divider of root.querySelectorAll("[data-divide]")) setUp(divider);
}

function setUp(divider) {
  const name = divider.dataset.divide;
  divider.setAttribute("aria-valuemin", bounds(name).from);
  divider.setAttribute("aria-valuemax", bounds(name).to);
  say(divider, workplace()[name]);
  divider.addEventListener("keydown", (event) => moved(divider, event));
  divider.addEventListener("dblclick", () => put(divider, atStart(name)));
  divider.addEventListener("pointerdown", (event) => drag(divider, event));
}

function say(divider, share) {
  divider.setAttribute("aria-valuenow", Math.round(share));
  divider.setAttribute("aria-valuetext", `${Math.round(share)} %`);
}

function put(divider, share) {
  const { from, to } = bounds(divider.dataset.divide);
  const within = Math.min(to, Math.max(from, share));
  setWorkplace({ [divider.dataset.divide]: within });
  say(divider, within);
}

function moved(divider, event) {
  const name = divider.dataset.divide;
  const { from, to } = bounds(name);
  const now = workplace()[name];
  const less = name === "out" ? "ArrowDown" : "ArrowLeft";
  const more = name === "out" ? "ArrowUp" : "ArrowRight";
  const share = { [less]: now - STEP, [more]: now + STEP, Home: from, End: to, Enter: atStart(name) }[event.key];
  if (share === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  put(divider, share);
}

function drag(divider, event) {
  if (event.button !== 0) return;
  const room = divider.parentElement.getBoundingClientRect();
  const follow = ({ clientX, clientY }) => put(divider, divider.dataset.divide === "out"
    ? (100 * (room.bottom - clientY)) / room.height
    : (100 * (clientX - room.left)) / room.width);
  divider.setPointerCapture(event.pointerId);
  divider.addEventListener("pointermove", follow);
  divider.addEventListener("lostpointercapture", () => divider.removeEventListener("pointermove", follow), { once: true });
}
