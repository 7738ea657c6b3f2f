// The studio of a question: one file in an editor, saved on wish, its preview and its problems as one types.
import { markdown } from "@codemirror/lang-markdown";
import { yaml } from "@codemirror/lang-yaml";
import { indentUnit } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorView } from "@codemirror/view";
import { editOver } from "./lib/editor.js";
import { keepUnsaved } from "./lib/unsaved.js";
import { announce, csrfToken } from "./lib/page.js";
import { pythonCode } from "./lib/python.js";
import { showSaveState } from "./lib/savestate.js";

const PREVIEW_MS = 400;
const LANGUAGES = {
  python: pythonCode,
  markdown: [markdown(), EditorView.lineWrapping],
  yaml: [yaml(), indentUnit.of("  "), EditorView.lineWrapping],
  text: [EditorView.lineWrapping],
};

const pen = document.querySelector("form[data-pen]");
const area = pen?.querySelector("textarea");
const nonce = document.querySelector("meta[name=csp-nonce]")?.content;
let editor = null;
let saved = area?.value; // what the server holds of this file, as far as this page knows
let sent = null; // what the save under way carries

const dirty = () => Boolean(area) && area.value !== saved;

function setUp() {
  const language = [...LANGUAGES[area.dataset.editor], lintGutter()];
  editor = editOver(area, { label: area.dataset.label, nonce, language });
  for (const label of area.labels) label.addEventListener("click", () => editor.focus());
  // A form without script reads this for the unchanged text; the browser may have filled in an older one.
  saved = area.defaultValue;
  keepUnsaved(area, pen.dataset.pen, () => saved, (text) => editor.set(text));
  area.addEventListener("input", typed);
  pen.addEventListener("htmx:before:request", asked);
  pen.addEventListener("htmx:finally:request", answered);
  document.addEventListener("htmx:after:swap", showProblems);
  showProblems();
  showSaved();
  editor.goTo(Number(location.hash.match(/^#L(\d+)$/)?.[1]));
}

// Saving

function typed() {
  showSaved();
  clearTimeout(typed.timer);
  typed.timer = setTimeout(refresh, PREVIEW_MS);
}

const place = () => document.getElementById("saved");

function showSaved() {
  if (dirty()) showSaveState("unsaved");
  else showSaveState("saved", place().querySelector("[data-saved-when]").dataset.savedWhen);
}

function asked() {
  sent = area.value;
  place().dataset.outcome = "asked";
  showSaveState("saving");
}

// The fragment that comes back says whether the file is stored; where none came back it is not.
function answered() {
  if (place().dataset.outcome === "saved") saved = sent;
  sent = null;
  showSaved();
  refresh();
}

/** Saves what is in the editor; true when the server holds it. */
async function save() {
  if (!dirty()) return true;
  const done = new Promise((resolve) => pen.addEventListener("htmx:finally:request", resolve, { once: true }));
  pen.requestSubmit();
  await done;
  return !dirty();
}

// Whatever leaves the page or acts on the question must see the newest words: save first, then go.
function saveFirst(event, go) {
  if (event.defaultPrevented || !dirty()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  save().then((done) => (done ? go() : announce("Not saved, so nothing else was done.", { urgent: true })));
}

function listen() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || link.target || link.dataset.discard !== undefined) return;
    const here = link.getAttribute("href").startsWith("#") || samePage(link);
    if (link.origin === location.origin && !here) saveFirst(event, () => location.assign(link.href));
  }, true);
  document.addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    if (form !== pen) saveFirst(event, () => form.requestSubmit(submitter));
  }, true);
  document.addEventListener("click", ({ target }) => {
    if (!target.closest?.("[data-discard]")) return;
    saved = area.value; // their version is wanted: nothing to warn of, and nothing to keep
    area.dispatchEvent(new Event("fp:dropped"));
  });
  document.addEventListener("keydown", keys, true);
  addEventListener("beforeunload", (event) => dirty() && event.preventDefault());
}

const samePage = (link) => link.hash && link.pathname + link.search === location.pathname + location.search;

// Caught before the editor and the browser see them.
function keys(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || document.querySelector("dialog[open]")) return;
  const act = { s: () => save(), "'": () => document.querySelector("[data-try]")?.click() }[event.key];
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  if (!event.repeat) act();
}

// Problems: in a list for everybody, and at their lines in the editor

function showProblems() {
  if (!editor) return;
  const { doc } = editor.view.state;
  const lines = [...document.querySelectorAll("#problems [data-line]")];
  const own = lines.filter(({ dataset }) => dataset.path === pen.elements.file.value);
  const diagnostics = own.map((problem) => {
    const { from, to } = doc.line(Math.min(Math.max(1, Number(problem.dataset.line)), doc.lines));
    return { from, to, severity: "error", message: problem.dataset.message };
  });
  editor.view.dispatch(setDiagnostics(editor.view.state, diagnostics));
}

addEventListener("hashchange", () => editor?.goTo(Number(location.hash.match(/^#L(\d+)$/)?.[1])));

// Preview: the candidate's own page in a frame, whose middle is exchanged, so that it neither flickers nor scrolls

const frame = document.querySelector("iframe[data-preview]");
let wanted = 0;

async function refresh() {
  pen.dispatchEvent(new CustomEvent("fp:typed", { bubbles: true })); // problems and the inside come by htmx
  if (!frame) return;
  const mine = (wanted += 1);
  const body = new FormData(pen);
  const response = await fetch(frame.dataset.preview, { method: "POST", body, headers: { "X-CSRFToken": csrfToken() } }).catch(() => null);
  if (!response?.ok || mine !== wanted) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (mine === wanted && frame.contentDocument?.body) exchange(frame.contentDocument, page);
}

// Where there is an editor its script has run once and must stay; only what stands beside it is exchanged.
function exchange(shown, page) {
  const [held, fresh] = [shown.getElementById("code"), page.getElementById("code")];
  if (!held || !fresh) shown.body.replaceChildren(...page.body.childNodes);
  else shown.querySelector(".say").replaceChildren(...page.querySelector(".say").childNodes);
  if (held && fresh && held.value !== fresh.value) {
    held.value = fresh.value;
    held.dispatchEvent(new Event("fp:filled"));
  }
  shown.dispatchEvent(new Event("htmx:after:swap")); // its scripts draw maths and tabs anew
}

// The press of Check or Try shows the place where the answer comes.
document.addEventListener("htmx:before:request", ({ target }) => {
  const tab = target.closest?.("[data-shows]")?.dataset.shows;
  if (tab) document.querySelector(`[data-tabs=studio] a[href='#${tab}']`)?.click();
});

if (area) {
  setUp();
  listen();
}
