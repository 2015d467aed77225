"""The boundary between foreign text and a terminal: what a terminal would obey becomes something one can read.

Terminals obey control characters, and bidirectional and invisible characters make a text look like another one; Rich
and Textual pass nearly all of them on. Single code points are judged, so nothing can hide across the pieces of a
stream. Joiners and variation selectors stay: emoji and Persian need them. It must not know where a text comes from,
nor any screen (markup is the screen's own affair: text goes into a widget only as `Content`).
"""

from __future__ import annotations

import functools
import re

from rnnlab.text.characters import category, character_class, is_mark, marks

MARKS_KEPT = 8
"""Combining marks left on one character; real scripts need up to five, a heap of marks floods the lines around it."""

_CONTROLS = [*range(0x20), *range(0x7F, 0xA0)]
_OBEYED = [
    *(0x061C, 0x180E, 0x200B, 0x200E, 0x200F),
    *range(0x2028, 0x202F),
    *range(0x2060, 0x2070),
    0xFEFF,
    *range(0xFFF9, 0xFFFC),
    *range(0xE0000, 0xE1000),
]
"""Bidirectional controls, separators, and characters that no terminal gives a cell."""
_HALVES = range(0xD800, 0xE000)
"""Surrogates cannot be written to a terminal at all."""
_BLANK = [0x00AD, 0x115F, 0x1160, 0x3164, 0xFFA0]
"""Not obeyed, but nothing is to be seen where they are."""

_HOSTILE = character_class(sorted([*_CONTROLS, *_OBEYED, *_HALVES]))
_BUT_LINES = r"(?![\n\t])"
_DELETED = re.compile(f"[{_HOSTILE}]")
_DELETED_BUT_LINES = re.compile(f"{_BUT_LINES}[{_HOSTILE}]")
_SHOWN = re.compile(f"[{_HOSTILE}{character_class(_BLANK)}]")
_SHOWN_BUT_LINES = re.compile(f"{_BUT_LINES}{_SHOWN.pattern}")

_IN_TABLES = {" ": "␣", "\n": "↵", "\t": "⇥", "\r": "␍"}
_DOTTED_CIRCLE = "◌"
_NOT_DRAWN = ("Cn", "Co", "Cf", "Zs")


def visible(text: str, lines: bool = False) -> str:
    """The text with every character that a terminal would obey, or not show, as a symbol such as ␛ or <U+202E>.

    With `lines`, line feeds and tabs stay as they are; without, the result is one line.
    """
    shown = (_SHOWN_BUT_LINES if lines else _SHOWN).sub(_symbol, text)
    # Making the pattern takes 25 ms, and hardly a text has marks.
    marked = not shown.isascii() and any(map(is_mark, set(shown)))
    return _heaps().sub(r"\1", shown) if marked else shown


def delete_hostile(text: str, lines: bool = False) -> str:
    """The text without what a terminal would obey: the backstop behind `visible`.

    What is deleted has no width for Rich, so that a line laid out before still fits. With `lines`, line feeds and
    tabs stay.
    """
    return (_DELETED_BUT_LINES if lines else _DELETED).sub("", text)


def harmless_json(document: bytes) -> bytes:
    """The same JSON with what a terminal would obey written as an escape: another spelling of the same value."""
    if document.isascii() and b"\x7f" not in document:
        return document
    return _DELETED.sub(_json_escape, document.decode()).encode()


def is_hidden(character: str) -> bool:
    """Whether a terminal would obey the character, or nothing would be seen of it (spaces are seen)."""
    return bool(_SHOWN.match(character))


def label(token: str) -> str:
    """One token as a table shows it: never empty, blank or obeyed.

    A space is ␣, a line feed ↵, a tab ⇥, other controls their pictures; a mark stands on a dotted circle; a single
    character that nothing would be seen of is its code point.
    """
    if len(token) == 1 and token not in _IN_TABLES and not _drawn(token):
        return f"U+{ord(token):04X}"
    shown = visible("".join(_IN_TABLES.get(character, character) for character in token))
    return _DOTTED_CIRCLE + shown if shown and is_mark(shown[0]) else shown


def _drawn(character: str) -> bool:
    if character.isascii():
        return True
    selector = "\ufe00" <= character <= "\ufe0f"
    return not selector and category(character) not in _NOT_DRAWN and not is_hidden(character)


@functools.lru_cache(maxsize=4096)
def _picture(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"<U+{code:04X}>"


def _json_escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))


def _symbol(match: re.Match[str]) -> str:
    return _picture(match[0])


@functools.cache
def _heaps() -> re.Pattern[str]:
    """More marks on one character than MARKS_KEPT; the first group is what may stay."""
    return re.compile(f"([{marks()}]{{{MARKS_KEPT}}})[{marks()}]+")
