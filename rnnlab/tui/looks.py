"""What a second look at a corpus shows, as safe lines: how hard it is, its lines, rare tokens, batches, comparisons.

Pure functions from reports to `Content`. It must not know widgets or hosts.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from rnnlab.text.amounts import counted
from rnnlab.text.report import Baseline, Baselines, Batch, Comparison, CorpusDetail, CurvePoint, Side
from rnnlab.text.visible import label, visible
from rnnlab.tui.curve import cells
from rnnlab.tui.figures import count, magnitude
from rnnlab.tui.glyphs import Glyphs
from rnnlab.tui.words import fine_share

_RARE = 30
_ONLY = 40
_BATCH_TOKENS = 40
_CURVE_ROWS = 7
_NAME = 12
"""Cells for the name at the beginning of a line."""
_FIGURE = 10
"""Cells of a perplexity: with its losses it stands in the third of a screen that the corpus has beside the others."""


def detail_lines(detail: CorpusDetail, baselines: Baselines, width: int, glyphs: Glyphs) -> Content:
    """How hard the text is, the shape of its frequency curve, its lines, hidden characters and rare tokens."""
    lines = detail.lines
    told = [
        ("", f"{'perplexity':>{_FIGURE}} {'nats':>8} {'bits/char':>{_FIGURE}}"),
        *((row.name, _yardstick(row)) for row in baselines.rows),
        ("", f"on the last {counted(baselines.held_out, 'token')};"),
        ("", "xz on the beginning"),
        ("", ""),
        ("line ends", ", ".join(f"{end.name} {count(end.count)}" for end in detail.ends) or "none"),
        ("lines", f"{count(lines.count)}, {count(lines.blank)} blank"),
        ("characters", f"in a line: median {lines.median:g}, longest {count(lines.longest)}"),
        ("lengths", "  ".join(f"{each.low}–{each.high}: {count(each.lines)}" for each in lines.lengths if each.lines)),
        ("repeated", f"{count(lines.duplicated)} ({fine_share(lines.duplicated_share)})"),
        ("hidden", ", ".join(f"{h.codepoint} {h.name.lower()} {count(h.count)}" for h in detail.hidden) or "none"),
        ("form", "NFC" if detail.composed else "not NFC: a letter may be two tokens here, one there; clean with nfc"),
        ("rare", f"in {fine_share(detail.rare_lines_share)} of the lines"),
        *((label(rare.token), _context(rare.contexts, rare.token)) for rare in detail.rare[:_RARE]),
        ("", ""),
        ("", "frequency against rank, both logarithmic"),
    ]  # fmt: skip
    return _content([*_named(told, width), *curve_lines(detail.curve, width, glyphs)], width)


def batch_lines(batch: Batch, width: int) -> Content:
    """Rows of a batch: the tokens, X under them, and Y, which is X one token later."""
    lines = [
        f"batch {count(batch.number)} of {count(batch.batches)}, {batch.sampling}",
        f"{len(batch.rows)} of {batch.total_rows} rows; Y is X one token later",
    ]
    for row in batch.rows:
        tokens = [label(token) for token in row.tokens]
        columns = [("", "X", "Y"), *zip(tokens, map(str, row.x), map(str, row.y), strict=False)][: _BATCH_TOKENS + 1]
        lines += ["", f"from {count(row.start)}", *(_across(columns, kind) for kind in range(3))]
    return _content(lines, width)


def comparison_lines(found: Comparison, width: int) -> Content:
    """What each of two vocabularies has alone, and what tells the texts apart."""
    lines = [f"{counted(found.shared, 'token')} in both {visible(found.one.name)} and {visible(found.other.name)}"]
    for side in (found.one, found.other):
        lines += ["", *_side(side)]
    lines += ["", "differ most in their shares"]
    rows = found.differing[:_ONLY]
    lines += [f"  {set_cell_size(label(row.token), _NAME)} {row.one:8.3%} {row.other:8.3%}" for row in rows]
    return _content(lines, width)


def sentence(text: str, width: int) -> Content:
    """Words instead of a look, in as many lines as they need."""
    return Content("\n".join(textwrap.wrap(visible(text), max(width, 1))))


def curve_lines(points: tuple[CurvePoint, ...], width: int, glyphs: Glyphs) -> list[str]:
    """The rank-frequency curve in dots, both axes logarithmic."""
    most, last = points[0].count, points[-1].rank
    side = len(count(most))
    columns = max(8, min(60, width - side - 3))
    dots = [
        (
            math.log(point.rank) / max(math.log(last), 1e-9) * (columns * glyphs.columns - 1),
            (1 - math.log(point.count) / max(math.log(most), 1e-9)) * (_CURVE_ROWS * glyphs.rows - 1),
        )
        for point in points
    ]
    drawn = cells(dots, columns, _CURVE_ROWS, glyphs)
    rows = ["".join(glyphs.cell(drawn.at(x, y)) for x in range(columns)) for y in range(_CURVE_ROWS)]
    sides = [count(most), *[""] * (_CURVE_ROWS - 2), "1"]
    lines = [f"{text:>{side}} {row}" for text, row in zip(sides, rows, strict=True)]
    return [*lines, f"{'':>{side}} 1{f'{count(last)}':>{columns - 1}}"]


def _side(side: Side) -> list[str]:
    only = f"only in {visible(side.name)}: {count(len(side.only))} of {count(side.distinct)}"
    lines = [f"{only}, {fine_share(side.only_share)} of its text"]
    for t in side.only[:_ONLY]:
        lines += [f"  {set_cell_size(label(t.token), _NAME)} {count(t.count):>8}  {t.name}"]
    more = len(side.only) - _ONLY
    return [*lines, f"  and {count(more)} more"] if more > 0 else lines


def _context(contexts: tuple, token: str) -> str:
    return "  ".join(f"{visible(c.before)}[{label(token)}]{visible(c.after)}" for c in contexts[:2])


def _named(pairs: Iterable[tuple[str, str]], width: int) -> list[str]:
    return [f"{set_cell_size(name, _NAME - 1)} {text}" for name, text in pairs]


def _across(columns: list[tuple[str, str, str]], kind: int) -> str:
    """One line of a batch: the cells of that kind, each as wide as its column."""
    widths = [max(map(cell_len, column)) for column in columns]
    padded = (
        " " * (width - cell_len(column[kind])) + column[kind] for column, width in zip(columns, widths, strict=True)
    )
    return " ".join(padded)


def _yardstick(row: Baseline) -> str:
    return f"{_figure(row.perplexity):>{_FIGURE}} {row.loss:8.3f} {row.bits_per_character:{_FIGURE}.3f}"


def _figure(perplexity: float | None) -> str:
    return magnitude(perplexity) if perplexity is not None else "not finite"


def _content(lines: Iterable[str], width: int) -> Content:
    """The lines, each made safe and none wider than there is room."""
    return Content("\n".join(_fitted(visible(line).rstrip(), width) for line in lines))


def _fitted(text: str, width: int) -> str:
    return text if cell_len(text) <= width else set_cell_size(text, max(1, width - 1)) + "…"
