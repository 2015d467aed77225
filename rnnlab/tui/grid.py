"""`Grid`: a rectangle of cells, each a character and the role that gives it its colour; and what changed between two.

Every cell holds exactly one character one cell wide, so that columns stay columns whatever is put in. It must not know
widgets, colours, or what is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from rich.cells import cell_len

Part = tuple[str, str]
"""A text and its role."""

_TOO_WIDE = "·"
"""Stands for a character that is not one cell wide."""
_KINDS = 1024
"""Of how many characters one object is kept: more than all pictures have together."""


class Grid:
    """Cells by column and row from the top left; empty ones are spaces without a role."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._characters = [[" "] * width for _ in range(height)]
        self._roles = [[""] * width for _ in range(height)]

    def put(self, x: int, y: int, text: str, role: str = "") -> int:
        """Write a text from (x, y) to the right, cut at the edges; gives the column after it."""
        for offset, character in enumerate(text):
            if 0 <= x + offset < self.width and 0 <= y < self.height:
                self._characters[y][x + offset] = _in_a_cell(character)
                self._roles[y][x + offset] = role
        return x + len(text)

    def put_right(self, x: int, y: int, text: str, role: str = "") -> None:
        """Write a text that ends just before column x."""
        self.put(x - len(text), y, text, role)

    def roles(self, x: int, y: int, width: int) -> set[str]:
        """The roles in a stretch of a row, as far as it lies within the grid."""
        return set(self._roles[y][max(x, 0) : max(x + width, 0)])

    def text(self, y: int) -> str:
        return "".join(self._characters[y])

    def parts(self, y: int) -> Iterator[Part]:
        """A row as stretches of one role; empty cells belong to what is left of them: each stretch costs bytes."""
        characters, roles = self._characters[y], self._roles[y]
        start = 0
        for x in range(1, self.width + 1):
            if x == self.width or (roles[x] != roles[start] and (roles[x] or characters[x] != " ")):
                yield "".join(characters[start:x]), roles[start]
                start = x

    def changes(self, before: Grid) -> Iterator[tuple[int, int, int]]:
        """(x, y, width) of the stretch of each row in which it differs from a grid of the same size.

        One stretch a row: Textual sends a row from the widget's left edge to the end of what changed.
        """
        for y in range(self.height):
            differing = [x for x in range(self.width) if self._cell(x, y) != before._cell(x, y)]
            if differing:
                yield differing[0], y, differing[-1] - differing[0] + 1

    def _cell(self, x: int, y: int) -> Part:
        return self._characters[y][x], self._roles[y][x]


@lru_cache(_KINDS)
def _in_a_cell(character: str) -> str:
    """What stands for it; one of each kind, since what is no Latin letter would be an object of its own at every place.

    Not interned: Python's table of names is never cleaned of what is gone, and grows by half a megabyte in the end.
    """
    return character if cell_len(character) == 1 else _TOO_WIDE
