// Lines of the code that a result speaks of: where it broke. Each shows its message at its end and a triangle at its
// number, and goes when the line is edited.
import { RangeSet, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, GutterMarker, lineNumberMarkers, WidgetType } from "@codemirror/view";

const LONGEST = 120; // characters of a message; the whole of it stands in the results

class Words extends WidgetType {
  constructor(text) {
    super();
    this.text = text;
  }

  eq(other) {
    return other.text === this.text;
  }

  toDOM() {
    const words = document.createElement("span");
    words.className = "cm-mark-text";
    words.textContent = this.text.length > LONGEST ? `${this.text.slice(0, LONGEST)}…` : this.text;
    return words;
  }
}

const set = StateEffect.define();
const marked = StateField.define({
  create: () => RangeSet.empty,
  update(marks, transaction) {
    const fresh = transaction.effects.find((effect) => effect.is(set));
    if (fresh) return decorations(fresh.value, transaction.state.doc);
    return transaction.docChanged && marks.size ? untouched(marks, transaction) : marks;
  },
  provide: (field) => [
    EditorView.decorations.from(field),
    lineNumberMarkers.compute([field], (state) => gutter(state.field(field))),
  ],
});
const triangle = new (class extends GutterMarker { elementClass = "cm-marked"; })();

export const lineMarks = marked;

/** Marks lines in place of those marked before: [{line, text}], lines from 1; lines that there are not are left out. */
export const markLines = (view, lines) => view.dispatch({ effects: set.of(lines) });

function decorations(lines, doc) {
  const ranges = lines.filter(({ line }) => line >= 1 && line <= doc.lines).flatMap(({ line, text }) => {
    const { from, to } = doc.line(line);
    return [
      Decoration.line({ class: "cm-marked", attributes: { title: text } }).range(from),
      Decoration.widget({ widget: new Words(text), side: 1 }).range(to),
    ];
  });
  return Decoration.set(ranges, true);
}

function untouched(marks, { changes, state: { doc } }) {
  const edited = [];
  changes.iterChangedRanges((fromA, toA, from, to) => edited.push([doc.lineAt(from).from, doc.lineAt(to).to]));
  return marks.map(changes).update({ filter: (at) => !edited.some(([from, to]) => at >= from && at <= to) });
}

function gutter(marks) {
  const starts = [];
  marks.between(0, Infinity, (from, to, { spec }) => { if (spec.class) starts.push(triangle.range(from)); });
  return RangeSet.of(starts);
}
