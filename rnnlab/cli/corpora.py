"""`rnnlab corpus …`: the texts one can train on, what is in them, and what a spec comes to on one.

With `--json`, `list` and `fetch` print `CorpusEntry` values, `show` one `CorpusReport` with the whole vocabulary (with
`--detail` a `CorpusDetail` and a `Baselines` after it), `batch` a `Batch`, `compare` a `Comparison`, `plan` a
`Preflight`. It must not know how texts are read.
"""

from __future__ import annotations

import argparse

from rnnlab.cli import corpus_plan, corpus_show
from rnnlab.cli.context import Context
from rnnlab.cli.describe import size
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.hyperparameters import add_field, add_set, assigned
from rnnlab.cli.parser import add_json, examples
from rnnlab.cli.waiting import waited
from rnnlab.errors import BadInput
from rnnlab.hosts.values import CorpusEntry
from rnnlab.specs import DataSpec, RunSpec

_HELP_CORPUS = (
    "a name that `rnnlab corpus list` knows, or the path of a file, folder or pattern; `-` for standard input"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", dest="verb", required=True)
    listing = verbs.add_parser(
        "list", help="list the corpora that have a name", epilog=examples("rnnlab corpus list --json")
    )
    add_json(listing)
    showing = _verb(
        verbs, "show", "show a corpus's sizes, baselines and vocabulary",
        "rnnlab corpus show the-tide-clock --detail\nrnnlab corpus show notes.txt --tokens word --all",
    )  # fmt: skip
    showing.add_argument("--all", action="store_true", help="list the whole vocabulary, not the commonest tokens only")
    showing.add_argument(
        "--detail", action="store_true", help="a second look: how hard it is, rare tokens, lines, hidden characters"
    )
    batch = _verb(
        verbs, "batch", "show a batch as the model sees it, Y under X", "rnnlab corpus batch gazette --number 2"
    )
    batch.add_argument("--number", type=int, default=1, metavar="N", help="which batch of the epoch, from 1")
    comparing = _verb(
        verbs, "compare", "show two corpora's vocabularies side by side",
        "rnnlab corpus compare the-tide-clock gazette",
    )  # fmt: skip
    comparing.add_argument("other", metavar="OTHER", help="the corpus to compare with")
    planning = _verb(
        verbs, "plan", "say what a spec comes to on a corpus, how long it takes here, and which spec to begin with",
        "rnnlab corpus plan notes.txt\nrnnlab corpus plan notes.txt --set model.hidden=512 --no-probe",
        sections=("model", "data", "train"),
    )  # fmt: skip
    planning.add_argument("--no-probe", action="store_true", help="do not train for a moment to tell the time")
    planning.add_argument("--toml", action="store_true", help="print the suggested spec, for `rnnlab train --spec -`")
    fetching = verbs.add_parser(
        "fetch",
        help="get a famous text of the catalogue from its server, or take a copy that you have",
        epilog=examples("rnnlab corpus fetch tinyshakespeare\nrnnlab corpus fetch text8 --from ~/Downloads/text8"),
    )
    fetching.add_argument("name", metavar="NAME", help="a name that `rnnlab corpus list` says is to be fetched")
    fetching.add_argument("--from", dest="copy", metavar="FILE", help="take this file, if it is that text")
    add_json(fetching)


def _verb(verbs, name: str, help: str, lines: str, sections: tuple[str, ...] = ("data",)) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=help, epilog=examples(lines))
    parser.add_argument("corpus", metavar="NAME_OR_PATH", help=_HELP_CORPUS)
    add_field(parser, "data.tokens")
    add_field(parser, "data.encoding")
    add_set(parser, sections)
    add_json(parser)
    return parser


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    return _VERBS[arguments.verb](arguments, context)


def _list(arguments: argparse.Namespace, context: Context) -> ExitCode:
    entries = context.host.corpora()
    if arguments.json:
        for entry in entries:
            context.out.value(entry)
        return ExitCode.OK
    headers = ("corpus", "size", "distinct", "", "about")
    context.out.table(headers, [_row(entry) for entry in entries], right=("size", "distinct"), elastic="about")
    if any(not entry.here for entry in entries):
        context.out.say("`rnnlab corpus fetch NAME` gets what is to be fetched")
    return ExitCode.OK


def _row(entry: CorpusEntry) -> tuple[str, ...]:
    length = f"{entry.characters:,}" if entry.characters else size(entry.bytes) if entry.bytes else ""
    distinct = f"{entry.distinct:,}" if entry.distinct else ""
    where = "" if not entry.url else "fetched" if entry.here else "to fetch"
    return (entry.name, length, distinct, where, entry.about)


def _fetch(arguments: argparse.Namespace, context: Context) -> ExitCode:
    host = context.host
    if arguments.copy:
        entry = host.adopt(arguments.name, arguments.copy)
    else:
        entry = waited(context, lambda: host.fetch(arguments.name))
    if arguments.json:
        context.out.value(entry)
    else:
        context.out.line(f"{entry.name} is here: {entry.bytes:,} bytes, {entry.licence}, SHA-256 {entry.sha256}")
    return ExitCode.OK


def _show(arguments: argparse.Namespace, context: Context) -> ExitCode:
    data, host = _data(arguments), context.host
    report = waited(context, lambda: host.corpus(data))
    detail = waited(context, lambda: host.corpus_detail(data)) if arguments.detail else None
    baselines = waited(context, lambda: host.baselines(data)) if arguments.detail else None
    if arguments.json:
        for value in (report, detail, baselines):
            context.out.value(value) if value is not None else None
        return ExitCode.OK
    corpus_show.print_report(context.out, report, arguments.all)
    if detail is not None and baselines is not None:
        corpus_show.print_detail(context.out, report, detail, baselines)
    return ExitCode.OK


def _batch(arguments: argparse.Namespace, context: Context) -> ExitCode:
    spec, host = RunSpec().replace(_values(arguments)), context.host
    batch = waited(context, lambda: host.batch(spec, arguments.number))
    if arguments.json:
        context.out.value(batch)
    else:
        corpus_show.print_batch(context.out, batch)
    return ExitCode.OK


def _compare(arguments: argparse.Namespace, context: Context) -> ExitCode:
    one, host = _data(arguments), context.host
    other = RunSpec().replace(_values(arguments) | {"data.corpus": arguments.other}).data
    found = waited(context, lambda: host.compare(one, other))
    if arguments.json:
        context.out.value(found)
    else:
        corpus_show.print_comparison(context.out, found)
    return ExitCode.OK


def _plan(arguments: argparse.Namespace, context: Context) -> ExitCode:
    spec, host = RunSpec().replace(_values(arguments)), context.host
    found = waited(context, lambda: host.preflight(spec, not arguments.no_probe and not arguments.toml))
    if arguments.toml:
        context.out.write(corpus_plan.toml(spec, found))
    elif arguments.json:
        context.out.value(found)
    else:
        corpus_plan.print_plan(context.out, spec, found)
    return ExitCode.OK


def _data(arguments: argparse.Namespace) -> DataSpec:
    values = _values(arguments)
    strange = [path for path in values if not path.startswith("data.")]
    if strange:
        raise BadInput(f"{strange[0]} changes nothing about a corpus: only names that begin with data. do")
    return RunSpec().replace(values).data


def _values(arguments: argparse.Namespace) -> dict:
    return assigned(arguments) | {"data.corpus": arguments.corpus}


_VERBS = {"list": _list, "fetch": _fetch, "show": _show, "batch": _batch, "compare": _compare, "plan": _plan}
