// CodeMirror over a textarea: the textarea stays the form's field, the editor writes every change into it.
import { acceptCompletion } from "@codemirror/autocomplete";
import { indentWithTab, isolateHistory } from "@codemirror/commands";
import { indentUnit, syntaxHighlighting } from "@codemirror/language";
import { Compartment, EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { basicSetup } from "codemirror";
import { colours, look } from "./editor-look.js";
import { announce } from "./page.js";

const tabbed = (width) => [EditorState.tabSize.of(width), indentUnit.of(" ".repeat(width))];
const locked = (on) => [EditorState.readOnly.of(on), EditorView.contentAttributes.of({ "aria-readonly": String(on) })];

/**
 * Puts an editor in front of `area`; `language` is a list of extensions.
 * Returns {view, set(text), lock(on), focus(), goTo(line), keys(extension), tab(width)}.
 */
export function editOver(area, { label, nonce, language }) {
  const [readOnly, keys, tab] = [new Compartment(), new Compartment(), new Compartment()];
  const view = new EditorView({
    doc: area.value,
    extensions: [
      nonce ? EditorView.cspNonce.of(nonce) : [],
      EditorView.domEventHandlers({ keydown: toggleTab() }),
      keys.of([]),
      keymap.of([{ key: "Tab", run: acceptCompletion }, indentWithTab]),
      basicSetup,
      tab.of([]), // before the language, which has a width of its own
      language,
      look,
      syntaxHighlighting(colours),
      EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0", spellcheck: "false", autocapitalize: "off" }),
      EditorView.updateListener.of((update) => update.docChanged && mirror(update, area)),
      readOnly.of(locked(area.readOnly)),
    ],
  });
  area.after(view.dom);
  area.hidden = true;
  return {
    view,
    set: (text) => replaceAll(view, text),
    lock: (on) => view.dispatch({ effects: readOnly.reconfigure(locked(on)) }),
    focus: () => view.focus(),
    goTo: (line) => goTo(view, line),
    keys: (extension) => view.dispatch({ effects: keys.reconfigure(extension) }),
    tab: (width) => view.dispatch({ effects: tab.reconfigure(tabbed(width)) }),
  };
}

// Drafts, forms and the person's undo all see one truth: the field's value after every change.
function mirror(update, area) {
  const text = update.state.doc.toString();
  if (area.value === text) return;
  area.value = text;
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

// A step of its own in the history: joined with what was typed a moment before, one undo would take both back.
function replaceAll(view, text) {
  if (view.state.doc.toString() === text) return;
  view.dispatch({
    changes: { from: 0, to: view.state.doc.length, insert: text },
    annotations: isolateHistory.of("full"),
  });
}

function goTo(view, number) {
  if (!(number >= 1)) return;
  const { from } = view.state.doc.line(Math.min(number, view.state.doc.lines));
  view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
  view.focus();
}

// Ctrl+M on every system; CodeMirror's own key for it differs on a Mac, and Vim's and Emacs's keys have it as well.
function toggleTab() {
  let leaves = false;
  return (event, view) => {
    if (event.key !== "m" || !event.ctrlKey || event.shiftKey || event.altKey || event.metaKey) return false;
    leaves = !leaves;
    view.setTabFocusMode(leaves);
    announce(leaves ? "Tab now leaves the editor." : "Tab now indents.");
    return true;
  };
}
