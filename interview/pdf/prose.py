"""Markdown as plain data: what the page's own parser reads in it, for the template to set.

Blocks are mappings with a `kind`. A line is a list of pieces: strings, and lists that begin with what they are.
["strong" | "em" | "del", piece…]  ["code", text]  ["link", address, piece…]  ["maths", tree, spoken]  ["break"]
["figure", key, words]
"""

from collections.abc import Callable, Collection
from typing import Any, ClassVar
from urllib.parse import urlsplit

from markdown_it.tree import SyntaxTreeNode

from interview.markdown import FIGURE, parsed, parsed_line
from interview.pdf.bounds import cut
from interview.pdf.code import lines_of
from interview.pdf.maths import formula, spoken

Block = dict[str, Any]
Piece = str | list[Any]

MOST = 100_000
#: What is nested more deeply stands on the level above: typst follows rules of show only so far.
NESTS = {"bullet_list", "ordered_list", "blockquote"}
DEEPEST_BLOCK, DEEPEST_PIECE = 12, 4
FOLLOWED = {"http", "https", "mailto"}
MARKS = {"strong": "strong", "em": "em", "s": "del"}


class _Reader:
    """One text; `figures` are the names of those pictures that the document has, `base` what they are called there."""

    def __init__(self, figures: Collection[str], base: str) -> None:
        self._figures, self._base = figures, base

    def blocks(self, nodes: Collection[SyntaxTreeNode]) -> list[Block]:
        return [block for node in nodes for block in self._block(node)]

    def _block(self, node: SyntaxTreeNode) -> list[Block]:
        reader = self._BLOCKS.get(node.type)
        too_deep = node.type in NESTS and node.level >= DEEPEST_BLOCK
        return [reader(self, node)] if reader and not too_deep else self.blocks(node.children)

    def _paragraph(self, node: SyntaxTreeNode) -> Block:
        return {"kind": "paragraph", "pieces": self.line(node)}

    def _heading(self, node: SyntaxTreeNode) -> Block:
        return {"kind": "subheading", "level": int(node.tag[1:]), "pieces": self.line(node)}

    def _list(self, node: SyntaxTreeNode) -> Block:
        start = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
        return {
            "kind": "list",
            "start": start,
            "items": [self.blocks(item.children) for item in node.children],
        }

    def _quote(self, node: SyntaxTreeNode) -> Block:
        return {"kind": "quote", "blocks": self.blocks(node.children)}

    def _code(self, node: SyntaxTreeNode) -> Block:
        language = node.info.split()[0] if node.info.split() else ""
        return {"kind": "listing", "lines": lines_of(node.content.removesuffix("\n"), language)}

    def _formula(self, node: SyntaxTreeNode) -> Block:
        tree = formula(node.content)
        return {"kind": "formula", "tree": tree, "spoken": spoken(tree)}

    def _table(self, node: SyntaxTreeNode) -> Block:
        rows = [line for part in node.children for line in part.children]
        sides = [_side(cell) for cell in rows[0].children]
        cells = [[self.line(cell) for cell in line.children] for line in rows]
        return {"kind": "grid", "sides": sides, "head": cells[0], "rows": cells[1:]}

    def line(self, node: SyntaxTreeNode) -> list[Piece]:
        """What stands in the line of a block, which its parser keeps in one child."""
        return [piece for inline in node.children for piece in self._pieces(inline.children)]

    def _pieces(self, nodes: Collection[SyntaxTreeNode]) -> list[Piece]:
        return [piece for node in nodes for piece in self._piece(node)]

    def _piece(self, node: SyntaxTreeNode) -> list[Piece]:
        reader = self._PIECES.get(node.type)
        if node.children and node.level >= DEEPEST_PIECE:
            return self._pieces(node.children)
        return [reader(self, node) if reader else node.content]

    def _marked(self, node: SyntaxTreeNode) -> Piece:
        return [MARKS[node.type], *self._pieces(node.children)]

    def _maths(self, node: SyntaxTreeNode) -> Piece:
        tree = formula(node.content)
        return ["maths", tree, spoken(tree)]

    def _link(self, node: SyntaxTreeNode) -> Piece:
        return ["link", _address(str(node.attrs.get("href", ""))), *self._pieces(node.children)]

    def _figure(self, node: SyntaxTreeNode) -> Piece:
        words = node.content or "Figure"
        figure = FIGURE.fullmatch(str(node.attrs.get("src", "")))
        known = figure and figure["name"] in self._figures
        return ["figure", f"{self._base}{figure['name']}", words] if figure and known else f"[{words}]"

    _PIECES: ClassVar[dict[str, Callable[["_Reader", SyntaxTreeNode], Piece]]] = {
        "softbreak": lambda reader, node: " ",
        "hardbreak": lambda reader, node: ["break"],
        "code_inline": lambda reader, node: ["code", node.content],
        "math_inline": _maths,
        "math_inline_double": _maths,
        "link": _link,
        "image": _figure,
        **dict.fromkeys(MARKS, _marked),
    }
    _BLOCKS: ClassVar[dict[str, Callable[["_Reader", SyntaxTreeNode], Block]]] = {
        "paragraph": _paragraph,
        "heading": _heading,
        "bullet_list": _list,
        "ordered_list": _list,
        "blockquote": _quote,
        "fence": _code,
        "code_block": _code,
        "math_block": _formula,
        "table": _table,
        "hr": lambda reader, node: {"kind": "rule"},
    }


def blocks(text: str, figures: Collection[str] = (), base: str = "") -> list[Block]:
    """The blocks of a Markdown text, figures of `figures` named as `<base><name>`."""
    bounded = cut(text, MOST)
    found = _Reader(figures, base).blocks(SyntaxTreeNode(parsed(bounded.text)).children)
    return [*found, {"kind": "missing", "text": bounded.missing}] if bounded.missing else found


def line(text: str) -> list[Piece]:
    """The pieces of a text that is one line: words, code and maths."""
    return _Reader((), "").line(SyntaxTreeNode(parsed_line(cut(text, MOST).text)))


def _side(cell: SyntaxTreeNode) -> str:
    style = str(cell.attrs.get("style", ""))
    return style.rpartition(":")[2] or "left"


def _address(href: str) -> str:
    """An address that can be followed from paper as well; others stay words."""
    return href if urlsplit(href).scheme in FOLLOWED else ""
