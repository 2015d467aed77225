"""The last step of painting: rows that stay in their columns, however wide a terminal draws what is in them.

Textual paints a row from left to right and leaves it to the terminal where each character ends; a character that a
terminal draws wider or narrower than Textual believes would move the borders to its right. It must not know widgets.
"""

from __future__ import annotations

import re

from textual.driver import Driver

from rnnlab.text.columns import cells, disputed, pinned

_STYLE = r"\x1b\[[\d;:]*m|\x1b\]8;[^\x1b\x07]*(?:\x1b\\|\x07)"
_ROW = re.compile(rf"(\x1b\[\d+;(\d+)H)((?:[^\x1b\n\r]+|{_STYLE})*)")
"""A move to a line and column, and what is painted from there on: text, colours, links."""
_PARTS = re.compile(f"({_STYLE})")


def steady(data: str) -> str:
    """What goes to the terminal, with a move of the cursor after everything that it may draw otherwise."""
    return _ROW.sub(_steady_row, data) if disputed(data) else data


def steady_driver(driver: type[Driver]) -> type[Driver]:
    """The driver, but what it writes is steady."""

    def write(self: Driver, data: str) -> None:
        driver.write(self, steady(data))

    return type("Steady", (driver,), {"write": write})


def _steady_row(match: re.Match[str]) -> str:
    move, column, painted = match[1], int(match[2]), match[3]
    if not disputed(painted):
        return match[0]
    parts = _PARTS.split(painted)
    room = sum(map(cells, parts[::2]))
    told, used = [move], 0
    for index, part in enumerate(parts):
        if index % 2:
            told.append(part)
        else:
            told.append(pinned(part, column + used, room - used))
            used += cells(part)
    return "".join(told)
