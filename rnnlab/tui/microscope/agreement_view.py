"""Whether models know that a verb agrees with its noun, as curves and rows: by distance, by attractors, pair by pair.

Pure functions from answers. It must not know widgets, hosts or how a sentence is scored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from rnnlab.findings import Judged
from rnnlab.text.agreement import Cell, Pair, tabulate
from rnnlab.text.visible import visible
from rnnlab.tui.figures import count
from rnnlab.tui.microscope.asking import Answer
from rnnlab.tui.microscope.curves import Axes, Line, letter

DISTANCE, ATTRACTORS = "distance", "attractors"
_ACROSS = {DISTANCE: "words between", ATTRACTORS: "attractors"}

FEW = 5
"""Tests below which a share is chance, and no point of a curve beside others; the table has them all."""


def axes(by: str) -> Axes:
    return Axes(title="pairs told right", across=_ACROSS[by], low=0.0, high=1.0, label=lambda part: f"{part:.0%}")


def judged(pairs: Sequence[Pair], answer: Answer) -> list[tuple[Pair, float]]:
    """The pairs that were judged so far, each with its margin in nats."""
    margins = [margin for part in answer.of(Judged) for margin in part.margins]
    return list(zip(pairs, margins, strict=False))


def accuracy(pairs: Sequence[Pair], answers: Sequence[Answer], by: str) -> list[Line]:
    """A curve for each model: the share of pairs told right."""
    return [Line(_name(pairs, answer), _points(tabulate(judged(pairs, answer)), by)) for answer in answers]


def _name(pairs: Sequence[Pair], answer: Answer) -> str:
    known = judged(pairs, answer)
    right = sum(margin > 0 for _, margin in known)
    return f"{answer.label}: {right / len(known):.0%} of {count(len(known))}" if known else answer.label


def _points(cells: Sequence[Cell], by: str) -> tuple[tuple[float, float], ...]:
    """Cells joined: those of one distance whatever the attractors, or of as many attractors whatever the distance."""
    joined: defaultdict[float, list[Cell]] = defaultdict(list)
    for cell in cells:
        joined[(cell.low + cell.high) / 2 if by == DISTANCE else cell.attractors].append(cell)
    counted = [(at, sum(c.right for c in same), sum(c.pairs for c in same)) for at, same in sorted(joined.items())]
    enough = [each for each in counted if each[2] >= FEW]
    return tuple((at, right / tests) for at, right, tests in (enough if len(enough) > 1 else counted))


def table(pairs: Sequence[Pair], answers: Sequence[Answer]) -> list[str]:
    """A line for each distance, and in it, model by model, the share right for 0, 1, 2 ... attractors."""
    tables = [{(c.low, c.attractors): c for c in tabulate(judged(pairs, answer))} for answer in answers]
    lows = sorted({(cell.low, cell.high) for found in tables for cell in found.values()})
    most = max((attractors for found in tables for _, attractors in found), default=0)
    header = "words    " + "   ".join(
        " ".join(f"{letter(n)}:{attractors}".rjust(4) for attractors in range(most + 1)) for n in range(len(answers))
    )
    lines = [
        (f"{low}–{high}" if low < high else f"{low}").ljust(9)
        + "   ".join(" ".join(_share(found.get((low, a))) for a in range(most + 1)) for found in tables)
        for low, high in lows
    ]
    return [header, *lines] if lines else []


def _share(cell: Cell | None) -> str:
    return (f"{cell.accuracy:.0%}" if cell else "").rjust(4)


def rows(pairs: Sequence[Pair], answers: Sequence[Answer]) -> list[list[str]]:
    """The cells of a row for each pair: every model's margin in nats, a mark where it is wrong, and the texts."""
    margins = [[margin for _, margin in judged(pairs, answer)] for answer in answers]
    return [
        [" ".join(_margin(each[n]) if n < len(each) else "…".rjust(7) for each in margins), f"{pair.good} | {pair.bad}"]
        for n, pair in enumerate(pairs)
    ]


def _margin(margin: float) -> str:
    return f"{'✓' if margin > 0 else '✕'}{margin:+.2f}".rjust(7)


def tests_named(pairs: Sequence[Pair], path: str) -> str:
    """What the tests are."""
    return f"{count(len(pairs))} pairs of {visible(path)}" if path else f"{count(len(pairs))} pairs of the grammar"
