"""Facts about single Unicode characters: which are marks, what a character is called, how its code point is written.

All from Python's own `unicodedata`. It must not know corpora, vocabularies or screens.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable

_MARK_PLACES = (range(0x300, 0x20000), range(0xE0100, 0xE01F0))
"""Where Unicode has combining marks; looking through all of it would take ten times as long."""

_CONTROL_NAMES = {
    "\0": "NULL",
    "\b": "BACKSPACE",
    "\t": "CHARACTER TABULATION",
    "\n": "LINE FEED",
    "\x0b": "LINE TABULATION",
    "\x0c": "FORM FEED",
    "\r": "CARRIAGE RETURN",
    "\x1b": "ESCAPE",
    "\x7f": "DELETE",
    "\x85": "NEXT LINE",
}
"""The controls a text may hold have no name in `unicodedata`; these are their Unicode aliases."""


def codepoint(token: str) -> str:
    """`U+0041` for a single character, or nothing for a token of several."""
    return f"U+{ord(token):04X}" if len(token) == 1 else ""


def name(token: str) -> str:
    """The Unicode name of a single character, or nothing for a token of several."""
    if len(token) != 1:
        return ""
    return unicodedata.name(token, "") or _CONTROL_NAMES.get(token, "") or _UNNAMED.get(category(token), "")


def category(character: str) -> str:
    """The two letters of the character's general category, as in `Lu` for a capital letter."""
    return unicodedata.category(character)


def is_mark(character: str) -> bool:
    """Whether it combines with the character before it and cannot stand alone."""
    return unicodedata.category(character).startswith("M")


@functools.cache
def marks() -> str:
    """Every combining mark, as the inside of a regular expression's character class."""
    return character_class(c for place in _MARK_PLACES for c in place if is_mark(chr(c)))


def character_class(codes: Iterable[int]) -> str:
    """Ascending code points as the inside of a regular expression's character class."""
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges)


_UNNAMED = {
    "Cc": "control character",
    "Co": "private use",
    "Cn": "unassigned",
    "Cs": "half of a surrogate pair",
}
"""What is said of characters without a name, by category."""
