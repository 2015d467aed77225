"""`rnnlab corpus list` and `rnnlab corpus show`: the texts one can train on.

With `--json`, `list` prints `CorpusEntry` values and `show` one `CorpusReport` with the whole vocabulary.
"""

from __future__ import annotations

import argparse

from rnnlab.cli.context import Context
from rnnlab.cli.describe import number, percent, size
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.hyperparameters import add_field, add_set, assigned
from rnnlab.cli.parser import add_json, examples
from rnnlab.errors import BadInput
from rnnlab.specs import RunSpec
from rnnlab.text.report import CorpusReport, TokenRow
from rnnlab.text.visible import label, visible

_EXCERPT = 6
"""Lines of the text that are shown."""
_COMMONEST = 20
"""Tokens that are listed without `--all`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", dest="verb", required=True)
    listing = verbs.add_parser(
        "list", help="list the corpora that have a name", epilog=examples("rnnlab corpus list --json")
    )
    add_json(listing)
    showing = verbs.add_parser(
        "show",
        help="show a corpus's sizes, baselines and vocabulary",
        epilog=examples("rnnlab corpus show the-tide-clock\nrnnlab corpus show notes.txt --tokens word --all"),
    )
    showing.add_argument("corpus", metavar="NAME_OR_PATH", help="a bundled corpus by name, or a text file by path")
    add_field(showing, "data.tokens")
    add_set(showing, ("data",))
    showing.add_argument("--all", action="store_true", help="list the whole vocabulary, not the commonest tokens only")
    add_json(showing)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    return _list(arguments, context) if arguments.verb == "list" else _show(arguments, context)


def _list(arguments: argparse.Namespace, context: Context) -> ExitCode:
    entries = context.host.corpora()
    if arguments.json:
        for entry in entries:
            context.out.value(entry)
    else:
        rows = [(e.name, f"{e.characters:,}", f"{e.distinct:,}", e.about) for e in entries]
        context.out.table(
            ("corpus", "characters", "distinct", "about"), rows, right=("characters", "distinct"), elastic="about"
        )
    return ExitCode.OK


def _show(arguments: argparse.Namespace, context: Context) -> ExitCode:
    values = assigned(arguments)
    strange = [path for path in values if not path.startswith("data.")]
    if strange:
        raise BadInput(f"{strange[0]} changes nothing about a corpus: only names that begin with data. do")
    report = context.host.corpus(RunSpec().replace(values | {"data.corpus": arguments.corpus}).data)
    if arguments.json:
        context.out.value(report)
    else:
        _print_report(context, report, arguments.all)
    return ExitCode.OK


def _print_report(context: Context, report: CorpusReport, whole: bool) -> None:
    out = context.out
    out.facts(_facts(report))
    lines = [line for line in report.excerpt.split("\n") if line.strip()][:_EXCERPT]
    out.write("\n" + "\n".join(f"  | {visible(line)}" for line in lines) + "\n\n")
    by_count = sorted(report.vocabulary, key=lambda row: (-row.count, row.id))
    shown = by_count if whole else by_count[:_COMMONEST]
    headers = ("id", "token", "code", "count", "share", "", "name")
    out.table(headers, [_row(row) for row in shown], right=("id", "count", "share"), elastic="name")
    if len(shown) < len(by_count):
        out.say(f"{len(by_count) - len(shown):,} rarer tokens are not shown: --all shows them")


def _facts(report: CorpusReport) -> list[tuple[str, str]]:
    return [
        ("corpus", report.title or report.name),
        ("about", report.about),
        ("source", report.source),
        ("sha256", report.sha256),
        ("size", f"{size(report.bytes)}, {report.characters:,} characters, {report.lines:,} lines, {report.encoding}"),
        ("tokens", f"{report.tokens:,}, {len(report.vocabulary):,} distinct"),
        ("rare", f"{report.rare_tokens:,} tokens, {percent(report.rare_share)} of the text"),
        ("perplexity", f"{number(report.uniform)} guessing evenly, {number(report.unigram)} guessing by frequency"),
    ]


def _row(row: TokenRow) -> tuple[str, ...]:
    rare = "rare" if row.rare else ""
    return (str(row.id), label(row.token), row.codepoint, f"{row.count:,}", f"{row.share:.3%}", rare, row.name.lower())
