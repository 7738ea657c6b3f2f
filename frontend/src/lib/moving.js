// Lines that move up and down: the buttons, what is said, and where the focus stays.
import { announce } from "./page.js";

/** Lets the [data-move] buttons of `list` move its items; `moved(item)` is called after each move. */
export function makeMovable(list, moved) {
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    event.preventDefault();
    move(list, button.closest("li"), Number(button.dataset.move), moved);
    button.focus(); // a moved element loses it
  });
  showEnds(list);
}

export function move(list, item, by, moved) {
  const beside = by < 0 ? item.previousElementSibling : item.nextElementSibling;
  if (!beside) return announce(by < 0 ? "It is the first already." : "It is the last already.");
  if (by < 0) beside.before(item);
  else beside.after(item);
  showEnds(list);
  moved(item);
  const items = [...list.children];
  return announce(`Now at place ${items.indexOf(item) + 1} of ${items.length}.`);
}

/** The first cannot go up, the last not down; the buttons stay reachable and say so when pressed. */
export function showEnds(list) {
  for (const item of list.children) {
    ended(item.querySelector('[data-move="-1"]'), !item.previousElementSibling);
    ended(item.querySelector('[data-move="1"]'), !item.nextElementSibling);
  }
}

function ended(button, on) {
  if (on) button.setAttribute("aria-disabled", "true");
  else button.removeAttribute("aria-disabled");
}

export const changed = (form) => form.dispatchEvent(new Event("input", { bubbles: true }));
