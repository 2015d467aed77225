"""What is known of a corpus, as lines and tables for people. It must not know hosts or arguments."""

from __future__ import annotations

import math

from rnnlab.cli.describe import number, percent, size
from rnnlab.cli.output import Output
from rnnlab.text.amounts import counted
from rnnlab.text.report import (
    Baselines,
    Batch,
    Comparison,
    CorpusDetail,
    CorpusReport,
    CurvePoint,
    RareToken,
    Side,
    TokenDetail,
    TokenRow,
)
from rnnlab.text.visible import label, visible

_EXCERPT = 6
"""Lines of the text that are shown."""
_EXCERPT_CHARACTERS = 100
"""Of each of them: a paragraph, or a whole text on one line, is no glance."""
_COMMONEST = 20
"""Tokens that are listed without `--all`."""
_RAREST = 12
_ONLY = 20
_BATCH_TOKENS = 24
"""Tokens of a row that are shown."""
_CURVE = (40, 8)
"""Columns and rows of the rank-frequency curve."""


def print_report(out: Output, report: CorpusReport, whole: bool) -> None:
    out.facts(_facts(report))
    lines = [line for line in report.excerpt.split("\n") if line.strip()][:_EXCERPT]
    out.write("\n" + "\n".join(f"  | {visible(_beginning(line))}" for line in lines) + "\n\n")
    by_count = sorted(report.vocabulary, key=lambda row: (-row.count, row.id))
    shown = by_count if whole else by_count[:_COMMONEST]
    headers = ("id", "token", "code", "count", "share", "", "name")
    out.table(headers, [_row(row) for row in shown], right=("id", "count", "share"), elastic="name")
    if len(shown) < len(by_count):
        out.say(f"{counted(len(by_count) - len(shown), 'rarer token')} not shown: --all shows all")


def print_detail(out: Output, report: CorpusReport, detail: CorpusDetail, baselines: Baselines) -> None:
    out.write("\n")
    print_baselines(out, baselines)
    out.write("\n")
    out.facts(_detail_facts(detail))
    categories = _categories(detail.tokens)
    out.write("\n")
    out.table(("category", "tokens", "share"), categories, right=("tokens", "share"))
    if detail.rare:
        out.write("\n")
        rows = [_rare_row(rare) for rare in detail.rare[:_RAREST]]
        out.table(("rare", "count", "where"), rows, right=("count",), elastic="where")
    out.write("\nfrequency against rank, both logarithmic\n")
    for line in curve(detail.curve):
        out.write(f"  {line}\n")


def print_baselines(out: Output, baselines: Baselines) -> None:
    """How hard the text is."""
    rows = [
        (row.name, f"{row.loss:.3f}", number(row.perplexity), f"{row.bits_per_character:.3f}") for row in baselines.rows
    ]
    out.table(("model", "nats", "perplexity", "bits/character"), rows, right=("nats", "perplexity", "bits/character"))
    out.say(f"measured on the last {baselines.held_out:,} of {baselines.tokens:,} tokens; xz on the text's beginning")


def print_batch(out: Output, batch: Batch) -> None:
    """Rows of a batch, each as tokens over X over Y."""
    out.line(
        f"batch {batch.number:,} of {batch.batches:,}, {batch.sampling}; "
        f"{len(batch.rows)} of {batch.total_rows} rows; Y is X one token later"
    )
    for row in batch.rows:
        many = min(_BATCH_TOKENS, len(row.x))
        cells = [[label(token) for token in row.tokens[: many + 1]], *([str(i) for i in ids] for ids in (row.x, row.y))]
        names = (f"from {row.start:,}", "X", "Y")
        lines = [("", *cells[0][:many]), (names[1], *cells[1][:many]), (names[2], *cells[2][:many])]
        out.write("\n")
        out.table((names[0], *[""] * many), lines, right=[""])


def print_comparison(out: Output, found: Comparison) -> None:
    """What each of two vocabularies has alone."""
    out.line(f"{found.shared:,} tokens in both")
    for side, other in ((found.one, found.other), (found.other, found.one)):
        _print_side(out, side, other.name)
    if found.differing:
        rows = [(label(row.token), f"{row.one:.3%}", f"{row.other:.3%}") for row in found.differing[:_ONLY]]
        out.write("\n")
        out.table(("differs most", found.one.name, found.other.name), rows, right=(found.one.name, found.other.name))


