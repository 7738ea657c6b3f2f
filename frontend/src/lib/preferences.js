// The dialog in which a person sets up the editor: whose keys, the size of the code, the width of a tab.
import { announce } from "./page.js";
import { bounds, setWorkplace, workplace } from "./workplace.js";

export function setUpPreferences(dialog, editors) {
  apply(workplace(), editors());
  show(dialog);
  dialog.addEventListener("change", ({ target }) => {
    if (target.name === "keys") set(dialog, editors, { keys: target.value });
    if (target.name === "tab") set(dialog, editors, { tab: Number(target.value) });
  });
  dialog.addEventListener("click", ({ target }) => {
    const step = Number(target.closest("[data-size]")?.dataset.size);
    if (step) resize(dialog, editors, step);
  });
}

function set(dialog, editors, changes) {
  apply(setWorkplace(changes), editors());
  show(dialog);
}

function resize(dialog, editors, step) {
  const { from, to } = bounds("size");
  const size = Math.min(to, Math.max(from, workplace().size + step));
  set(dialog, editors, { size });
  announce(`${size} pixels`);
}

function show(dialog) {
  const { keys, size, tab } = workplace();
  dialog.querySelector(`[name=keys][value=${keys}]`).checked = true;
  dialog.querySelector("[name=tab]").value = tab;
  dialog.querySelector("output").textContent = `${size} px`;
  for (const hint of document.querySelectorAll("[data-hint]")) hint.hidden = (hint.dataset.hint === "standard") !== (keys === "standard");
}

let wanted = "standard";

async function apply({ keys, tab }, editors) {
  wanted = keys;
  for (const editor of editors) {
    editor.tab(tab);
    editor.view.requestMeasure(); // the size of its letters may be another one
  }
  const extension = keys === "standard" ? () => [] : await fetched(keys);
  // Somebody may have chosen again while the keys were on their way.
  if (extension && wanted === keys) editors.forEach((editor) => editor.keys(extension()));
}

async function fetched(keys) {
  try {
    const { keysOf } = await import("./keys.js");
    return keysOf[keys];
  } catch {
    announce("These keys could not be fetched. Choose them again when you are connected.");
    return null;
  }
}
