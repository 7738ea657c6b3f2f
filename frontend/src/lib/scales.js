// The scale that somebody chose for a chart survives a fragment that is swapped while its curve grows.
const chosen = new Map();

export function keepScales(root) {
  for (const choice of root.querySelectorAll(".scales input")) {
    if (chosen.get(choice.name) === choice.value) choice.checked = true;
  }
}

document.addEventListener("change", ({ target }) => {
  if (target.matches(".scales input")) chosen.set(target.name, target.value);
});