def curve(points: tuple[CurvePoint, ...]) -> list[str]:
    """The rank-frequency curve as lines of text, both axes logarithmic."""
    columns, rows = _CURVE
    last, most = max(point.rank for point in points), max(point.count for point in points)
    cells = [[" "] * columns for _ in range(rows)]
    for point in points:
        x = round(math.log(point.rank) / max(math.log(last), 1e-9) * (columns - 1))
        y = round((1 - math.log(point.count) / max(math.log(most), 1e-9)) * (rows - 1))
        cells[y][x] = "•"
    width = len(f"{most:,}")
    sides = [f"{most:,}", *[""] * (rows - 2), f"{1:>{width}}"]
    lines = [f"{side:>{width}} ┤{''.join(row).rstrip()}" for side, row in zip(sides, cells, strict=True)]
    return [*lines, f"{'':>{width}} └{'─' * columns}", f"{'':>{width}}  1{f'{last:,}':>{columns - 1}}"]


def _print_side(out: Output, side: Side, other: str) -> None:
    out.write("\n")
    out.line(f"only in {side.name}: {len(side.only):,} of {side.distinct:,}, {percent(side.only_share)} of its text")
    rows = [(label(t.token), t.codepoint, f"{t.count:,}", t.name.lower()) for t in side.only[:_ONLY]]
    if rows:
        out.table(("token", "code", "count", "name"), rows, right=("count",), elastic="name")
    if len(side.only) > _ONLY:
        out.say(f"{len(side.only) - _ONLY:,} more are only in {side.name}: --json shows them")


def _facts(report: CorpusReport) -> list[tuple[str, str]]:
    unknown = f", {percent(report.unknown_share)} of the text is <unk>" if report.unknown_share else ""
    return [
        ("corpus", report.title or report.name),
        ("about", report.about),
        ("source", report.source),
        ("sha256", report.sha256),
        (
            "size",
            f"{size(report.bytes)}, {counted(report.characters, 'character')}, {counted(report.lines, 'line')}, "
            f"{report.encoding}",
        ),
        ("tokens", f"{report.tokens:,}, {len(report.vocabulary):,} distinct{unknown}"),
        ("rare", f"{report.rare_tokens:,} tokens, {percent(report.rare_share)} of the text"),
        ("perplexity", f"{number(report.uniform)} guessing evenly, {number(report.unigram)} guessing by frequency"),
    ]


def _detail_facts(detail: CorpusDetail) -> list[tuple[str, str]]:
    lines = detail.lines
    longest = ", ".join(f"line {line.number:,} has {line.characters:,}" for line in lines.long[:3])
    repeated = "; ".join(f"{line.count}x {line.text[:30]}" for line in lines.repeated[:3])
    lengths = "  ".join(f"{each.low}-{each.high}: {each.lines:,}" for each in lines.lengths if each.lines)
    return [
        ("line ends", ", ".join(f"{end.name} {end.count:,}" for end in detail.ends) or "none"),
        (
            "lines",
            f"{lines.count:,}, {lines.blank:,} blank, median {lines.median:g} characters, longest {lines.longest:,}",
        ),
        ("lengths", lengths),
        ("very long", longest),
        ("repeated", f"{lines.duplicated:,} ({percent(lines.duplicated_share)}) {repeated}".rstrip()),
        ("hidden", ", ".join(f"{h.codepoint} {h.name.lower()} {h.count:,}" for h in detail.hidden) or "none"),
        (
            "form",
            "" if detail.composed else "not NFC: a letter may be two tokens here, one there: --set data.clean=nfc",
        ),
        ("rare lines", f"{percent(detail.rare_lines_share)} of the lines have a rare token"),
    ]


def _categories(tokens: tuple[TokenDetail, ...]) -> list[tuple[str, str, str]]:
    """How many tokens each general category has."""
    counts: dict[str, int] = {}
    for token in tokens:
        counts[token.category or "several characters"] = counts.get(token.category or "several characters", 0) + 1
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(name, f"{count:,}", percent(count / len(tokens))) for name, count in ordered]


def _rare_row(rare: RareToken) -> tuple[str, str, str]:
    where = " … ".join(f"{context.before}[{rare.token}]{context.after}" for context in rare.contexts[:1])
    return label(rare.token), f"{rare.count:,}", where.replace("\n", "↵")


def _beginning(line: str) -> str:
    return line if len(line) <= _EXCERPT_CHARACTERS else line[:_EXCERPT_CHARACTERS] + "…"


def _row(row: TokenRow) -> tuple[str, ...]:
    rare = "rare" if row.rare else ""
    return (str(row.id), label(row.token), row.codepoint, f"{row.count:,}", f"{row.share:.3%}", rare, row.name.lower())
