"""Do the texts of a question come out on the page as they were meant? Read as the page reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from xml.etree import ElementTree

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from grader.errors import Problem
from grader.question import Question

_FIGURE = re.compile(r"figures/[\w-]+\.svg")
_TAG = re.compile(r"</?[a-z][\w-]*(\s[^<>]*)?/?>", re.IGNORECASE)
_COMMAND = re.compile(r"\\[a-zA-Z]{2,}")
_PAIRS = (("{", "}"), (r"\left", r"\right"))
_ENVIRONMENT = re.compile(r"\\(begin|end)\{([^}]*)\}")
#: What is meant as a command of its own, although it begins like \left or \right.
_LONGER = re.compile(r"\\(left|right)(?=[a-z])")
_FORBIDDEN_IN_SVG = ("script", "foreignObject", "iframe", "image")


def text_problems(question: Question) -> Iterator[Problem]:
    """What would not come out in the statement, the solution and the hints, and pictures that nobody sees."""
    texts = {path: content.decode() for path, content in question.files.items() if path.endswith(".md")}
    shown: set[str] = set()
    for path, text in sorted(texts.items()):
        if not text.strip():
            yield Problem(path, 0, "is empty", "write it, or remove the file")
        for token, line in _tokens(text):
            yield from _of_token(question, path, text, token, line)
            if token.type == "image":
                shown.add(str(token.attrs.get("src", "")))
    yield from _figures(question, shown)


def _of_token(question: Question, path: str, text: str, token: Token, line: int) -> Iterator[Problem]:
    if token.type == "image":
        yield from _picture(question, path, token, line)
    elif token.type == "text":
        yield from _words(path, token.content, line)
    elif token.type.startswith("math"):
        yield from _formula(path, token.content, line)
    elif token.type == "fence" and not _is_closed(text, token):
        yield Problem(path, line, "a block of code is never closed", f"end it with {token.markup}")


def _tokens(text: str) -> Iterator[tuple[Token, int]]:
    """Every token with its line, those within paragraphs too."""
    line = 1
    for token in _parser().parse(text):
        line = token.map[0] + 1 if token.map else line
        yield token, line
        for number, child in enumerate(token.children or []):
            breaks = sum(before.type in {"softbreak", "hardbreak"} for before in token.children[:number])  # type: ignore[index]  # it has children
            yield child, line + breaks


@cache
def _parser() -> MarkdownIt:
    """The dialect of the pages: no HTML, tables, formulas between dollar signs."""
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    return parser.use(dollarmath_plugin, allow_space=False, double_inline=True)


def _picture(question: Question, path: str, token: Token, line: int) -> Iterator[Problem]:
    source = str(token.attrs.get("src", ""))
    if not _FIGURE.fullmatch(source):
        yield Problem(path, line, f"the picture {source} is not shown", "only figures/<name>.svg are")
    elif source not in question.files:
        yield Problem(path, line, f"there is no {source}", "add the picture, or correct its name")
    if not token.content.strip():
        yield Problem(path, line, f"the picture {source} has no description", "write it in the brackets")


def _words(path: str, content: str, line: int) -> Iterator[Problem]:
    tag, command = _TAG.search(content), _COMMAND.search(content)
    if tag:
        yield Problem(
            path, line, f"{tag[0]} is shown as it stands", "HTML is not read; use Markdown, or `code`"
        )
    if command:
        hint = "write $…$ without spaces next to the dollar signs"
        yield Problem(path, line, f"{command[0]} stands outside of a formula", hint)


def _formula(path: str, content: str, line: int) -> Iterator[Problem]:
    plain = _LONGER.sub("", content.replace(r"\{", "").replace(r"\}", ""))
    for opening, closing in _PAIRS:
        if plain.count(opening) != plain.count(closing):
            message = f"a formula has {plain.count(opening)} {opening} and {plain.count(closing)} {closing}"
            yield Problem(path, line, message, "each needs the other")
    open_ones: list[str] = []
    for word, name in _ENVIRONMENT.findall(content):
        if word == "begin":
            open_ones.append(name)
        elif not open_ones or open_ones.pop() != name:
            yield Problem(path, line, rf"\end{{{name}}} ends nothing", rf"add \begin{{{name}}}")
    for name in open_ones:
        yield Problem(path, line, rf"\begin{{{name}}} is never ended", rf"add \end{{{name}}}")


def _is_closed(text: str, token: Token) -> bool:
    last = text.splitlines()[token.map[1] - 1].strip(" >") if token.map else token.markup
    return last.startswith(token.markup) and token.map is not None and token.map[1] - token.map[0] > 1


def _figures(question: Question, shown: set[str]) -> Iterator[Problem]:
    for path in sorted(question.files):
        if not path.startswith("figures/"):
            continue
        if path not in shown:
            yield Problem(path, 0, "is shown in no text", "show it with ![what one sees](…), or remove it")
        yield from _drawing(path, question.files[path])


def _drawing(path: str, content: bytes) -> Iterator[Problem]:
    """A picture is a drawing alone. Entities are refused unread: they can unfold without end."""
    if b"<!ENTITY" in content or b"<!DOCTYPE" in content:
        yield Problem(path, 0, "declares a document type", "remove the line with <!DOCTYPE")
        return
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - without a document type there are no entities to unfold
    except ElementTree.ParseError as error:
        yield Problem(path, error.position[0], "is not valid XML", str(error))
        return
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    for name in sorted(names.intersection(_FORBIDDEN_IN_SVG)):
        yield Problem(path, 0, f"holds <{name}>", "a picture draws; it runs nothing and loads nothing")
