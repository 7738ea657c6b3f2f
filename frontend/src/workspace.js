// The coding workspace: an editor over the textarea, Run and Submit by keyboard, one job at a time.
import { editOver } from "./lib/editor.js";
import { pythonCode } from "./lib/python.js";
import { setUpPanes } from "./lib/panes.js";
import { announce } from "./lib/page.js";
import { because, fill } from "./lib/signals.js";

const nonce = document.querySelector("meta[name=csp-nonce]")?.content;

function setUp(area) {
  const editor = editOver(area, { label: area.dataset.label ?? "Code", nonce, language: pythonCode });
  area.addEventListener("fp:filled", () => {
    editor.set(area.value);
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
  area.addEventListener("fp:readonly", ({ detail }) => editor.lock(detail.on));
  document.addEventListener("fp:lock", () => editor.lock(true));
  for (const label of area.labels) {
    label.addEventListener("click", () => editor.focus());
  }
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-reset]")) reset(area, editor);
  });
}

// "Reset…" asks in a dialog first; undo brings the old text back.
function reset(area, editor) {
  because(area, { reason: "reset" });
  fill(area, document.getElementById("starter").content.textContent);
  announce("The starter code is back. Undo returns yours.");
  editor.focus();
}

// A job is under way from the press until the result's fragment stops saying so.
const form = document.querySelector("form[data-workspace]");
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
  document.getElementById("result").scrollIntoView({ block: "nearest" });
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
  form.addEventListener("htmx:before:request", () => { posting = true; showBusy(); });
  form.addEventListener("htmx:finally:request", answered);
  document.addEventListener("htmx:after:swap", showBusy);
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

setUpPanes(document);
document.querySelectorAll("details.own").forEach(rememberOpen);
document.querySelectorAll("textarea[data-editor=python]").forEach(setUp);
if (form) {
  listen();
  showBusy();
}
