"""`rnnlab show`: what a run is and how far it got, or its spec as TOML that `train --spec` takes.

With `--json`, a `RunSummary`; with `--spec --json`, a `RunSpec`. Either is as the run began: knobs that were turned
since are told beside it.
"""

from __future__ import annotations

import argparse

from rnnlab.cli.context import Context
from rnnlab.cli.describe import FUTURE, duration, model_words, moment, number, percent
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.parser import add_json, add_run
from rnnlab.events import Changed
from rnnlab.hosts.values import RunSummary
from rnnlab.specs import FIELDS, to_toml


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    parser.add_argument("--spec", action="store_true", help="write every hyperparameter, as TOML")
    add_json(parser)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    summary = context.host.run(context.find(arguments.run))
    if arguments.json:
        context.out.value(summary.spec if arguments.spec else summary)
    elif arguments.spec:
        turned = "".join(f"# set at step {event.step:,}: {_values(event)}\n" for event in _turned(context, summary.id))
        context.out.foreign(turned + to_toml(summary.spec))
    else:
        context.out.facts([*_facts(summary), ("set since", _since(_turned(context, summary.id)))])
    return ExitCode.OK


def _facts(run: RunSummary) -> list[tuple[str, str]]:
    return [
        ("run", run.id),
        ("session", run.session),
        ("state", f"{run.state}: {run.message}" if run.message else run.state),
        ("corpus", f"{run.corpus}  sha256 {run.corpus_sha256[:12]}"),
        ("model", model_words(run.spec)),
        ("progress", _progress(run)),
        ("perplexity", number(run.perplexity) if run.perplexity is not None else ""),
        ("validation", f"{number(run.validation)} (best)" if run.validation is not None else ""),
        ("bits/character", number(run.bits_per_character) if run.bits_per_character is not None else ""),
        ("<unk>", f"{percent(run.unknown_share)} of the text" if run.unknown_share else ""),
        ("note", FUTURE if run.spec.model.bidirectional else ""),
        ("speed", f"{run.tokens_per_s:,.0f} tokens/s" if run.tokens_per_s else ""),
        ("device", run.device),
        ("made", moment(run.created_at)),
        ("changed", _changed(run)),
    ]


def _turned(context: Context, run: str) -> list[Changed]:
    """The knobs that were turned, in order. A long journal is read from its start only if some were before its end."""
    begun = context.host.beginning(run)
    turned_before = any(mark.kind == "changed" for mark in begun.course.marks)
    cursor, more, found = 0 if turned_before else begun.cursor, True, []
    while more:
        reading = context.host.read(run, cursor)
        cursor, more = reading.cursor, reading.more
        found += [record.event for record in reading.records if isinstance(record.event, Changed)]
    return found


def _since(turned: list[Changed]) -> str:
    return "  ".join(f"step {event.step:,}: {_values(event)}" for event in turned)


def _values(event: Changed) -> str:
    return " ".join(f"{path}={value}" for path, value in event.changes.items())


def _progress(run: RunSummary) -> str:
    done = f", {run.step / run.total_steps:.0%}" if run.total_steps else ""
    return f"step {run.step:,} of {run.total_steps:,}{done}, epoch {run.epoch}, {duration(run.elapsed_s)}"


def _changed(run: RunSummary) -> str:
    """The hyperparameters that are not as they are by default, as `--set` takes them."""
    values = run.spec.values()
    return "  ".join(
        f"{path}={field.show(values[path])}" for path, field in FIELDS.items() if values[path] != field.default
    )
