"""`Page`: a text in pieces, each with a role, wrapped into rows; and where a cursor goes from piece to piece.

A pure layout of foreign text, made visible here. It must not know widgets or colours.
"""

from __future__ import annotations

import bisect
import itertools
from array import array
from collections.abc import Sequence

from rnnlab.text.visible import visible
from rnnlab.tui.grid import Part
from rnnlab.tui.wrap import TAB, cells, line_starts

Cut = tuple[int, str]
"""A piece's number and what of it stands in a row."""


class Page:
    """Rows of pieces; a piece may go on in the next row. `ends` shows line ends as ↵, so that they have a place too."""

    def __init__(self, pieces: Sequence[Part], width: int, *, ends: bool = False) -> None:
        texts = [displayed(text, ends=ends) for text, _ in pieces]
        self.roles = [role for _, role in pieces]
        # Arrays: as numbers of their own they are most of what a long text takes.
        self._offsets = array("q", itertools.accumulate(map(len, texts), initial=0))
        self._text = "".join(texts)
        self._starts = line_starts(self._text, max(width, 1)) or [0]
        self._shown = array("q", (index for index, text in enumerate(texts) if text))

    @property
    def height(self) -> int:
        return len(self._starts)

    def row(self, y: int) -> list[Cut]:
        """The pieces of a row from the left, without its line end."""
        if not 0 <= y < self.height:
            return []
        begin, end = self._edges(y)
        first = bisect.bisect_right(self._offsets, begin) - 1
        cuts: list[Cut] = []
        for index in range(first, len(self.roles)):
            a, b = max(self._offsets[index], begin), min(self._offsets[index + 1], end)
            if a >= end:
                break
            if text := self._text[a:b].removesuffix("\n"):
                cuts.append((index, text))
        return cuts

    def row_of(self, index: int) -> int:
        """The row in which a piece begins."""
        return max(0, bisect.bisect_right(self._starts, self._offsets[index]) - 1) if self.roles else 0

    def beside(self, index: int, by: int) -> int:
        """The piece that many further (backwards where negative), of those that are seen."""
        if not self._shown:
            return 0
        at = bisect.bisect_left(self._shown, index)
        return self._shown[min(max(at + by, 0), len(self._shown) - 1)]

    def below(self, index: int, rows: int) -> int:
        """The piece that many rows further down (up where negative), about as far from the left."""
        if not self._shown:
            return 0
        y = self.row_of(index)
        column = sum(map(cells, self._text[self._starts[y] : self._offsets[index]]))
        cuts, used, found = self.row(min(max(y + rows, 0), self.height - 1)), 0, index
        for at, text in cuts:
            if used > column and found in [number for number, _ in cuts]:
                break
            found, used = at, used + sum(map(cells, text))
        return found

    def _edges(self, y: int) -> tuple[int, int]:
        end = self._starts[y + 1] if y + 1 < self.height else len(self._text)
        return self._starts[y], end


def displayed(text: str, *, ends: bool = False) -> str:
    """A piece as it is painted: tabs as spaces, what a terminal would obey as a symbol; line feeds stay."""
    text = text.replace("\t", " " * TAB)
    return visible(text.replace("\n", "↵\n") if ends else text, lines=True)
