// What the editor completes: Python's own words, the names around the cursor and of the other files, the API of torch
// after its dots, and after any other dot what tensors have.
import { globalCompletion, localCompletionSource } from "@codemirror/lang-python";
import { syntaxTree } from "@codemirror/language";
import { MEMBERS, MODULES } from "./torch-api.js";

// As everybody imports them, for a file that has not got so far.
const USUAL = { torch: "torch", nn: "torch.nn", F: "torch.nn.functional", optim: "torch.optim" };
const SILENT = /^(String|FormatString|Comment|Number)$/;
const TOP_LEVEL = /^(?:(?:async\s+)?(def|class)\s+(\w+)|(\w+)\s*(?::[^=\n]+)?=(?!=))/gm;
const NAME = /^\w*$/;
const known = new Map();

/** The sources for the file `own`, where `texts()` gives the files of the answer as {name: source}. */
export const completions = (own, texts) => [
  afterImport(texts),
  afterModule(texts),
  afterDot(texts),
  fromOtherFiles(own, texts),
  aroundCursor,
  globalCompletion,
].map((source) => (context) => (isSilent(context) ? null : source(context)));

const isSilent = ({ state, pos }) => SILENT.test(syntaxTree(state).resolveInner(pos, -1).name);

// A word that is being typed counts as a name already; nobody needs to be offered what stands there.
function aroundCursor(context) {
  const found = localCompletionSource(context);
  const typed = context.matchBefore(/\w*/)?.text;
  return found && { ...found, options: found.options.filter(({ label }) => label !== typed) };
}

// from torch.nn import …, and the same of another file of the answer.
const afterImport = (texts) => (context) => {
  const line = context.matchBefore(/^\s*from\s+[\w.]+\s+import\s+[\w\s,()]*/);
  if (!line) return null;
  const module = /from\s+([\w.]+)/.exec(line.text)[1];
  return answer(context, namesIn(module, texts));
};

const afterModule = (texts) => (context) => {
  const module = moduleBefore(context);
  const options = module && namesIn(module, texts);
  return options?.length ? answer(context, options) : null;
};

// Of what type the left side is nobody knows here, so these come after the names that the files use themselves.
const afterDot = (texts) => (context) => {
  if (!context.matchBefore(/[\w)\]]\.\w*/) || moduleBefore(context)) return null;
  const members = listed(MEMBERS);
  const has = new Set(members.map(({ label }) => label));
  const used = attributes(Object.values(texts()), context).filter((label) => !has.has(label));
  return answer(context, [
    ...used.map((label) => ({ label, type: "property", boost: 1 })),
    ...members.map((option) => ({ ...option, boost: -1 })),
  ]);
};

const fromOtherFiles = (own, texts) => (context) => {
  const word = context.matchBefore(/\w+/);
  if (!word || context.state.sliceDoc(word.from - 1, word.from) === ".") return null;
  const others = Object.entries(texts()).filter(([name]) => name !== own);
  const options = others.flatMap(([name, text]) => topLevel(text).map((option) => ({ ...option, detail: name })));
  return options.length ? answer(context, options) : null;
};

function answer(context, options) {
  const from = context.matchBefore(/\w*/)?.from ?? context.pos;
  return { from, options, validFor: NAME };
}

const namesIn = (module, texts) => (MODULES[module] ? listed(MODULES[module]) : topLevel(texts()[`${module}.py`] ?? ""));

/** The lines of a list as options, read once. */
function listed(text) {
  if (!known.has(text)) known.set(text, text.trim().split("\n").map(option));
  return known.get(text);
}

function option(line) {
  const [, label, detail] = /^(\w+)(.*)$/.exec(line);
  return { label, detail, type: /^[A-Z]/.test(label) ? "class" : detail ? "function" : "constant" };
}

/** What each name is bound to by the file's imports: {F: "torch.nn.functional", math: "math"}. */
function imports(text) {
  const bound = { ...USUAL };
  for (const [, names] of text.matchAll(/^\s*import\s+([^\n#]+)/gm)) {
    for (const [, path, as] of names.matchAll(/([\w.]+)(?:\s+as\s+(\w+))?/g)) {
      if (as) bound[as] = path;
      else bound[path.split(".")[0]] = path.split(".")[0];
    }
  }
  for (const [, module, names] of text.matchAll(/^\s*from\s+([\w.]+)\s+import\s+([^\n#]+)/gm)) {
    for (const [, name, as] of names.matchAll(/(\w+)(?:\s+as\s+(\w+))?/g)) bound[as ?? name] = `${module}.${name}`;
  }
  return bound;
}

/** The module before the dot at the cursor, if its first name is one that was imported. */
function moduleBefore(context) {
  const dotted = context.matchBefore(/[A-Za-z_][\w.]*\.\w*/);
  if (!dotted) return null;
  const [first, ...rest] = dotted.text.split(".").slice(0, -1);
  const bound = imports(context.state.doc.toString());
  const path = Object.hasOwn(bound, first) ? [bound[first], ...rest].join(".") : null;
  // A class that was imported from torch is no module: what follows its dot may be anything.
  return path && (MODULES[path] || !path.startsWith("torch.")) ? path : null;
}

const topLevel = (text) =>
  [...text.matchAll(TOP_LEVEL)].map(([, word, defined, assigned]) => ({
    label: defined ?? assigned,
    type: { def: "function", class: "class" }[word] ?? "variable",
  }));

/** Names that stand after a dot somewhere, but for the one that is being typed. */
function attributes(texts, context) {
  const typed = context.matchBefore(/\w*/)?.text;
  const names = new Set(texts.flatMap((text) => [...text.matchAll(/[\w)\]]\.([A-Za-z_]\w*)/g)].map(([, name]) => name)));
  names.delete(typed);
  return [...names];
}
