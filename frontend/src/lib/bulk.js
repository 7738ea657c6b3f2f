// A list whose rows can be ticked: tick all, and how many are.
const boxes = (form) => [...form.querySelectorAll("tbody input[type=checkbox]")];

function count(form) {
  const all = boxes(form);
  const ticked = all.filter((box) => box.checked).length;
  form.querySelector("[data-bulk-count]").textContent = ticked ? `${ticked} ticked` : "none ticked";
  const every = form.querySelector("[data-bulk-all]");
  every.checked = ticked === all.length;
  every.indeterminate = ticked > 0 && ticked < all.length;
}

document.addEventListener("change", ({ target }) => {
  const form = target.closest?.("form[data-bulk]");
  if (!form?.querySelector("[data-bulk-all]")) return;
  if (target.dataset.bulkAll !== undefined) boxes(form).forEach((box) => { box.checked = target.checked; });
  count(form);
});
