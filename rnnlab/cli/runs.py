"""`rnnlab runs`: the runs, newest first. With `--json`, each line is a `RunSummary`."""

from __future__ import annotations

import argparse

from rnnlab.cli.context import Context
from rnnlab.cli.describe import duration, model_words, number
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.parser import add_json
from rnnlab.hosts.values import RunSummary

_HEADERS = ("run", "state", "corpus", "model", "step", "of", "ppl", "valid", "time")
_RIGHT = ("step", "of", "ppl", "valid", "time")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_json(parser)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    found = context.host.runs(context.session)
    if arguments.json:
        for summary in found:
            context.out.value(summary)
    elif found:
        context.out.table(_HEADERS, [_row(summary) for summary in found], _RIGHT)
    else:
        context.out.say(f"there are no runs yet: `{context.command('train')}` starts one")
    return ExitCode.OK


def _row(run: RunSummary) -> tuple[str, ...]:
    return (
        run.id,
        run.state,
        run.corpus,
        model_words(run.spec),
        f"{run.step:,}",
        f"{run.total_steps:,}",
        number(run.perplexity) if run.perplexity is not None else "",
        number(run.validation) if run.validation is not None else "",
        duration(run.elapsed_s),
    )
