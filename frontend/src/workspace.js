// The coding workspace: an editor over each file's textarea, Run and Submit by keyboard, one job at a time.
import { areas, editorOf, editors, goTo, remember, setUpFile, shownArea, showMarks } from "./lib/desk.js";
import { announce } from "./lib/page.js";
import { setUpPanes } from "./lib/panes.js";
import { setUpPreferences } from "./lib/preferences.js";
import { because, fill } from "./lib/signals.js";

// "Reset…" asks in a dialog first; undo brings the old text back.
function reset(which) {
  const chosen = which === "all" ? areas() : [shownArea()];
  because(chosen[0], { reason: "reset" });
  for (const area of chosen) fill(area, starterOf(area));
  announce("The starter code is back. Undo returns yours.");
  editorOf(shownArea()).focus();
}

const starterOf = ({ dataset }) =>
  [...document.querySelectorAll("template[data-starter]")].find((kept) => kept.dataset.starter === dataset.file).content.textContent;

function clicked(event) {
  const which = event.target.closest?.("[data-reset]")?.dataset.reset;
  if (which) reset(which);
  const place = event.target.closest?.("[data-goto]")?.dataset;
  if (!place) return;
  event.preventDefault(); // without script the link leads to the field
  goTo(place.file, Number(place.line));
}

// A job is under way from the press until the result's fragment stops saying so.
const form = document.querySelector("form[data-workspace]");
const result = () => document.getElementById("result");
let posting = false;
const busy = () => posting || Boolean(document.querySelector("[data-job-open]"));

function showBusy() {
  for (const button of form.querySelectorAll("button[type=submit]")) {
    if (busy()) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
}

function press(kind) {
  const button = form.querySelector(`button[type=submit][value="${kind}"]`);
  if (button && !button.disabled) form.requestSubmit(button);
}

// On a phone the result is below the editor; where it is in sight already nothing moves.
function answered() {
  posting = false;
  showBusy();
  result().scrollIntoView({ block: "nearest" });
}

function listen() {
  document.addEventListener(
    "submit",
    (event) => {
      if (event.target !== form || !busy()) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      announce("Your code is still running.");
    },
    true,
  );
  form.addEventListener("htmx:before:request", () => { posting = true; remember(); showBusy(); });
  form.addEventListener("htmx:finally:request", answered);
  document.addEventListener("htmx:after:swap", () => { showBusy(); showMarks(result()); });
  document.addEventListener("click", clicked);
  document.addEventListener("fp:lock", () => form.querySelectorAll("button").forEach((b) => { b.disabled = true; }));
  document.addEventListener("fp:unlock", () => form.querySelectorAll("button").forEach((b) => { b.disabled = false; }));
  document.addEventListener("keydown", keys, true);
}

// Caught before the editor sees them: Ctrl+Enter would insert a line there.
function keys(event) {
  const kind = asked(event);
  if (!kind || document.querySelector("dialog[open]") || event.target.closest("[data-own-keys]")) return;
  event.preventDefault();
  event.stopPropagation();
  if (!event.repeat) press(kind);
}

function asked(event) {
  const held = event.ctrlKey || event.metaKey;
  if (event.altKey) return !held && event.key === "Enter" ? "run_my_code" : undefined;
  return held ? { "'": "run", Enter: "submit" }[event.key] : undefined;
}

// In a cookie, so that the page comes with the panel as it was left and nothing moves.
function rememberOpen(panel) {
  panel.addEventListener("toggle", () => {
    document.cookie = `own-lines=${panel.open ? "open" : "closed"}; path=/; max-age=31536000; samesite=lax`;
  });
}

document.querySelectorAll("details.own").forEach(rememberOpen);
document.querySelectorAll("textarea[data-file]").forEach(setUpFile);
if (form) {
  setUpPanes(document);
  setUpPreferences(document.getElementById("editor-settings"), editors);
  listen();
  showBusy();
  showMarks(result());
}
