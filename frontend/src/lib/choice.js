// The fields of a choice question: radio buttons, check boxes, selects, and lists to put in order.
import { changed, makeMovable, showEnds } from "./moving.js";

export function choices(form) {
  const parts = [...form.querySelectorAll("[data-part]")].map((part) => KINDS[part.dataset.form](part, form));
  return {
    read: () => ({ choices: Object.fromEntries(parts.map(({ id, read }) => [id, read()]).filter(([, pick]) => pick)) }),
    write: (answer) => {
      for (const { id, write } of parts) write(answer.choices[id]);
    },
  };
}

const KINDS = {
  single: (part) => {
    const inputs = [...part.querySelectorAll("input")];
    return {
      id: part.dataset.part,
      read: () => inputs.find((input) => input.checked)?.value,
      write: (pick) => inputs.forEach((input) => { input.checked = input.value === pick; }),
    };
  },

  multiple: (part) => {
    const inputs = [...part.querySelectorAll("input")];
    const picked = () => inputs.filter((input) => input.checked).map((input) => input.value);
    return {
      id: part.dataset.part,
      read: () => (picked().length ? picked() : null),
      write: (pick) => inputs.forEach((input) => { input.checked = Boolean(pick?.includes(input.value)); }),
    };
  },

  matching: (part) => {
    const selects = [...part.querySelectorAll("select")];
    const pairs = () => selects.filter(({ value }) => value).map(({ dataset, value }) => [dataset.left, value]);
    return {
      id: part.dataset.part,
      read: () => (pairs().length ? Object.fromEntries(pairs()) : null),
      write: (pick) => selects.forEach((select) => { select.value = pick?.[select.dataset.left] ?? ""; }),
    };
  },

  ordering: (part, form) => {
    const list = part.querySelector("[data-sortable]");
    const use = part.querySelector("[data-use]");
    makeMovable(list, () => {
      use.checked = true;
      changed(form);
    });
    return {
      id: part.dataset.part,
      read: () => (use.checked ? [...list.children].map((line) => line.dataset.id) : null),
      write: (pick) => {
        use.checked = Boolean(pick);
        for (const id of pick ?? []) list.append(list.querySelector(`[data-id="${id}"]`));
        showEnds(list);
      },
    };
  },
};
