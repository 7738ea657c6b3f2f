// What a draft is kept of: one control, the files of a coding answer, or a form whose fields together are the answer.
// All read and write the answer as a string, so that the draft compares, keeps and sends without knowing which it is.
//   {element, initial, locked, holds(element), read(), write(string), lock(on), pack(string) → answer,
//    unpack(answer) → string}
import { choices } from "./choice.js";
import { entries } from "./entries.js";
import { estimate } from "./estimate.js";
import { fill, flush } from "./signals.js";

const FORMS = { choice: choices, entries, estimate };

export const answersOf = (root) => [
  ...[...root.querySelectorAll("[data-draft]")].map(ofControl),
  ...[...root.querySelectorAll("[data-draft-files]")].map(ofFiles),
  ...[...root.querySelectorAll("[data-draft-form]")].map(ofForm),
];

function ofControl(control) {
  return {
    element: control,
    initial: control.defaultValue, // what the server holds; the browser may have put back other text
    get locked() { return control.readOnly; },
    holds: (other) => control.parentElement.contains(other),
    read: () => control.value,
    write: (content) => fill(control, content),
    lock: (on) => lockControl(control, on),
    pack: (content) => ({ text: content }),
    unpack: (answer) => answer?.text,
  };
}

function lockControl(control, on) {
  control.readOnly = on;
  control.dispatchEvent(new CustomEvent("fp:readonly", { detail: { on } }));
}

function ofFiles(form) {
  const areas = [...form.querySelectorAll("textarea[data-file]")];
  const files = (text) => ordered({ files: Object.fromEntries(areas.map((area) => [area.dataset.file, text(area)])) });
  return {
    element: form,
    initial: files((area) => area.defaultValue),
    get locked() { return areas.every((area) => area.readOnly); },
    holds: (other) => areas.some((area) => area.parentElement.contains(other)), // the form has other fields as well
    read: () => files((area) => area.value),
    write(content) {
      for (const area of areas) fill(area, JSON.parse(content).files[area.dataset.file] ?? "");
    },
    lock: (on) => areas.forEach((area) => lockControl(area, on)),
    pack: JSON.parse,
    unpack: (answer) => answer && ordered(answer),
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
    holds: (other) => form.contains(other),
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
