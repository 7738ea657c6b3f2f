"""Documents as PDF: nothing in them is more than text, none takes more than it may, and the bank's texts can be set."""

import json
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from resource import RUSAGE_CHILDREN, getpagesize, getrusage
from time import monotonic
from typing import Any

import pytest
import yaml
from django.conf import settings
from pypdf import PdfReader

from interview.pdf import answer as answers
from interview.pdf import bounds, child, typeset
from interview.pdf.maths import formula, spoken
from interview.pdf.prose import blocks
from tests.interview.paper import HOSTILE, MADE_AT, a_document, prose, set_on_paper

# Nothing in it is more than text


def test_markup_of_the_typesetter_is_shown_and_never_obeyed() -> None:
    shown = set_on_paper(
        {"kind": "heading", "level": 1, "text": HOSTILE},
        {"kind": "text", "pieces": [HOSTILE, ["code", HOSTILE], ["strong", HOSTILE]], "soft": False},
        {"kind": "console", "lines": [HOSTILE]},
        prose(HOSTILE.replace("$x^2$", "")),
        footer=HOSTILE,
        title=HOSTILE,
        kicker=HOSTILE,
    )
    words = [
        '#eval("6 * 7")',
        '#read("/etc/passwd")',
        "$x^2$ \\alpha \\u{41} *bold* _low_ <label> @ref",
        "// gone",
    ]
    assert [word for word in words if shown.text.count(word) < 5] == []
    assert "root:" not in shown.text


def test_characters_that_hide_or_reorder_are_spelled_out() -> None:
    shown = set_on_paper({"kind": "text", "pieces": ["a\x07b\u202ec\u200bd\ufeff"], "soft": False})
    assert "a⟨U+0007⟩b⟨U+202E⟩c⟨U+200B⟩d⟨U+FEFF⟩" in shown.text


@pytest.mark.parametrize("words", ["中文の名前", "😀 🧑‍🔬", "\ue000", "עברית العربية"])
def test_characters_that_no_font_has_are_told_of_and_break_nothing(words: str) -> None:
    shown = set_on_paper({"kind": "text", "pieces": [f"before {words} after"], "soft": False}, title=words)
    assert "before" in shown.text
    assert shown.reader.metadata
    assert shown.reader.metadata.title == words


def test_that_characters_are_missing_is_said_where_they_are() -> None:
    shown = [
        set_on_paper({"kind": "text", "pieces": [words], "soft": False}).text for words in ("plain", "中")
    ]
    assert [typeset.BOXES in text for text in shown] == [False, True]


def test_a_figure_that_is_no_picture_is_told_of_and_breaks_nothing() -> None:
    shown = set_on_paper(prose("![a graph](figures/a.svg)", **{"a.svg": "x"}), figures={"a.svg": "<svg"})
    assert typeset.FIGURES in shown.text
    assert "[a graph]" in shown.text


# Bounds


def test_lines_without_end_stay_on_the_paper() -> None:
    kept = bounds.cut_lines("a" * 500_000)
    assert (len(kept.text), kept.missing) == (bounds.LONGEST_LINE + len(" … (cut)"), "")
    shown = bounds.settable({"text": "a" * 100})
    assert max(map(len, shown["text"].split(bounds.ZERO_WIDTH_SPACE))) == 48


def test_nesting_without_end_is_set_all_the_same() -> None:
    deep = "> " * 200 + "at the bottom\n\n" + "".join(f"{'  ' * n}- level {n}\n" for n in range(60))
    formulas = "$" + "\\sqrt{" * 80 + "x" + "}" * 80 + "$ and $" + "{" * 300 + "x" + "}" * 300 + "$"
    assert "level 3" in set_on_paper(prose(deep + "\n" + formulas)).text


def test_the_typesetter_is_told_no_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    spy = tmp_path / "child.py"
    spy.write_text("import os, json\nprint(json.dumps(dict(os.environ)))\n")
    monkeypatch.setattr(typeset, "CHILD", spy)
    told = json.loads(typeset.pdf(a_document(), MADE_AT))
    assert set(told) - {"LC_CTYPE"} == set(typeset.SURROUNDINGS)


