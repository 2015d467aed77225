"""`rnnlab pause`, `resume`, `stop` and `checkpoint`: ask something of a run.

The worker answers with an event in the run's journal, which `watch` shows; these commands only ask. With `--json`, one
object `{"run": …, "asked": …}`.
"""

from __future__ import annotations

import argparse

from rnnlab.cli.context import Context
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.parser import add_json, add_run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    found = context.find(arguments.run)
    if arguments.command == "resume":
        context.host.resume(found)
    else:
        context.host.request(found, arguments.command)
    if arguments.json:
        context.out.value({"run": found, "asked": arguments.command})
    context.out.say(f"{found} was asked to {arguments.command}; `{context.command('watch', found)}` shows what it does")
    return ExitCode.OK
