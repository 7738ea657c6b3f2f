// How the editor looks.
import { HighlightStyle } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

// The colours are the tokens of the style sheet, measured there against page, active line and selection.
export const look = EditorView.theme({
  "&": { height: "100%", backgroundColor: "var(--code-bg)", color: "var(--ink)", fontSize: "var(--size, .875rem)" },
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
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "14em", maxWidth: "min(44rem, 92vw)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: ".15rem .5rem", overflow: "hidden", textOverflow: "ellipsis" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
  ".cm-completionDetail": { fontStyle: "normal", opacity: "1", color: "var(--ink-2)", marginLeft: "0" },
  "li[aria-selected] .cm-completionDetail": { color: "inherit" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-completionIcon": { display: "none" },
  // Faults are underlined, and a triangle stands in the gutter: the colour never says it alone.
  ".cm-gutter-lint": { width: "1.1em" },
  ".cm-gutter-lint .cm-gutterElement": { padding: "0", display: "grid", placeItems: "center" },
  ".cm-lint-marker": { width: "auto", height: "auto", content: "none" },
  ".cm-lint-marker::before, .cm-lineNumbers .cm-marked::before": { content: "'▲'", color: "var(--bad)", fontSize: ".75em" },
  ".cm-lineNumbers .cm-gutterElement": { position: "relative", paddingLeft: "1em" },
  ".cm-lineNumbers .cm-marked::before": { position: "absolute", left: "0" },
  ".cm-lintRange-error": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--bad) 1px",
    textUnderlineOffset: "3px",
  },
  ".cm-lintPoint-error::after": { borderBottomColor: "var(--bad)" },
  ".cm-diagnostic": { fontFamily: "var(--sans)", fontSize: "var(--t-s)", padding: ".4rem .7rem", maxWidth: "32rem" },
  ".cm-diagnostic-error": { borderLeft: "3px solid var(--bad)" },
  ".cm-line.cm-marked, &.cm-focused .cm-line.cm-marked": { backgroundColor: "var(--bad-wash)" },
  ".cm-mark-text": { color: "var(--bad)", marginLeft: "2em", fontFamily: "var(--sans)", userSelect: "none" },
  // The keys of others bring a cursor, a status line and prompts of their own.
  "&.cm-focused .cm-fat-cursor, .cm-fat-cursor": { background: "var(--accent)", color: "var(--on-accent) !important" },
  "&:not(.cm-focused) .cm-fat-cursor": { background: "none", outline: "1px solid var(--accent)", color: "transparent !important" },
  ".cm-vim-panel, .cm-emacs-panel": { padding: "0 .75rem", minHeight: "1.75rem", color: "var(--ink)", fontFamily: "var(--mono)" },
  ".cm-vim-panel input": { backgroundColor: "transparent", color: "var(--ink)", width: "70%", minHeight: "0" },
});

export const colours = HighlightStyle.define([
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
