"""Write docs/performance.md's tables and plots from what `rnnlab bench` measures on this machine.

    python benchmarks/page.py                        # measures everything (about 13 minutes), then writes
    python benchmarks/page.py --from FILE            # writes from rows that were measured before

The rows stay beside the page, in docs/performance.jsonl, so that it can be written again without measuring. Between
its two marks the page is this script's; all else in it is written by hand. Rows of another machine lie beside them.
"""

from __future__ import annotations

import argparse
import datetime
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
from plots import small_multiples

from rnnlab.bench.values import PARTS, About, Agreement, AnyRow, Doing, Figure, Point, SameText
from rnnlab.cli.measured import Table, sections, short, table_of, tally, times

DOCS = Path(__file__).resolve().parents[1] / "docs"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
TITLES = {
    "train": "Training",
    "generate": "Generating",
    "text": "Reading texts",
    "ui": "A person's waiting",
    "growth": "How cost grows",
}
CELLS = ("RNN", "GRU", "LSTM")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure this machine and write docs/performance.md.")
    parser.add_argument("--from", dest="rows", type=Path, help="rows that were measured before, one JSON object a line")
    parser.add_argument("--note", default="", help="what else a reader should know of how it was measured")
    parser.add_argument("--quick", action="store_true", help="to try the script")
    options = parser.parse_args()
    kept = options.rows or DOCS / "performance.jsonl"
    if options.rows is None:
        measure(kept, quick=options.quick)
    rows = [msgspec.json.decode(line, type=AnyRow) for line in kept.read_bytes().splitlines()]
    day = datetime.date.fromtimestamp(kept.stat().st_mtime)
    write(rows, note=f"Measured on {day:%-d %B %Y}. {options.note}".strip())


def measure(kept: Path, *, quick: bool) -> None:
    """Every part, its rows kept as they come."""
    command = [sys.executable, "-P", "-m", "rnnlab", "bench", *PARTS, "--json", *["--quick"] * quick]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child, kept.open("wb") as file:
        assert child.stdout is not None
        for line in child.stdout:
            row = msgspec.json.decode(line, type=AnyRow)
            if isinstance(row, Doing):
                print(f"{row.part}: {row.what}", file=sys.stderr)
            else:
                file.write(line)


def write(rows: list[AnyRow], note: str) -> None:
    """The page's measured part, and its picture."""
    page = DOCS / "performance.md"
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    measured = "\n".join([note + "\n", *parts(rows)])
    page.write_text(f"{before}{BEGIN}\n\n{measured}\n{END}{after}")
    points = [row for row in rows if isinstance(row, Point)]
    if points:
        (DOCS / "performance.svg").write_text(small_multiples(points))


def parts(rows: Sequence[AnyRow]) -> Iterator[str]:
    """The machine, then each part."""
    yield markdown(table_of([row for row in rows if isinstance(row, About)]))
    met, judged = tally(rows)
    yield f"{met} of {judged} targets were met; every table has its own beside it.\n"
    for part in PARTS:
        mine = [row for row in rows if row.part == part]
        if mine:
            yield f"### {TITLES[part]}\n"
            yield from _PAGES.get(part, whole)(mine)


def whole(rows: Iterable[AnyRow]) -> Iterator[str]:
    """Every table as the command draws it."""
    for section in sections(rows):
        yield markdown(table_of(section))


def training(rows: Sequence[AnyRow]) -> Iterator[str]:
    """A table for each size, its three cells side by side; then that the curves agree."""
    figures = [row for row in rows if isinstance(row, Figure)]
    for size in dict.fromkeys(size_of(row.what) for row in figures):
        yield markdown(by_cell(size, [row for row in figures if size_of(row.what) == size]))
    agreements = [row for row in rows if isinstance(row, Agreement)]
    agree = all(row.agrees for row in agreements)
    most = max(abs(row.loss - row.reference) for row in agreements)
    yield f"The curves {'agree' if agree else 'do NOT agree'}; at the last of the steps compared:\n"
    cells = [(row.what, row.who, f"{row.steps}", f"{row.loss:.5f}", f"{row.reference:.5f}") for row in agreements]
    table = Table(("model", "engine", "steps", "loss", "textbook's"), tuple(cells), right=("steps", "loss"))
    yield f"<details><summary>{len(agreements)} curves, at most {most:.1e} nats apart</summary>\n"
    yield markdown(table)
    yield "</details>\n"


def by_cell(size: str, figures: Sequence[Figure]) -> Table:
    """Everybody's tokens a second, ratio and share for each cell."""
    rows = []
    for who in dict.fromkeys(row.who for row in figures if row.who != "best"):
        found = {row.what.partition(",")[0]: row for row in figures if row.who == who}
        rows.append((who, *(speed(found.get(cell)) for cell in CELLS)))
    best = {row.what.partition(",")[0]: row for row in figures if row.who == "best"}
    rows.append(("fastest", *(_best(best.get(cell)) for cell in CELLS)))
    return Table((size, *CELLS), tuple(rows))


def speed(figure: Figure | None) -> str:
    """`50.0 k, ×2.27 ✓, 46 %`."""
    if figure is None:
        return ""
    marks = {target.of: " ✓" if figure.reaches(target) else f" ✕ {target.value:g}" for target in figure.targets}
    share = "" if figure.share is None else f"{figure.share:.0%}{marks.get('share', '')}"
    words = (short(figure.value.median), times(figure.ratio) + marks.get("ratio", ""), share)
    return ", ".join(word for word in words if word)


def _best(figure: Figure | None) -> str:
    if figure is None:
        return ""
    (target,) = figure.targets
    return f"{figure.note} {times(figure.ratio)} {'✓' if figure.met else '✕'} (≥ {target.value:g})"


def size_of(what: str) -> str:
    """What of a shape's title is not the cell."""
    return what.partition(", ")[2]


def generating(rows: Sequence[AnyRow]) -> Iterator[str]:
    """Speeds, then whether the texts are the same."""
    yield from whole(row for row in rows if not isinstance(row, SameText))
    texts = [row for row in rows if isinstance(row, SameText)]
    ties, faults = sum(row.ties for row in texts), sum(row.faults for row in texts)
    tokens = sum(row.tokens for row in texts)
    yield (
        f"With the same numbers drawn, {len(texts)} ways to write came to the textbook loop's tokens: of "
        f"{tokens:,}, {ties} differed by a tie and {faults} otherwise.\n"
    )


def growth(rows: Sequence[AnyRow]) -> Iterator[str]:
    """The plot, and its numbers."""
    yield "![Cost over hidden size, layers, steps, batch, vocabulary and corpus](performance.svg)\n"
    yield "<details><summary>The numbers</summary>\n"
    yield from whole(rows)
    yield "</details>\n"


def markdown(table: Table) -> str:
    """A table in Markdown, with a line feed after it."""
    rule = ["---:" if header in table.right else "---" for header in table.headers]
    lines = [table.headers, rule, *table.rows]
    return "".join(f"| {' | '.join(str(cell).replace('|', '¦') for cell in line)} |\n" for line in lines)


_PAGES = {"train": training, "generate": generating, "growth": growth}


if __name__ == "__main__":
    main()
