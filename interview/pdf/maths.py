"""Formulas of LaTeX as small trees of plain data, which the template sets by typst's own functions for maths.

A tree is a list: what it is, then what it is made of. What is not understood, or is nested too deeply to be set, is
shown as it was written.

    ["row", kid…]  ["fence", kid…]  ["grid", row…] of rows of cells  ["frac", over, under]  ["root", of, degree | None]
    ["attach", of, below | None, above | None, "scripts" | "limits"]  ["accent", of, sign]
    ["line", of, "over" | "under"]  ["letter", sign, variant]  ["sign", sign]  ["text", words]
    ["name", words, whether limits stand below it]  ["space", em]  ["size", "display" | "inline", kid…]  ["align"]
    ["break"]
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from html import unescape
from typing import Any
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element

Tree = list[Any]

#: Deeper than this a formula is shown as it was written: typst follows calls only so far.
DEEPEST = 12
LONGEST = 2_000
LIMITED = {"max", "min", "lim", "sup", "inf", "argmax", "argmin", "lim sup", "lim inf", "det", "Pr"}
ACCENTS = {"^", "~", "¯", "→", "˙", "¨", "ˇ", "\u00b4", "`", "˘", "˚"}
LINES = {"―": "over", "‾": "over", "_": "under"}
SPACES = {
    "thinmathspace": 0.167,
    "mediummathspace": 0.222,
    "thickmathspace": 0.278,
    "negativethinmathspace": -0.167,
    "negativemediummathspace": -0.222,
    "negativethickmathspace": -0.278,
}


@lru_cache(maxsize=1024)
def formula(latex: str) -> Tree:
    """The tree of a formula; of one that cannot be read, its source as text."""
    source = latex.strip()
    if len(source) > LONGEST:
        return ["text", source[:LONGEST]]
    try:
        tree = _tree(convert_to_element(source.replace(r"\operatorname*", r"\operatorname")))
    except Exception:  # noqa: BLE001  what it cannot read it refuses by any exception there is; then the source is shown
        return ["text", source]
    return tree if _depth(tree) <= DEEPEST else ["text", source]


def spoken(tree: Tree) -> str:
    """The formula on one line, for those who hear it: (a + b)/(c), sqrt(x), x_(i)^(2)."""
    return " ".join("".join(_words(tree)).split())


def _depth(tree: Any) -> int:
    if not isinstance(tree, list):
        return 0
    return 1 + max(map(_depth, tree), default=0)


def _tree(element: Element) -> Tree:
    return _READERS.get(element.tag, _row)(element)


def _kids(element: Element) -> list[Tree]:
    return [_tree(kid) for kid in element]


def _said(element: Element) -> str:
    """Signs are written as references into which latex2mathml never looks again."""
    return unescape(element.text or "")


def _row(element: Element) -> Tree:
    kids = _kids(element)
    if any(kid.get("fence") == "true" and kid.get("form") for kid in element):
        return ["fence", *kids]
    return kids[0] if len(kids) == 1 else ["row", *kids]


def _letter(element: Element) -> Tree:
    said = _said(element)
    if said == "&":
        return ["align"]
    if len(said) > 1:
        return _name(said)
    return ["letter", said, element.get("mathvariant", "")] if said else ["row"]


def _number(element: Element) -> Tree:
    variant = element.get("mathvariant", "")
    return ["letter", _said(element), variant] if variant else ["text", _said(element)]


def _sign(element: Element) -> Tree:
    said = _said(element)
    if len(said) > 1 and said[0].isalpha():
        return _name(said)
    return ["sign", said] if said else ["row"]


def _name(words: str) -> Tree:
    return ["name", words, words in LIMITED]


def _space(element: Element) -> Tree:
    if element.get("linebreak"):
        return ["break"]
    width = element.get("width", "0em")
    number = width.removesuffix("em")
    return [
        "space",
        SPACES.get(width) or (float(number) if number.lstrip("-").replace(".", "", 1).isdigit() else 0),
    ]


def _style(element: Element) -> Tree:
    display = element.get("displaystyle")
    if display is None:
        return _row(element)
    return ["size", "display" if display == "true" else "inline", *_kids(element)]


def _sub(element: Element) -> Tree:
    of, below = _kids(element)
    return ["attach", of, below, None, "scripts"]


def _sup(element: Element) -> Tree:
    of, above = _kids(element)
    return ["attach", of, None, above, "scripts"]


def _both(element: Element) -> Tree:
    return ["attach", *_kids(element), "scripts"]


def _under(element: Element) -> Tree:
    of, below = _kids(element)
    return (
        ["line", of, "under"]
        if below[0] == "sign" and below[1] in LINES
        else ["attach", of, below, None, "limits"]
    )


def _over(element: Element) -> Tree:
    of, above = _kids(element)
    if above[0] == "sign" and above[1] in LINES:
        return ["line", of, "over"]
    if above[0] == "sign" and above[1] in ACCENTS:
        return ["accent", of, above[1]]
    return ["attach", of, None, above, "limits"]


def _under_and_over(element: Element) -> Tree:
    return ["attach", *_kids(element), "limits"]


_READERS: dict[str, Callable[[Element], Tree]] = {
    "mi": _letter,
    "mn": _number,
    "mo": _sign,
    "mtext": lambda element: ["text", _said(element)],
    "mspace": _space,
    "mstyle": _style,
    "mfrac": lambda element: ["frac", *_kids(element)],
    "msqrt": lambda element: ["root", _row(element), None],
    "mroot": lambda element: ["root", *_kids(element)],
    "msub": _sub,
    "msup": _sup,
    "msubsup": _both,
    "munder": _under,
    "mover": _over,
    "munderover": _under_and_over,
    "mphantom": lambda element: ["row"],
    "mtable": lambda element: ["grid", *[[_row(cell) for cell in line] for line in element]],
}


def _words(tree: Tree) -> Iterator[str]:
    match tree:
        case ["letter" | "sign" | "text" | "name", str(words), *_]:
            yield f" {words} " if tree[0] in ("sign", "name") else words
        case ["frac", over, under]:
            yield f"({spoken(over)})/({spoken(under)})"
        case ["root", of, degree]:
            yield f"root of degree {spoken(degree)} of ({spoken(of)})" if degree else f" sqrt({spoken(of)})"
        case ["attach", of, below, above, _]:
            yield spoken(of)
            yield f"_({spoken(below)})" if below else ""
            yield f"^({spoken(above)})" if above else ""
        case ["accent", of, sign]:
            yield f"{spoken(of)}{sign}"
        case ["grid", *lines]:
            yield "; ".join(", ".join(map(spoken, line)) for line in lines)
        case ["space" | "align" | "break", *_]:
            yield " "
        case [_, *kids]:
            yield from (words for kid in kids if isinstance(kid, list) for words in _words(kid))
