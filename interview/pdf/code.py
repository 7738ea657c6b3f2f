"""Code as lines of runs, coloured as the pages colour it. A run is a text, or a text with the name of its colour."""

from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType
from pygments.util import ClassNotFound

Run = str | list[str]

#: A token that is not named here has the colour of what it is a kind of.
COLOURS = {
    Keyword: "keyword",
    Operator.Word: "keyword",
    String: "string",
    Number: "number",
    Comment: "comment",
    Name.Function: "defined",
    Name.Class: "defined",
    Name.Builtin: "builtin",
    Name.Decorator: "builtin",
    Name.Variable.Magic: "builtin",
}


def lines_of(source: str, language: str) -> list[list[Run]]:
    """The lines of a source; of an unknown language, or of none, without colours."""
    lines: list[list[Run]] = [[]]
    for colour, text in _tokens(source, language):
        for at, part in enumerate(text.split("\n")):
            if at:
                lines.append([])
            if part:
                lines[-1].append([colour, part] if colour else part)
    return lines


def _tokens(source: str, language: str) -> list[tuple[str, str]]:
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return [("", source)]
    return [(_colour(kind), text) for kind, text in lexer.get_tokens(source)]


def _colour(kind: _TokenType) -> str:
    """The colour of a kind of token; its whole family is its prefixes."""
    return next((COLOURS[family] for family in reversed(kind.split()) if family in COLOURS), "")
