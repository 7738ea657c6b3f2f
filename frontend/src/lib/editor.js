// CodeMirror over a textarea: the textarea stays the form's field, the editor writes every change into it.
import { indentWithTab, isolateHistory } from "@codemirror/commands";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { Compartment, EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { basicSetup } from "codemirror";
import { announce } from "./page.js";

// The colours are the tokens of the style sheet, measured there against page, active line and selection.
const look = EditorView.theme({
  "&": { height: "100%", backgroundColor: "var(--code-bg)", color: "var(--ink)", fontSize: ".875rem" },
  // The gutter lies above the editor's own outline, so the ring is drawn above both.
  "&.cm-focused": { outline: "none" },
  "&.cm-focused::after": {
    content: "''",
    position: "absolute",
    inset: "0",
    zIndex: "300",
    border: "2px solid var(--focus)",
    pointerEvents: "none",
  },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55", fontVariantLigatures: "none" },
  ".cm-content": { padding: ".75rem 0", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 1rem 0 .5rem" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--code-bg)", color: "var(--com)", border: "none", paddingLeft: ".25rem" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--code-line)" },
  ".cm-activeLineGutter": { color: "var(--ink)" },
  // The selection lies under the text, so the tint of the active line must not hide it.
  "&.cm-focused .cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--code-line) 60%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--code-sel)",
  },
  ".cm-selectionMatch": { backgroundColor: "var(--code-sel)" },
  ".cm-searchMatch": { backgroundColor: "var(--limit-wash)", outline: "1px solid var(--limit)" },
  ".cm-searchMatch.cm-searchMatch-selected": { backgroundColor: "var(--code-sel)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--code-sel)", outline: "1px solid var(--edge)" },
  "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "var(--bad-wash)", outline: "1px solid var(--bad)" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--sunken)", border: "1px solid var(--edge)", color: "var(--ink-2)" },
  ".cm-panels": { backgroundColor: "var(--surface)", color: "var(--ink)", borderColor: "var(--line)" },
  ".cm-panel.cm-search": { fontFamily: "var(--sans)", fontSize: "var(--t-s)" },
  ".cm-panel.cm-search label": { fontSize: "var(--t-xs)" },
  ".cm-panel.cm-search input[type=checkbox]": { margin: "0 .3em 0 0", verticalAlign: "-.2em" },
  ".cm-textfield": {
    width: "14rem",
    minHeight: "1.9rem",
    backgroundColor: "var(--surface)",
    border: "1px solid var(--edge)",
    fontSize: "var(--t-s)",
  },
  ".cm-button": {
    minHeight: "1.9rem",
    backgroundColor: "var(--surface)",
    backgroundImage: "none",
    border: "1px solid var(--edge)",
    color: "var(--ink)",
    fontSize: "var(--t-s)",
  },
  ".cm-panel.cm-search [name=close]": { color: "var(--ink)", fontSize: "1.2rem", minWidth: "1.5rem", minHeight: "1.5rem" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--ink)", border: "1px solid var(--edge)" },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
});

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.bool, tags.null, tags.moduleKeyword], color: "var(--k)" },
  { tag: [tags.string, tags.special(tags.string), tags.docString], color: "var(--str)" },
  { tag: tags.number, color: "var(--num)" },
  { tag: tags.comment, color: "var(--com)", fontStyle: "italic" },
  { tag: [tags.definition(tags.variableName), tags.definition(tags.className)], color: "var(--fn)" },
  { tag: tags.function(tags.definition(tags.variableName)), color: "var(--fn)", fontWeight: "600" },
  { tag: [tags.standard(tags.variableName), tags.self, tags.meta], color: "var(--bi)" },
  { tag: [tags.heading, tags.strong], color: "var(--fn)", fontWeight: "600" },
  { tag: [tags.definition(tags.propertyName), tags.processingInstruction, tags.contentSeparator], color: "var(--k)" },
  { tag: [tags.link, tags.url, tags.monospace], color: "var(--str)" },
  { tag: tags.emphasis, fontStyle: "italic" },
]);

/** Puts an editor in front of `area`; `language` is a list of extensions. Returns {view, set(text), lock(on), focus()}. */
export function editOver(area, { label, nonce, language }) {
  const readOnly = new Compartment();
  const locked = (on) => [EditorState.readOnly.of(on), EditorView.contentAttributes.of({ "aria-readonly": String(on) })];
  const view = new EditorView({
    doc: area.value,
    extensions: [
      nonce ? EditorView.cspNonce.of(nonce) : [],
      keymap.of([{ key: "Ctrl-m", run: toggleTab() }, indentWithTab]),
      basicSetup,
      language,
      EditorState.tabSize.of(4),
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

// Ctrl+M on every system; CodeMirror's own key for it differs on a Mac.
function toggleTab() {
  let leaves = false;
  return (view) => {
    leaves = !leaves;
    view.setTabFocusMode(leaves);
    announce(leaves ? "Tab now leaves the editor." : "Tab now indents.");
    return true;
  };
}
