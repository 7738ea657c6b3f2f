// The editors of an answer's files, each over its own field, and what all of them share: their keys, the width of a
// tab, completion across files, and the lines that a result marks.
import { pythonLanguage } from "@codemirror/lang-python";
import { completions } from "./complete.js";
import { editOver } from "./editor.js";
import { lineMarks, markLines } from "./marks.js";
import { syntaxMarks } from "./syntax.js";

const nonce = document.querySelector("meta[name=csp-nonce]")?.content;
const desk = new Map(); // name of a file → {area, editor}
const texts = () => Object.fromEntries([...desk].map(([name, { area }]) => [name, area.value]));

export const editors = () => [...desk.values()].map(({ editor }) => editor);

export function setUpFile(area) {
  const name = area.dataset.file;
  const sources = completions(name, texts).map((autocomplete) => pythonLanguage.data.of({ autocomplete }));
  const language = [pythonLanguage, sources, syntaxMarks, lineMarks];
  const editor = editOver(area, { label: name, nonce, language });
  desk.set(name, { area, editor });
  area.addEventListener("fp:filled", () => {
    editor.set(area.value);
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
  area.addEventListener("fp:readonly", ({ detail }) => editor.lock(detail.on));
  document.addEventListener("fp:lock", () => editor.lock(true));
  for (const label of area.labels) label.addEventListener("click", () => editor.focus());
}

const panelOf = (area) => area.closest("[data-panel]");

/** The fields of the files: all, or the one that is in view. */
export const areas = () => [...desk.values()].map(({ area }) => area);
export const shownArea = () => areas().find((area) => !panelOf(area).hidden);
export const editorOf = (area) => desk.get(area.dataset.file).editor;

/** Shows a file and puts the cursor at the beginning of a line. */
export function goTo(name, line) {
  const file = desk.get(name);
  if (!file) return;
  document.querySelector(`[role=tab][href="#${panelOf(file.area).id}"]`)?.click();
  file.editor.goTo(line);
}

// What a result says of lines is true of the text that was judged. Where it was edited meanwhile, a line is looked for
// among what stands above and below all changes; one that was changed is not marked.
let judged = document.querySelector("[data-judged-as-shown]") ? texts : () => null;

/** Remembers the files as they go to be judged. */
export function remember() {
  const sent = texts();
  judged = () => sent;
}

/** Marks the lines that the elements [data-mark] under `root` name, and no others. */
export function showMarks(root) {
  const then = judged();
  const marks = then ? [...root.querySelectorAll("[data-mark]")].map(({ dataset }) => dataset) : [];
  for (const [name, { area, editor }] of desk) {
    const here = marks.filter(({ file }) => file === name);
    markLines(editor.view, here.map(({ line, text }) => ({ line: carried(Number(line), then[name], area.value), text })));
  }
}

/** The number that a line of `then` has in `now`; 0 where it is not known. */
function carried(number, then, now) {
  const [old, fresh] = [then.split("\n"), now.split("\n")];
  let above = 0;
  while (above < old.length && old[above] === fresh[above]) above += 1;
  if (number <= above) return number;
  let below = 0;
  while (below < old.length - above && old.at(-1 - below) === fresh.at(-1 - below)) below += 1;
  return number > old.length - below ? number + fresh.length - old.length : 0;
}
