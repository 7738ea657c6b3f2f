// A folder chosen in a form: a request names its files without their places, so these go beside them, in order.
document.addEventListener("change", ({ target }) => {
  if (target.dataset?.paths === undefined) return;
  const { form } = target;
  for (const old of form.querySelectorAll("input[name=paths]")) old.remove();
  for (const { webkitRelativePath } of target.files) {
    const path = document.createElement("input");
    Object.assign(path, { type: "hidden", name: "paths", value: webkitRelativePath });
    form.append(path);
  }
});
