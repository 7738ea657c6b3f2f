"""Markdown of statements and model answers to HTML that is safe to show.

Questions come from curators, not from strangers, yet what they write passes the same sieve: a statement must not be
able to run a script or to call another host.
"""

import re
from functools import lru_cache
from html import escape

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

TAGS = (nh3.ALLOWED_TAGS | {"figure", "figcaption"}) - {"style", "iframe"}
ATTRIBUTES = {
    **{tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()},
    "span": {"class"},
    "div": {"class", "tabindex"},
    "table": {"class"},
    "pre": {"class", "tabindex"},
    "code": {"class"},
    "img": {"src", "alt", "width", "height"},
}
FIGURE = re.compile(r"figures/(?P<name>[\w-]+\.svg)")
FORMATTER = HtmlFormatter(nowrap=True)


def render(text: str, figures: str = "") -> SafeString:
    """HTML of `text`; `figures/…` in a picture's address becomes `<figures>…`, other hosts' pictures vanish."""
    return mark_safe(_render(text, figures))  # noqa: S308  what comes out of the sieve is what this module is for


def render_inline(text: str) -> SafeString:
    """HTML of a line: words, code and maths, no blocks, so that it fits into a label."""
    return mark_safe(_sieved(_parser().renderInline(text), ""))  # noqa: S308  as above


def figures_in(text: str) -> set[str]:
    """The names of the figures that a text may show."""
    return {found["name"] for found in FIGURE.finditer(text)}


def parsed(text: str) -> list[Token]:
    """What `render` makes HTML of, for those who make something else of it."""
    return _parser().parse(text)


def parsed_line(text: str) -> list[Token]:
    """The same of `render_inline`."""
    return _parser().parseInline(text)


@lru_cache(maxsize=256)
def _render(text: str, figures: str) -> str:
    return _sieved(_scrollable_tables(_parser().render(text)), figures)


def _sieved(html: str, figures: str) -> str:
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=lambda tag, name, value: _attribute(tag, name, value, figures),
        link_rel="noopener noreferrer",
    )


def _scrollable_tables(html: str) -> str:
    """Wide tables scroll in a focusable region of their own instead of widening the page."""
    opened = html.replace("<table>", '<div class="scroll" tabindex="0"><table class="table">')
    return opened.replace("</table>", "</table></div>")


def _attribute(tag: str, name: str, value: str, figures: str) -> str | None:
    if (tag, name) != ("img", "src"):
        return value
    figure = FIGURE.fullmatch(value)
    return figures + figure["name"] if figures and figure else None


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "typographer": False, "highlight": _highlight})
    parser.enable(["table", "strikethrough"])
    # `$x$` and `$$x$$` become elements of class `math`, which a script draws; without it the source reads.
    return parser.use(dollarmath_plugin, allow_space=False, double_inline=True, renderer=_math)


def _math(content: str, options: dict[str, bool]) -> str:
    return escape(content.strip())


def _highlight(code: str, language: str, attributes: str) -> str:
    """A focusable block, so that a keyboard can scroll it."""
    try:
        body = highlight(code, get_lexer_by_name(language), FORMATTER)
    except ClassNotFound:
        body = escape(code)
    return f'<pre class="code" tabindex="0"><code>{body}</code></pre>'
