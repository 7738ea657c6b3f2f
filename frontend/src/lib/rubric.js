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
    form.addEventListener("change", count);
    count();
  }
}

function recount(form, total) {
  const ticked = [...form.querySelectorAll("input[data-worth]:checked")];
  const points = ticked.reduce((sum, input) => sum + Number(input.dataset.worth), 0);
  total.textContent = `${tidy(Math.max(0, points))} of ${tidy(Number(total.dataset.points))}`;
  for (const place of form.querySelectorAll("[data-tier-count]")) countTier(form, place);
}

function countTier(form, place) {
  const inputs = [...form.querySelectorAll(`input[data-tier="${place.dataset.tierCount}"]`)];
  const worth = (list) => list.reduce((sum, input) => sum + Number(input.dataset.worth), 0);
  const ticked = inputs.filter((input) => input.checked);
  if (place.dataset.tierCount === "red flag") place.textContent = ticked.length ? tidy(worth(ticked)) : "none";
  else place.textContent = `${tidy(worth(ticked))} of ${tidy(worth(inputs))}`;
}

const tidy = (number) => String(Math.round(number * 100) / 100).replace("-", "−");
