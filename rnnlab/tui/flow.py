"""`Flow`: a growing text wrapped into rows, whose last line is open; bounded, however much is written.

Adding costs by what is added, not by what is there: rows before the last are final. The text must have been made
visible. It must not know widgets or colours.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import lru_cache
from itertools import dropwhile
from typing import NamedTuple, overload

from rnnlab.tui.grid import Part
from rnnlab.tui.wrap import line_starts

CHARACTERS = 100_000
"""The most that is kept; the oldest lines go first."""
LINE = 4096
"""Characters after which a line without an end goes on as another, so that the open line stays cheap."""

Roles = tuple[tuple[int, str], ...]
"""Where each stretch begins, and its role."""
_ONE_ROW = (0,)


class Line:
    """One line of text between line ends, with the roles of its stretches and where its rows begin."""

    __slots__ = ("ended", "roles", "starts", "text")

    def __init__(self) -> None:
        self.text = ""
        self.roles: Roles = ()
        self.starts: tuple[int, ...] = _ONE_ROW
        self.ended = False
        """Whether a line end follows; a line that merely got too long has none."""

    def add(self, text: str, role: str, width: int) -> None:
        if text and (not self.roles or self.roles[-1][1] != role):
            self.roles = _shared((*self.roles, (len(self.text), role)))
        self.text += text
        self.wrap(width, self.starts[-1])

    def wrap(self, width: int, begin: int = 0) -> None:
        """Find the rows again from the one that begins there."""
        starts = (*(start for start in self.starts if start < begin), *line_starts(self.text, width, begin))
        self.starts = starts if len(starts) > 1 else _ONE_ROW

    def cut(self, size: int, width: int) -> None:
        """Keep the first so many characters."""
        self.text = self.text[:size]
        self.roles = _shared(tuple((begin, role) for begin, role in self.roles if begin < size))
        self.starts, self.ended = _ONE_ROW, False
        self.wrap(width)

    def recolour(self, at: int, roles: Sequence[str]) -> None:
        """Give each of so many characters from there on another role."""
        every = [role for text, role in self.parts(0, len(self.text)) for _ in text]
        every[at : at + len(roles)] = roles
        self.roles = _shared(tuple((n, role) for n, role in enumerate(every) if not n or every[n - 1] != role))

    def parts(self, start: int, end: int) -> list[Part]:
        """The stretches between two offsets."""
        edges = [*(begin for begin, _ in self.roles), len(self.text)]
        cut = ((max(a, start), min(b, end), role) for (a, role), b in zip(self.roles, edges[1:], strict=True))
        return [(self.text[a:b], role) for a, b, role in cut if a < b]


class Row(NamedTuple):
    """One row on the screen."""

    line: Line
    start: int
    end: int

    @property
    def last(self) -> bool:
        """Whether it is its line's last row."""
        return self.end == len(self.line.text)


class Rows(Sequence[Row]):
    """Rows, made when they are asked for: what is kept of each is the line that it is of."""

    def __init__(self, lines: list[Line]) -> None:
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> list[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | list[Row]:
        if isinstance(at, slice):
            return [self[y] for y in range(*at.indices(len(self)))]
        at = range(len(self))[at]
        line, first = self._lines[at], at
        while first and self._lines[first - 1] is line:
            first -= 1
        edges = *line.starts, len(line.text)
        return Row(line, edges[at - first], edges[at - first + 1])


class Mark(NamedTuple):
    """A place in the text: it stays the same place whatever is added behind it or dropped before it."""

    line: Line
    offset: int


class Flow:
    """Lines, and the rows that they make in a width."""

    def __init__(self, width: int, characters: int = CHARACTERS) -> None:
        self._width = max(width, 1)
        self._limit = characters
        self._lines: deque[Line] = deque()
        self._size = 0
        self._of: list[Line] = []
        """Of each row, the line."""
        self.clear()

    @property
    def rows(self) -> Rows:
        return Rows(self._of)

    def write(self, text: str, role: str) -> tuple[int, int]:
        """Add text at the end; gives the first row that is new or different, and how many of the oldest are gone."""
        first = len(self._of) - 1
        for index, piece in enumerate(text.split("\n")):
            if index:
                self._end(True)
            for begin in range(0, len(piece), LINE):
                self._add(piece[begin : begin + LINE], role)
        gone = self._drop()
        return max(first - gone, 0), gone

    @property
    def end(self) -> Mark:
        """The place where text is added."""
        return Mark(self._lines[-1], len(self._lines[-1].text))

    def cut(self, mark: Mark) -> int | None:
        """Forget what comes after a place; gives the first row that is different, or None where the place is gone."""
        if not any(line is mark.line for line in reversed(self._lines)):
            return None
        while self._lines[-1] is not mark.line:
            self._size -= len(self._lines.pop().text)
        self._size -= len(mark.line.text) - mark.offset
        mark.line.cut(mark.offset, self._width)
        while self._of[-1] is not mark.line:
            self._of.pop()
        while self._of and self._of[-1] is mark.line:
            self._of.pop()
        first = len(self._of)
        self._of += _rows(mark.line)
        return first

    def recolour(self, mark: Mark, parts: Sequence[Part]) -> bool:
        """Give a text that stands behind a place other roles, as far as it is still there; whether any of it is."""
        text, roles = "".join(text for text, _ in parts), [role for text, role in parts for _ in text]
        done, at = 0, mark.offset
        for line in dropwhile(lambda line: line is not mark.line, self._lines):
            size = max(0, min(len(line.text) - at, len(text) - done))
            if line.text[at : at + size] != text[done : done + size]:
                break
            line.recolour(at, roles[done : done + size])
            done, at = done + size, 0
            if line.ended and text[done : done + 1] != "\n":
                break
            done += line.ended
        return done > 0

    def rewrap(self, width: int) -> None:
        """Make the rows anew in another width."""
        self._width = max(width, 1)
        for line in self._lines:
            line.starts = _ONE_ROW
            line.wrap(self._width)
        self._of = [row for line in self._lines for row in _rows(line)]

    def clear(self) -> None:
        """Forget everything but an empty open line."""
        self._lines = deque([Line()])
        self._size = 0
        self._of = [self._lines[0]]

    @property
    def width(self) -> int:
        return self._width

    def _add(self, text: str, role: str) -> None:
        if len(self._lines[-1].text) + len(text) > LINE:
            self._end(False)
        line = self._lines[-1]
        kept = len(line.starts)
        line.add(text, role, self._width)
        self._size += len(text)
        self._of += _rows(line)[kept:]

    def _end(self, ended: bool) -> None:
        self._lines[-1].ended = ended
        self._lines.append(Line())
        self._of.append(self._lines[-1])

    def _drop(self) -> int:
        gone = 0
        while self._size > self._limit and len(self._lines) > 1:
            line = self._lines.popleft()
            self._size -= len(line.text)
            gone += len(line.starts)
        del self._of[:gone]
        return gone


def _rows(line: Line) -> list[Line]:
    return [line] * len(line.starts)


@lru_cache(256)
def _shared(roles: Roles) -> Roles:
    """The same for all lines with the same roles."""
    return roles
