"""Makes foreign text safe to store and to show: nothing in it acts any more, and it has an end."""

from __future__ import annotations

import re

MESSAGE_LIMIT = 4_000

# Control characters but newline and tab, C1 controls, everything that reorders or hides text, line separators,
# tags, halves of surrogate pairs, and non-characters that some stores refuse.
_ACTIVE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)


def plain(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """`text` with every active character in a visible form, cut to about `limit` characters with a note."""
    kept = text[:limit]
    shown = _ACTIVE.sub(_visible, kept.replace("\r\n", "\n"))
    return shown if len(text) <= limit else f"{shown}\n… ({len(text) - limit} characters more)"


def plain_bytes(content: bytes, limit: int) -> str:
    """The same for output as it came from a pipe; what is not UTF-8 shows as \\xNN."""
    return plain(content.decode("utf-8", "backslashreplace"), limit)


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\N{SYMBOL FOR DELETE}"
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
