// Entries of an answer whose order counts: written, added, removed and moved. A number is a place, never a name.
import { changed, makeMovable, move, showEnds } from "./moving.js";
import { announce } from "./page.js";

export function entries(form) {
  const list = form.querySelector("[data-entries]");
  const limit = Number(list.dataset.limit);
  const back = form.querySelector("[data-put-back]");
  let removed = null;

  function renumber() {
    [...list.children].forEach((item, index) => number(item, index + 1));
    showEnds(list);
    form.querySelector("[data-add]").setAttribute("aria-disabled", String(list.children.length >= limit));
  }

  function add(entry = { id: "", text: "" }) {
    const item = document.getElementById("entry").content.cloneNode(true).firstElementChild;
    list.append(item);
    dress(item, entry.id || newId());
    textOf(item).value = entry.text;
    return item;
  }

  function more() {
    if (list.children.length >= limit) return announce(`${limit} entries are the most that fit. Join some of them.`);
    const empty = [...list.children].find((item) => !textOf(item).value.trim());
    const item = empty ?? add();
    renumber();
    return textOf(item).focus();
  }

  function remove(item) {
    removed = { item, before: item.nextElementSibling };
    const place = [...list.children].indexOf(item);
    item.remove();
    if (!list.children.length) add();
    back.textContent = `Put back the removed entry ${place + 1}`;
    back.hidden = !textOf(item).value.trim();
    settle();
    textOf(list.children[Math.min(place, list.children.length - 1)]).focus();
    announce(`Entry ${place + 1} was removed.`);
  }

  function putBack() {
    if (removed.before?.isConnected) removed.before.before(removed.item);
    else list.append(removed.item);
    back.hidden = true;
    settle();
    textOf(removed.item).focus();
  }

  function settle() {
    renumber();
    changed(form);
  }

  for (const item of list.children) dress(item, idOf(item).value || newId());
  makeMovable(list, settle);
  renumber();
  form.querySelector("[data-add]").addEventListener("click", more);
  back.addEventListener("click", putBack);
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-remove]");
    if (!button) return;
    event.preventDefault();
    remove(button.closest("li"));
  });
  list.addEventListener("keydown", (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by || !event.altKey || event.target.readOnly || !event.target.matches("textarea")) return;
    event.preventDefault();
    move(list, event.target.closest("li"), by, settle);
    event.target.focus();
  });

  return {
    read: () => ({
      entries: [...list.children]
        .map((item) => ({ id: idOf(item).value, text: textOf(item).value }))
        .filter(({ text }) => text.trim()),
    }),
    write: (answer) => {
      list.replaceChildren();
      answer.entries.forEach(add);
      if (answer.entries.length < limit) add();
      renumber();
    },
  };
}

const textOf = (item) => item.querySelector("textarea");
const idOf = (item) => item.querySelector("[name=entry_id]");

function dress(item, id) {
  item.id = `at-${id}`;
  idOf(item).value = id;
  textOf(item).id = `entry-${id}`;
  item.querySelector("label").htmlFor = `entry-${id}`;
}

function number(item, place) {
  item.querySelector("[data-number]").textContent = place;
  item.querySelector('[data-move="-1"]').setAttribute("aria-label", `Move entry ${place} up`);
  item.querySelector('[data-move="1"]').setAttribute("aria-label", `Move entry ${place} down`);
  item.querySelector("[data-remove]").setAttribute("aria-label", `Remove entry ${place}`);
}

// Not randomUUID: a browser has that only on encrypted pages.
const newId = () => [...crypto.getRandomValues(new Uint8Array(4))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
