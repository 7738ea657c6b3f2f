// On the desk a click on a line's number, a sentence or an entry says which place the next comment is on.
document.addEventListener("click", ({ target }) => {
  const written = target.closest?.("[data-remarks]");
  const line = written?.querySelector("[name=line]");
  if (!line || target.closest("a, button, input, .remark") || String(getSelection())) return;
  const place = target.closest("[data-place]")?.dataset.place ?? target.closest(".ln")?.textContent;
  if (!place) return;
  const file = target.closest("[data-file]")?.dataset.file;
  if (file) written.querySelector("[name=file]").value = file;
  line.value = place;
  written.querySelector("[name=body]").focus();
});
