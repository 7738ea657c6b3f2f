// The rubric of a review: digits tick its criteria, and the points follow. The server counts again on saving.
import { isTyping } from "./page.js";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (!/^[0-9a-z]$/.test(event.key) || document.querySelector("dialog[open]")) return;
  const control = document.querySelector(`[data-key="${event.key}"]`);
  if (!control) return;
  event.preventDefault();
  control.focus();
  control.click();
});

export function setUpPoints(root) {
  for (const total of root.querySelectorAll("[data-points]:not([data-counting])")) {
    total.dataset.counting = "";
    const form = total.closest("form");
    const count = () => recount(form, total);
    form.addEventListener("change", ({ target }) => {
      if (target.matches("[data-step]") && target.value) boxOf(form, target).checked = true;
      count();
    });
    count();
  }
}

function recount(form, total) {
  const ticked = [...form.querySelectorAll("input[data-worth]:checked")];
  const points = ticked.reduce((sum, input) => sum + Number(input.dataset.worth), countOrder(form));
  total.textContent = `${tidy(Math.max(0, points))} of ${tidy(Number(total.dataset.points))}`;
  for (const place of form.querySelectorAll("[data-tier-count]")) countTier(form, place);
}

// The same as `order_fraction` of the grader: the share of pairs of steps that two entries cover in this order.
function countOrder(form) {
  const place = form.querySelector("[data-order]");
  if (!place) return 0;
  const steps = [...form.querySelectorAll("[data-step]")].sort((a, b) => a.dataset.step - b.dataset.step);
  const numbers = steps.map((select) => (boxOf(form, select).checked ? Number(select.value) : 0));
  const right = numbers.flatMap((first, index) => numbers.slice(index + 1).filter((later) => first && first < later));
  const pairs = (numbers.length * (numbers.length - 1)) / 2;
  const points = (Number(place.dataset.order) * right.length) / pairs;
  place.textContent = `${tidy(points)} of ${tidy(Number(place.dataset.order))}`;
  return points;
}

const boxOf = (form, select) => form.querySelector(`input[name=met][value="${select.dataset.of}"]`);

function countTier(form, place) {
  const inputs = [...form.querySelectorAll(`input[data-tier="${place.dataset.tierCount}"]`)];
  const worth = (list) => list.reduce((sum, input) => sum + Number(input.dataset.worth), 0);
  const ticked = inputs.filter((input) => input.checked);
  if (place.dataset.tierCount === "red flag") place.textContent = ticked.length ? tidy(worth(ticked)) : "none";
  else place.textContent = `${tidy(worth(ticked))} of ${tidy(worth(inputs))}`;
}

const tidy = (number) => String(Math.round(number * 100) / 100).replace("-", "−");
