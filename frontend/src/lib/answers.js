// What a draft is kept of: one control, or a form whose fields together are the answer. Both read and write the
// answer as a string, so that the draft compares, keeps and sends without knowing which it is.
//   {element, initial, locked, read(), write(string), lock(on), pack(string) → answer, unpack(answer) → string}
import { choices } from "./choice.js";
import { entries } from "./entries.js";
import { estimate } from "./estimate.js";
import { fill, flush } from "./signals.js";

const FORMS = { choice: choices, entries, estimate };

export const answersOf = (root) => [
  ...[...root.querySelectorAll("[data-draft]")].map(ofControl),
  ...[...root.querySelectorAll("[data-draft-form]")].map(ofForm),
];

function ofControl(control) {
  const file = control.dataset.draftFile; // a file of a coding answer; without it the answer is one text
  return {
    element: control,
    initial: control.defaultValue, // what the server holds; the browser may have put back other text
    get locked() { return control.readOnly; },
    read: () => control.value,
    write: (content) => fill(control, content),
    lock(on) {
      control.readOnly = on;
      control.dispatchEvent(new CustomEvent("fp:readonly", { detail: { on } }));
    },
    pack: (content) => (file ? { files: { [file]: content } } : { text: content }),
    unpack: (answer) => (file ? answer?.files?.[file] : answer?.text),
  };
}

function ofForm(form) {
  const fields = FORMS[form.dataset.draftForm](form);
  let locked = false;
  // The Enter key would send the form by the way that is for pages without script, with an old revision.
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    flush();
  });
  return {
    element: form,
    initial: ordered(JSON.parse(form.dataset.draftSaved)),
    get locked() { return locked; },
    read: () => ordered(fields.read()),
    write: (content) => fields.write(JSON.parse(content)),
    lock(on) {
      locked = on;
      for (const control of form.querySelectorAll("textarea")) control.readOnly = on;
      for (const control of form.querySelectorAll("button, select, input")) control.disabled = on;
    },
    pack: JSON.parse,
    unpack: (answer) => answer && ordered(answer),
  };
}

// The server's database gives keys back in an order of its own, so equal answers are compared by sorted keys.
const ordered = (answer) => JSON.stringify(answer, (key, value) => (isPlain(value) ? sorted(value) : value));
const isPlain = (value) => value && typeof value === "object" && !Array.isArray(value);
const sorted = (value) => Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