def test_the_template_evaluates_nothing_and_opens_no_file() -> None:
    templates = typeset.CHILD.parent.glob("*.typ")
    used = {
        word
        for one in templates
        for word in re.findall(r"\b(eval|read|include|plugin|cbor|csv|toml|yaml|xml)\(", one.read_text())
    }
    assert used == set()


# Maths and the bank


@pytest.mark.parametrize(
    ("latex", "read"),
    [
        (r"\frac{a}{b}", "(a)/(b)"),
        (r"\sqrt{x_i^2}", "sqrt(x_(i)^(2))"),
        (r"\operatorname{softmax}(x)", "softmax ( x )"),
        (r"\hat y \le \bar x", "y^ ≤ x¯"),
        (r"\frac{", r"\frac{"),
        (r"\begin{cases} a & b \\ c & d \end{cases}", "{ a, b; c, d"),
    ],
)
def test_a_formula_has_words_for_those_who_hear_it(latex: str, read: str) -> None:
    assert spoken(formula(latex)) == read


def shipped() -> Iterator[tuple[str, list[str], str]]:
    """The texts of every question of the bank, with its figures."""
    for folder in sorted(path.parent for path in settings.BANK_DIR.glob("*/*/question.yaml")):
        figures = {f"{figure.name}": figure.read_text() for figure in folder.glob("figures/*.svg")}
        texts = [path.read_text() for path in sorted(folder.rglob("*.md"))]
        texts += [
            text for key in folder.glob("answer.yaml") for text in strings(yaml.safe_load(key.read_text()))
        ]
        yield folder.name, texts, json.dumps(figures)


def strings(found: Any) -> list[str]:
    """Every text in a YAML document."""
    if isinstance(found, dict | list):
        parts = found.values() if isinstance(found, dict) else found
        return [text for part in parts for text in strings(part)]
    return [found] if isinstance(found, str) else []


def test_every_text_of_the_bank_can_be_set_and_leaves_no_latex_behind() -> None:
    shown: list[dict[str, Any]] = []
    drawn: dict[str, str] = {}
    for name, texts, figures in shipped():
        named = json.loads(figures)
        drawn |= {f"{name}/{figure}": svg for figure, svg in named.items()}
        shown.append({"kind": "heading", "level": 1, "text": name})
        shown += [{"kind": "prose", "level": 1, "blocks": blocks(text, named, f"{name}/")} for text in texts]
    text = set_on_paper(*shown, figures=drawn).text
    assert set(re.findall(r"\\[a-zA-Z]+|\$", text)) == set()
    assert [notice for notice in (typeset.BOXES, typeset.FIGURES) if notice in text] == []


def a_report_of_twelve() -> dict[str, Any]:
    """Statements and model answers of the bank, with answers of sixty lines and twenty sentences."""
    shown: list[dict[str, Any]] = []
    drawn: dict[str, str] = {}
    code = "".join(f"    value_{n} = torch.softmax(x[{n}], dim=-1) * {n}.5  # the row\n" for n in range(60))
    written = {"text": "A sentence of some words that says a thing. " * 20}
    for name, texts, figures in [one for one in shipped() if len(one[1]) > 1][:12]:
        named = json.loads(figures)
        drawn |= {f"{name}/{figure}": svg for figure, svg in named.items()}
        shown.append({"kind": "heading", "level": 1, "text": name})
        shown += [prose(text) for text in texts]
        shown += answers.written({"files": {"solution.py": f"def f(x):\n{code}"}}, 10_000)
        shown += answers.written(written, 10_000)
    return a_document(*shown, figures=drawn)


def test_a_report_of_twelve_questions_takes_seconds_and_leaves_no_memory_behind() -> None:
    """Run with `-s` to see what it takes."""
    document, began, before = a_report_of_twelve(), monotonic(), own_memory()
    made = typeset.pdf(document, MADE_AT)
    took, grown = monotonic() - began, own_memory() - before
    most = getrusage(RUSAGE_CHILDREN).ru_maxrss / 1024
    pages = len(PdfReader(BytesIO(made)).pages)
    print(
        f"{pages} pages, {len(made) / 1e6:.1f} MB, {took:.2f} s, {most:.0f} MB for the child, {grown:.0f} MB kept"
    )
    assert most < child.MEMORY / 2**20
    assert grown < 50


def own_memory() -> float:
    """What this process holds, in megabytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * getpagesize() / 1e6
