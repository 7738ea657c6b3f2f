// The fields of an estimate: the number as it was typed, and how one got there.
import { fill } from "./signals.js";

export function estimate(form) {
  const fields = ["estimate", "working"].map((name) => form.elements[name]);
  return {
    read: () => Object.fromEntries(fields.map((field) => [field.name, field.value])),
    write: (answer) => fields.forEach((field) => fill(field, answer[field.name])),
  };
}
