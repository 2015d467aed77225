"""`rnnlab watch`: the events of a run, live or ended, from the beginning or from where one left off.

With `--json`, each line is a record as `rnnlab.cli.wire` flattens it.
"""

from __future__ import annotations

import argparse

from rnnlab.cli.context import Context
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.follow import LIMIT, follow, print_reading
from rnnlab.cli.parser import add_json, add_run

_LARGEST = 2**63 - 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    parser.add_argument(
        "--after",
        metavar="CURSOR",
        type=_cursor,
        default=0,
        help="begin behind this place; Ctrl-C names it, and so does `cursor` in --json (default 0: the beginning)",
    )
    parser.add_argument("--no-follow", action="store_true", help="print what is there and end, also for a live run")
    add_json(parser)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    found = context.find(arguments.run)
    if arguments.no_follow:
        return _print_what_is_there(context, found, arguments.after, arguments.json)
    return follow(context, found, arguments.after, arguments.json)


def _print_what_is_there(context: Context, run: str, cursor: int, as_json: bool) -> ExitCode:
    more = True
    while more:
        reading = context.host.read(run, cursor, LIMIT)
        print_reading(context, run, reading, as_json)
        cursor, more = reading.cursor, reading.more
    return ExitCode.OK


def _cursor(typed: str) -> int:
    # Checked by hand: int() takes signs, underscores and other scripts' digits, and spends quadratic time on long ones.
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 19 and int(typed) <= _LARGEST):
        raise argparse.ArgumentTypeError(f"{typed[:40]!r} is no cursor, which is a whole number that rnnlab printed")
    return int(typed)
