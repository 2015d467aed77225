"""`rnnlab sessions`: the saved sessions, the last used first. With `--json`, each line is a `SessionSummary`."""

from __future__ import annotations

import argparse

from rnnlab.cli.context import Context
from rnnlab.cli.describe import moment
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.parser import add_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_json(parser)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    found = context.host.sessions()
    if arguments.json:
        for session in found:
            context.out.value(session)
    elif found:
        rows = [(s.name, str(s.runs), str(s.live), moment(s.used_at)) for s in found]
        context.out.table(("session", "runs", "live", "last used"), rows, right=("runs", "live"))
    else:
        context.out.say("there are no sessions yet: `rnnlab` begins one")
    return ExitCode.OK
