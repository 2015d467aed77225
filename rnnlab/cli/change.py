"""`rnnlab set`: turn knobs of a live run, from its next step on.

The worker answers with an event in the run's journal. With `--json`, one object
`{"run": …, "set": {name: value}}`. Which hyperparameters are knobs is the host's to say.
"""

from __future__ import annotations

import argparse

from rnnlab.cli.context import Context
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.hyperparameters import wrapped
from rnnlab.cli.parser import add_json, add_run
from rnnlab.specs import parse_assignments
from rnnlab.specs.knobs import KNOBS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    parser.add_argument("assignments", metavar="PATH=VALUE", nargs="+", help="a hyperparameter and its new value")
    add_json(parser)
    parser.epilog = f"what can be set while it trains:\n{wrapped(KNOBS)}\n\n{parser.epilog}"


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    changes = parse_assignments(arguments.assignments)
    found = context.find(arguments.run)
    context.host.change(found, changes)
    if arguments.json:
        context.out.value({"run": found, "set": changes})
    context.out.say(f"{found} was asked to change; `{context.command('watch', found)}` shows what it does")
    return ExitCode.OK
