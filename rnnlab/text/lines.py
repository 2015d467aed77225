"""What can be said of a text's lines: how long, how often the same, how ended.

A line ends with LF, CRLF or CR. It must not know tokens or vocabularies.
"""

from __future__ import annotations

import re
from collections import Counter

import numpy as np

from rnnlab.text.report import LineDetail, LineLengths, LongLine, NamedCount, RepeatedLine

LONG = 1000
"""Characters from which on a line is called long."""
SHOWN = 20
"""Long and repeated lines told of at most."""
BEGINNING = 120
"""Characters of such a line that are shown."""

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


def line_count(text: str) -> int:
    """How many lines `split_lines` gives."""
    ends = text.count("\n") if "\r" not in text else sum(1 for _ in _LINE_END.finditer(text))
    return ends + (text[-1:] not in ("\n", "\r", ""))


def line_detail(text: str) -> LineDetail:
    """Everything about the lines of a text."""
    lines = split_lines(text)
    written = [line for line in lines if line.strip()]
    lengths = np.fromiter(map(len, written), dtype=np.int64, count=len(written))
    counts = Counter(written)
    duplicated = len(written) - len(counts)
    return LineDetail(
        count=len(lines),
        blank=len(lines) - len(written),
        median=float(np.median(lengths)) if written else 0.0,
        longest=int(lengths.max(initial=0)),
        lengths=_lengths(lengths),
        long=_long(lines),
        duplicated=duplicated,
        duplicated_share=duplicated / max(len(written), 1),
        repeated=_repeated(counts),
        ends=line_ends(text),
    )


def line_ends(text: str) -> tuple[NamedCount, ...]:
    """How often each kind of line end comes; further characters that some programs break lines at are named too."""
    counts = {name: text.count(end) for name, end in _ENDS.items()}
    counts["LF"] -= counts["CRLF"]
    counts["CR"] -= counts["CRLF"]
    return tuple(
        NamedCount(codepoint=" ".join(f"U+{ord(c):04X}" for c in _ENDS[name]), name=name, count=count)
        for name, count in counts.items()
        if count
    )


def _lengths(lengths: np.ndarray) -> tuple[LineLengths, ...]:
    """Bins that double: 1, 2-3, 4-7, 8-15 … characters."""
    if not len(lengths):
        return ()
    bins = np.bincount(np.log2(lengths).astype(np.int64))
    return tuple(
        LineLengths(low=1 << power, high=(2 << power) - 1, lines=lines) for power, lines in enumerate(bins.tolist())
    )


def _long(lines: list[str]) -> tuple[LongLine, ...]:
    long = [(len(line), number) for number, line in enumerate(lines, 1) if len(line) >= LONG]
    longest = sorted(long, key=lambda pair: (-pair[0], pair[1]))[:SHOWN]
    return tuple(
        LongLine(number=number, characters=length, text=lines[number - 1][:BEGINNING]) for length, number in longest
    )


def _repeated(counts: Counter[str]) -> tuple[RepeatedLine, ...]:
    again = sorted((line for line, count in counts.items() if count > 1), key=lambda line: (-counts[line], line))
    return tuple(RepeatedLine(text=line[:BEGINNING], count=counts[line]) for line in again[:SHOWN])
