"""`rnnlab delete`: remove an ended run and all it saved, after one question. With `--json`, `{"run": …}`."""

from __future__ import annotations

import argparse
import sys

from rnnlab.cli.context import Context
from rnnlab.cli.describe import model_words
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.parser import add_json, add_run
from rnnlab.errors import BadInput
from rnnlab.text.amounts import counted
from rnnlab.text.visible import visible


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    add_json(parser)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    found = context.find(arguments.run)
    if not (arguments.yes or _agreed(context, found)):
        context.out.say("nothing was deleted")
        return ExitCode.FAILURE
    context.host.delete(found)
    if arguments.json:
        context.out.value({"run": found})
    context.out.say(f"{found} is deleted")
    return ExitCode.OK


def _agreed(context: Context, run: str) -> bool:
    if sys.stdin is None or not sys.stdin.isatty():
        raise BadInput(f"deleting asks first, and there is no terminal to ask at: add --yes to delete {run}")
    summary = context.host.run(run)
    what = f"{run} ({model_words(summary.spec)} on {summary.corpus}, {counted(summary.step, 'step')})"
    sys.stderr.write(f"delete {visible(what)} and everything it saved? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
