"""Where the lines of a text begin when it is shown in a width: at line feeds, else at spaces, else where it is full.

Pure functions over foreign text, measured as `visible` will show it. It must not know any widget.
"""

from __future__ import annotations

import functools

from rich.cells import cell_len

from rnnlab.text.visible import visible

TAB = 4
"""Cells of a tab."""


@functools.lru_cache(maxsize=8192)
def cells(character: str) -> int:
    """Cells that one character takes once it is made visible."""
    return TAB if character == "\t" else cell_len(visible(character))


def shown(line: str) -> str:
    """A line as it is painted: no line feed, tabs as spaces, what a terminal would obey as a symbol."""
    return visible(line.removesuffix("\n").replace("\t", " " * TAB))


def line_starts(text: str, width: int, begin: int = 0, most: int | None = None, end: int | None = None) -> list[int]:
    """Offsets below `end` at which lines begin, the first at `begin`; at most `most` of them where that is given."""
    starts: list[int] = []
    while begin < (len(text) if end is None else end) and (most is None or len(starts) < most):
        starts.append(begin)
        begin = _line_end(text, begin, width)
    return starts


def _line_end(text: str, begin: int, width: int) -> int:
    """The offset after the line that begins there."""
    used, space = 0, 0
    for offset in range(begin, len(text)):
        character = text[offset]
        if character == "\n":
            return offset + 1
        used += cells(character)
        if character == " ":
            space = offset + 1
        elif used > width:
            return space or max(offset, begin + 1)
    return len(text)


def lines_before(text: str, end: int, width: int, most: int) -> list[int]:
    """The beginnings of the last `most` lines before `end`, where a line begins too.

    Lines are counted from the first line feed there is, so that they break where they do when one reads downwards.
    """
    first = text.find("\n", 0, end) + 1
    anchor = first if 0 < first < end else 0
    starts = line_starts(text, width, anchor, end=end)
    if len(starts) < most and anchor:
        starts = line_starts(text, width, end=end)
    return starts[-most:]
