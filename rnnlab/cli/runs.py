"""`rnnlab runs`: the runs, newest first. With `--json`, each line is a `RunSummary`.

The two perplexities are the newest training one and the best validation one; an id tells its model already.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from rnnlab.cli.context import Context
from rnnlab.cli.describe import FUTURE, duration, number
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.parser import add_json
from rnnlab.hosts.values import RunSummary

_HEADERS = ("run", "state", "corpus", "step", "train", "valid", "time")
_RIGHT = ("step", "train", "valid", "bits/char", "time")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_json(parser)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    found = context.host.runs(context.known_session(context.session))
    if arguments.json:
        for summary in found:
            context.out.value(summary)
    elif found:
        _print(context, found)
        if any(summary.spec.model.bidirectional for summary in found):
            context.out.say(f"* {FUTURE}")
    else:
        where = f" in the session {context.session}" if context.session else ""
        named = ("--session", context.session) if context.session else ()
        context.out.say(f"there are no runs{where} yet: `{context.command(*named, 'train')}` starts one")
    return ExitCode.OK


def _print(context: Context, found: Sequence[RunSummary]) -> None:
    """The table, with bits per character where perplexities are not all of characters, and sessions where there are
    several."""
    headers, rows = [*_HEADERS], [[*_row(summary)] for summary in found]
    if any(summary.characters_per_token not in (0, 1) for summary in found):
        headers.insert(-1, "bits/char")
        for row, summary in zip(rows, found, strict=True):
            bits = summary.bits_per_character
            row.insert(-1, number(bits) if bits is not None else "")
    if len({summary.session for summary in found}) > 1:
        headers.append("session")
        for row, summary in zip(rows, found, strict=True):
            row.append(summary.session)
    context.out.table(headers, rows, right=_RIGHT, elastic="corpus")


def _row(run: RunSummary) -> tuple[str, ...]:
    mark = "*" if run.spec.model.bidirectional else ""
    return (
        run.id,
        "died (unknown)" if run.state == "died" else run.state,
        run.corpus,
        f"{run.step:,}/{run.total_steps:,}" if run.total_steps else "",
        number(run.perplexity) + mark if run.perplexity is not None else "",
        number(run.validation) + mark if run.validation is not None else "",
        duration(run.elapsed_s),
    )
