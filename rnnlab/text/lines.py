"""What can be said of a text's lines: how long, how often the same, how ended.

A line ends with LF, CRLF or CR. It must not know tokens or vocabularies.
"""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np

from rnnlab.text.cleaning import cut_at
from rnnlab.text.report import LineDetail, LineLengths, LongLine, NamedCount, RepeatedLine

LONG = 1000
"""Characters from which on a line is called long."""
SHOWN = 20
"""Long and repeated lines told of at most."""
BEGINNING = 120
"""Characters of such a line that are shown."""
COMPARED = 300_000
"""Lines that are compared with each other at most, from the beginning: all of them would have to be remembered."""
KEPT = 4096
"""Characters by which lines are compared."""

_LINE_END = re.compile(r"\r\n?|\n")
_ENDS = {
    "LF": "\n",
    "CRLF": "\r\n",
    "CR": "\r",
    "line tabulation": "\x0b",
    "form feed": "\x0c",
    "next line": "\x85",
    "line separator": "\u2028",
    "paragraph separator": "\u2029",
}


def split_lines(text: str) -> list[str]:
    """The lines without their ends; an unfinished last one counts, an empty rest does not."""
    lines = _LINE_END.split(text)
    return lines if lines[-1] else lines[:-1]


class LineCounter:
    """How many lines a text has that comes in pieces."""

    def __init__(self) -> None:
        self._ends = 0
        self._last = ""

    def feed(self, piece: str) -> None:
        self._ends += piece.count("\n")
        if "\r" in piece:
            self._ends += piece.count("\r") - piece.count("\r\n")
        # A pair that was cut in two is one end.
        self._ends -= self._last == "\r" and piece.startswith("\n")
        self._last = piece[-1:] or self._last

    @property
    def count(self) -> int:
        return self._ends + (self._last not in ("\n", "\r", ""))


def line_count(text: str) -> int:
    """How many lines `split_lines` gives."""
    counter = LineCounter()
    counter.feed(text)
    return counter.count


def line_detail(pieces: Iterable[str]) -> LineDetail:
    """Everything about the lines of a text that comes in pieces."""
    seen = _Lines()
    for line, length in _lines(pieces):
        seen.add(line, length)
    duplicated = seen.compared - len(seen.counts)
    written = seen.count - seen.blank
    return LineDetail(
        count=seen.count,
        blank=seen.blank,
        median=_median(seen.lengths) if written else 0.0,
        longest=max(seen.lengths, default=0),
        lengths=_lengths(seen.lengths),
        long=tuple(
            LongLine(number=-number, characters=length, text=text)
            for length, number, text in sorted(seen.long, reverse=True)
        ),
        compared=seen.compared,
        duplicated=duplicated,
        duplicated_share=duplicated / max(seen.compared, 1),
        repeated=_repeated(seen.counts),
    )


class _Lines:
    """What is kept of lines that are seen once."""

    def __init__(self) -> None:
        self.count = self.blank = self.compared = 0
        self.lengths: Counter[int] = Counter()
        """How many lines that are not blank have so many characters."""
        self.counts: Counter[str] = Counter()
        self.long: list[tuple[int, int, str]] = []
        """A heap of the longest: characters, the number (negative, so that earlier ones stay) and the beginning."""

    def add(self, line: str, length: int) -> None:
        self.count += 1
        if not line.strip():
            self.blank += 1
            return
        self.lengths[length] += 1
        if self.compared < COMPARED:
            self.compared += 1
            self.counts[line] += 1
        if length >= LONG:
            entry = (length, -self.count, line[:BEGINNING])
            heapq.heappush(self.long, entry)
            if len(self.long) > SHOWN:
                heapq.heappop(self.long)


def _lines(pieces: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Each line, or the beginning of a very long one, with its length."""
    held, length = "", 0
    for piece in cut_at(pieces, _no_return):
        first, *rest = _LINE_END.split(piece)
        held, length = held + first[: max(0, KEPT - len(held))], length + len(first)
        for line in rest:
            yield held, length
            held, length = line[:KEPT], len(line)
    if length:
        yield held, length


def _no_return(text: str) -> int:
    # The line feed of a pair may come in the next piece.
    return len(text) - text.endswith("\r")


def line_ends(counts: np.ndarray, pairs: int) -> tuple[NamedCount, ...]:
    """How often each kind of line end comes, from how often each code point and CR LF do.

    Further characters that some programs break lines at are named too.
    """
    found = {name: int(counts[ord(end)]) if len(end) == 1 else pairs for name, end in _ENDS.items()}
    found["LF"] -= pairs
    found["CR"] -= pairs
    return tuple(
        NamedCount(codepoint=" ".join(f"U+{ord(c):04X}" for c in _ENDS[name]), name=name, count=count)
        for name, count in found.items()
        if count
    )


def _median(lengths: Counter[int]) -> float:
    values = np.array(sorted(lengths), dtype=np.int64)
    up_to = np.cumsum([lengths[value] for value in values.tolist()])
    total = int(up_to[-1])
    middle = [values[np.searchsorted(up_to, place, side="right")] for place in ((total - 1) // 2, total // 2)]
    return float(sum(middle)) / 2


def _lengths(lengths: Counter[int]) -> tuple[LineLengths, ...]:
    """Bins that double: 1, 2-3, 4-7, 8-15 … characters."""
    bins: Counter[int] = Counter()
    for length, lines in lengths.items():
        bins[length.bit_length() - 1] += lines
    return tuple(
        LineLengths(low=1 << power, high=(2 << power) - 1, lines=bins[power])
        for power in range(max(bins, default=-1) + 1)
    )


def _repeated(counts: Counter[str]) -> tuple[RepeatedLine, ...]:
    again = sorted((line for line, count in counts.items() if count > 1), key=lambda line: (-counts[line], line))
    return tuple(RepeatedLine(text=line[:BEGINNING], count=counts[line]) for line in again[:SHOWN])
