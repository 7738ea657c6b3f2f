// "62 words" under a text answer: <span data-word-count="id-of-the-textarea">.
export function setUpCounters(root) {
  for (const place of root.querySelectorAll("[data-word-count]:not([data-counting])")) {
    const control = document.getElementById(place.dataset.wordCount);
    if (!control) continue;
    place.dataset.counting = "";
    const count = () => show(place, control.value);
    control.addEventListener("input", count);
    control.addEventListener("fp:filled", count);
    count();
  }
}

function show(place, text) {
  const words = text.match(/\S+/g)?.length ?? 0;
  place.textContent = words === 1 ? "1 word" : `${words} words`;
}
