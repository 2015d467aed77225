"""What a measurement came to, as tables of words: for a terminal, and for a page.

Pure functions from the rows of a measurement. It must not know how anything was measured, nor where it is shown.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from rnnlab.bench.values import About, Agreement, AnyRow, Doing, Figure, Missing, Point, SameText, Spread, Target


class Table(msgspec.Struct, frozen=True):
    """Rows of words under headers."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[str, ...] = ()
    """The headers of columns of numbers."""


def sections(rows: Iterable[AnyRow]) -> Iterator[list[AnyRow]]:
    """Rows that belong into one table: of one kind, about one thing, one after the other."""
    kept = (row for row in rows if not isinstance(row, Doing))
    for _, together in itertools.groupby(kept, key=kind_of):
        yield list(together)


def kind_of(row: AnyRow) -> tuple[type, str]:
    """What rows of one table have in common."""
    what = row.sweep if isinstance(row, Point) else getattr(row, "what", "")
    return (Figure if isinstance(row, Missing) else type(row), what)


def table_of(section: Sequence[AnyRow]) -> Table:
    """A section as a table."""
    kind, what = kind_of(section[0])
    return _TABLES[kind](what, section)


def short(value: float, unit: str = "") -> str:
    """A number of three digits or so, with its unit: `57.3 k tokens/s`, `0.482 s`."""
    value, unit = _in_seconds(value, unit, value)
    size, letter = next(((size, letter) for size, letter in _SIZES if abs(value) >= size), (1.0, ""))
    scaled = value / size
    text = f"{scaled:.{max(0, 3 - len(str(int(abs(scaled)))))}f}"
    return " ".join(part for part in (text, letter, unit) if part)


def times(found: Spread | None) -> str:
    """A ratio: `×2.31`."""
    return f"×{found.median:.2f}" if found else ""


def between(found: Spread, unit: str = "") -> str:
    """How far the rounds went, in the unit of their median: `55.1 k–58.0 k`, or nothing for a single one."""
    ends = (_in_seconds(end, unit, found.median)[0] for end in (found.low, found.high))
    return "–".join(map(short, ends)) if found.rounds > 1 else ""


def _in_seconds(value: float, unit: str, median: float) -> tuple[float, str]:
    """Milliseconds as seconds, where there are a thousand of them."""
    return (value / 1000, "s") if unit == "ms" and abs(median) >= 1000 else (value, unit)


def verdict(figure: Figure) -> str:
    """The targets with a mark each: `✓ ≥ ×2.2`."""
    return ", ".join(f"{'✓' if figure.reaches(each) else '✕'} {_limit(each, figure.unit)}" for each in figure.targets)


def tally(rows: Iterable[AnyRow]) -> tuple[int, int]:
    """(targets met, targets in all); curves and texts that agree count as met."""
    found = [met for row in rows for met in _judged(row)]
    return sum(found), len(found)


def _judged(row: AnyRow) -> Iterator[bool]:
    if isinstance(row, Figure):
        yield from map(row.reaches, row.targets)
    elif isinstance(row, Agreement):
        yield row.agrees
    elif isinstance(row, SameText):
        yield row.faults == 0


def _limit(target: Target, unit: str) -> str:
    sign = "≤" if target.at_most else "≥"
    if target.of == "ratio":
        return f"{sign} ×{target.value:g}"
    return f"{sign} {target.value:.0%}" if target.of == "share" else f"{sign} {short(target.value, unit)}"


def _figures(what: str, section: Sequence[AnyRow]) -> Table:
    figures = [row for row in section if isinstance(row, Figure)]
    beside = next((figure.beside for figure in figures if figure.beside), "")
    ratios, shares = bool(beside), any(figure.share is not None for figure in figures)
    judged = any(figure.targets for figure in figures)
    columns = {
        what: True,
        "measured": True,
        "least–most": True,
        f"to {beside}": ratios,
        "of peak": shares,
        "target": judged,
    }
    headers = tuple(name for name, there in columns.items() if there)
    rows = []
    for row in section:
        if not isinstance(row, Figure | Missing):
            continue
        cells = _cells(row) if isinstance(row, Figure) else (row.who, row.why, "", "", "", "")
        rows.append(tuple(cell for cell, there in zip(cells, columns.values(), strict=True) if there))
    return Table(headers, tuple(rows), right=tuple(h for h in headers[1:] if h != "target"))


def _cells(figure: Figure) -> tuple[str, ...]:
    share = "" if figure.share is None else f"{figure.share:.0%}"
    name = f"{figure.who}: {figure.note}" if figure.note else figure.who
    value = short(figure.value.median, figure.unit)
    return name, value, between(figure.value, figure.unit), times(figure.ratio), share, verdict(figure)


def _agreements(what: str, section: Sequence[AnyRow]) -> Table:
    rows = [
        (row.who, f"{row.steps:,}", f"{row.loss:.5f}", f"{row.reference:.5f}", "✓ yes" if row.agrees else "✕ NO")
        for row in section
        if isinstance(row, Agreement)
    ]
    headers = (what, "steps", "loss", "textbook's", "curves agree")
    return Table(headers, tuple(rows), right=headers[1:4])


def _texts(what: str, section: Sequence[AnyRow]) -> Table:
    rows = [
        (row.who, f"{row.tokens:,}", f"{row.ties:,}", f"{row.faults:,}", "✕ NO" if row.faults else "✓ yes")
        for row in section
        if isinstance(row, SameText)
    ]
    headers = (what, "tokens", "ties", "faults", "same text")
    return Table(headers, tuple(rows), right=headers[1:4])


def _points(what: str, section: Sequence[AnyRow]) -> Table:
    points = [row for row in section if isinstance(row, Point)]
    names = list(dict.fromkeys(point.who for point in points))
    by_place = {(point.x, point.who): short(point.value.median) for point in points}
    places = list(dict.fromkeys(point.x for point in points))
    rows = tuple((f"{x:,g}", *(by_place.get((x, name), "") for name in names)) for x in places)
    return Table((f"{what} ({points[0].unit})", *names), rows, right=tuple(names))


def _facts(what: str, section: Sequence[AnyRow]) -> Table:
    rows = [fact for row in section if isinstance(row, About) for fact in row.facts.items()]
    return Table(("this machine", ""), tuple(rows))


_SIZES = ((1e9, "G"), (1e6, "M"), (1e3, "k"))
_TABLES: dict[type, Callable[[str, Sequence[AnyRow]], Table]] = {
    Figure: _figures,
    Agreement: _agreements,
    SameText: _texts,
    Point: _points,
    About: _facts,
}
