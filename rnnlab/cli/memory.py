"""`rnnlab memory`: how far back models remember, several runs side by side, each beside what it was untrained.

With `--json`, the pieces of each answer, a `Found` with a `Memory` among them. It must not know how gradients are
taken.
"""

from __future__ import annotations

import argparse

from rnnlab.cli.asking import Inquiry, add_asking
from rnnlab.cli.context import Context
from rnnlab.cli.describe import number
from rnnlab.cli.exits import ExitCode
from rnnlab.dialogue import MeasureMemory
from rnnlab.errors import PromptError
from rnnlab.findings import Memory

ABOUT = """\
The first table is the size of the gradient of a prediction's loss with respect to the hidden state k tokens earlier
(an LSTM's cells in a column of their own): where it falls to nothing the model cannot learn from further back, where
it grows gradients explode. The second is the perplexity of the same tokens when the model sees only so many before
them. Try an rnn and an lstm of the same size on one corpus.\
"""
_SHOWN = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = f"{parser.description}\n\n{ABOUT}"
    parser.add_argument("runs", metavar="RUN", nargs="+", help="an id, a unique beginning of one, `last` or `best`")
    parser.add_argument("--lags", metavar="K", type=int, default=100, help="tokens to look back (default 100)")
    parser.add_argument("--trained-only", action="store_true", help="leave out what the run was at step 0")
    add_asking(parser)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    inquiry, found = Inquiry(context, as_json=arguments.json), dict[str, Memory]()
    runs = [context.find(reference) for reference in arguments.runs]
    for run in runs:
        memories = _measured(inquiry, run, arguments.at, arguments.lags)
        if not arguments.trained_only:
            try:
                memories += _measured(inquiry, run, "0", arguments.lags)
            except PromptError as error:  # an imported run has one checkpoint, and what was found before is not lost
                context.out.say(f"what it was untrained is left out: {error}")
        for memory in memories:
            found[f"step {memory.step:,}" if len(runs) == 1 else f"{run} {memory.step:,}"] = memory
    if not arguments.json and found:
        _print_gradients(context, found)
        context.out.write("\n")
        _print_contexts(context, found)
    return inquiry.code


def _measured(inquiry: Inquiry, run: str, at: str, lags: int) -> list[Memory]:
    return [found for found in inquiry.ask(run, MeasureMemory(at=at, lags=lags)) if isinstance(found, Memory)]


def _print_gradients(context: Context, found: dict[str, Memory]) -> None:
    columns = {}
    for name, memory in found.items():
        columns |= {name: memory.hidden} | ({f"{name}, cells": memory.cell} if memory.cell else {})
    headers = ("k", *columns)
    lags = [k for k in _SHOWN if k <= max(map(len, columns.values()))]
    rows = [(f"{k}", *(f"{columns[name][k - 1]:.2e}" for name in headers[1:])) for k in lags]
    context.out.table(headers, rows, right=headers)


def _print_contexts(context: Context, found: dict[str, Memory]) -> None:
    headers = ("context", *found)
    rows = [
        (f"{points[0].tokens}", *(number(point.perplexity) for point in points))
        for points in zip(*(memory.context for memory in found.values()), strict=True)
    ]
    context.out.table(headers, rows, right=headers)
