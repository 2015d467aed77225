"""No command at all, and `rnnlab demo`: open the screen, on the person's own runs or on a recorded one.

It must not know the TUI: the composition root hands it in.
"""

from __future__ import annotations

import argparse
import os
import sys

from rnnlab.cli.context import Context
from rnnlab.errors import TerminalError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The screen takes no arguments of its own."""


def run(arguments: argparse.Namespace, context: Context) -> int:
    require_terminal()
    if arguments.command == "demo":
        return context.wiring.demo()
    return context.wiring.desk(context.host, context.session)


def require_terminal() -> None:
    """Raise TerminalError where the screen could not be drawn or no key would arrive."""
    for stream, name in ((sys.stdin, "input"), (sys.stdout, "output"), (sys.stderr, "error")):
        if stream is None or not stream.isatty():
            raise TerminalError(f"the screen needs a terminal, and standard {name} is none: see `rnnlab --help`")
    terminal = os.environ.get("TERM", "")
    if os.name == "posix" and terminal in ("", "dumb", "unknown"):
        what = f"TERM is {terminal}" if terminal else "TERM is not set"
        raise TerminalError(f"the screen needs a terminal that can draw, and {what}: see `rnnlab --help`")
