// What keeps Python from reading a file, found in the editor's own tree of it, with the reason where it can be said.
// The tree is built to survive faults: where brackets or strings are at fault, everything after is a consequence, so
// only the first of these is told.
import { ensureSyntaxTree } from "@codemirror/language";
import { lintGutter, linter } from "@codemirror/lint";

const WAIT_MS = 600; // after the last key: a line that is being typed is no fault yet
const PARSE_MS = 100;
const CLOSES = { ")": "(", "]": "[", "}": "{" };
const OPENS = new Set(Object.values(CLOSES));

export const syntaxMarks = [
  linter(({ state }) => {
    const tree = ensureSyntaxTree(state, state.doc.length, PARSE_MS);
    return tree ? faultsOf(tree, state.doc) : [];
  }, { delay: WAIT_MS }),
  lintGutter(),
];

/** [{from, to, severity, message}], one for a line, in the order of the file. */
export function faultsOf(tree, doc) {
  const first = [bracketFault(tree, doc), stringFault(tree, doc)].filter(Boolean).sort((a, b) => a.from - b.from)[0];
  const others = [...printFaults(tree), ...indentFaults(tree, doc), ...errorFaults(tree, doc)];
  const told = first ? [...others.filter(({ from }) => from < doc.lineAt(first.from).from), first] : others;
  return onePerLine(told.sort((a, b) => a.from - b.from), doc).map((fault) => ({ ...fault, severity: "error" }));
}

// After a line that cannot be read the next one often looks wrong as well.
function onePerLine(faults, doc) {
  let last = -1;
  return faults.filter(({ from }) => {
    const { number } = doc.lineAt(from);
    const isNew = number > last + 1;
    last = number;
    return isNew;
  });
}

function nodes(tree) {
  const found = [];
  tree.iterate({ enter: (node) => { found.push(node.node); } });
  return found;
}

// Brackets

function bracketFault(tree, doc) {
  const open = [];
  for (const { name, from, to } of nodes(tree)) {
    if (OPENS.has(name)) open.push({ name, from, to });
    if (!(name in CLOSES)) continue;
    const last = open.pop();
    if (last?.name !== CLOSES[name]) return { from, to, message: mismatched(name, last, doc) };
  }
  const left = open.at(-1);
  return left && { from: left.from, to: left.to, message: `This “${left.name}” is never closed.` };
}

function mismatched(name, last, doc) {
  if (!last) return `This “${name}” closes nothing: no bracket is open here.`;
  return `This “${name}” does not close the “${last.name}” that was opened on line ${doc.lineAt(last.from).number}.`;
}

// Strings

function stringFault(tree, doc) {
  for (const { name, from, to } of nodes(tree)) {
    if (name !== "String" && name !== "FormatString") continue;
    const quote = /^\w*("""|'''|"|')/.exec(doc.sliceString(from, Math.min(to, from + 5)))?.[1];
    if (!quote || isClosed(doc.sliceString(from, to).replace(/^\w*/, ""), quote)) continue;
    return { from, to: Math.min(to, doc.lineAt(from).to), message: `This string is never closed: its ${quote} is missing at the end.` };
  }
  return null;
}

function isClosed(text, quote) {
  if (text.length < 2 * quote.length || !text.endsWith(quote)) return false;
  const escapes = /\\*$/.exec(text.slice(quote.length, -quote.length))[0];
  return escapes.length % 2 === 0;
}

// Statements

const printFaults = (tree) =>
  nodes(tree).filter(({ name }) => name === "PrintStatement").map(({ from }) => ({
    from,
    to: from + "print".length,
    message: "print is a function: what it prints stands in brackets, print(…).",
  }));

// In one block every statement begins in the same column.
function indentFaults(tree, doc) {
  return nodes(tree).filter(({ name }) => name === "Script" || name === "Body").flatMap((block) => {
    const indents = statementsOf(block, doc);
    const expected = block.name === "Script" ? "" : indents[0]?.indent;
    return indents.filter(({ indent }) => indent !== expected).map(({ from, indent }) => ({
      from,
      to: doc.lineAt(from).to,
      message: indentMessage(indent, expected),
    }));
  });
}

function indentMessage(indent, expected) {
  if (/\t/.test(indent) !== /\t/.test(expected) && indent && expected) return "Tabs and spaces are mixed in the indentation of one block.";
  if (indent.length > expected.length) return "This line is indented further than the block that it stands in.";
  return "The indentation of this line fits no block above it.";
}

function statementsOf(block, doc) {
  const found = [];
  for (let child = block.firstChild; child; child = child.nextSibling) {
    const line = doc.lineAt(child.from);
    const indent = doc.sliceString(line.from, child.from);
    if (/(Statement|Definition)$/.test(child.name) && /^\s*$/.test(indent)) found.push({ from: child.from, indent });
  }
  return found;
}

// What the editor's grammar does not know and Python does: a bare yield, `1.` before a line's end or a bracket,
// patterns without arguments, x[*y], form feeds. Marking what is right would be worse than missing a fault.
const isKnownToPython = (node, line, doc) =>
  /(\byield|\d\.)$/.test(doc.sliceString(Math.max(line.from, node.from - 6), node.from).trimEnd()) ||
  /^\s*case\b/.test(line.text) || doc.sliceString(node.from, node.from + 1) === "*" || line.text.trim() === "";

function errorFaults(tree, doc) {
  return nodes(tree).filter((node) => node.type.isError).flatMap((node) => {
    const block = blockFault(node, doc);
    if (block) return [block];
    const line = doc.lineAt(node.from);
    return isKnownToPython(node, line, doc) ? [] : [lineFault(node, line, doc)];
  });
}

// A statement with a block lacks its colon or the block.
function blockFault({ parent, from }, doc) {
  if (parent?.name !== "Body") return null;
  const header = doc.lineAt(parent.from);
  const colon = parent.getChild(":");
  if (!colon && parent.firstChild.from === from) return colonMissing(header);
  if (!colon || parent.lastChild.from !== from) return null;
  const line = doc.lineAt(from);
  return whole(line.text.trim() ? line : header, `An indented block is missing after the “:” of line ${header.number}.`);
}

function lineFault(node, line, doc) {
  const at = Math.min(node.from, line.to);
  const rest = doc.sliceString(at, line.to).trim();
  if (!rest && BLOCK_WORDS.test(line.text) && !/:\s*(#.*)?$/.test(line.text)) return colonMissing(line);
  if (/^=(?!=)/.test(rest) && /^\s*(if|elif|while|return|assert)\b/.test(line.text)) {
    return { from: at, to: at + 1, message: "A comparison is written “==”; a single “=” gives a name its value." };
  }
  if (!rest) return whole(line, "This line is not complete: something is missing at its end.");
  const to = node.to > at ? Math.min(node.to, line.to) : line.to;
  return { from: at, to, message: `Python cannot read this line from “${rest.slice(0, 20)}” on.` };
}

const BLOCK_WORDS = /^\s*(?:async\s+)?(class|def|if|elif|else|for|while|with|try|except|finally|match|case)\b/;

function colonMissing(line) {
  const word = BLOCK_WORDS.exec(line.text)?.[1];
  return whole(line, `A “:” is missing at the end of this ${word ? `“${word}” ` : ""}line.`);
}

/** The line from its first word on. */
const whole = (line, message) => ({ from: line.from + /^\s*/.exec(line.text)[0].length, to: line.to, message });
