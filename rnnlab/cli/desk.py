"""No command at all, and `rnnlab demo`: open the screen, on the person's own runs or on a recorded one.

It must not know the TUI: the composition root hands it in.
"""

from __future__ import annotations

import argparse

from rnnlab.cli.context import Context


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The screen takes no arguments of its own."""


def run(arguments: argparse.Namespace, context: Context) -> int:
    if arguments.command == "demo":
        return context.wiring.demo()
    return context.wiring.desk(context.home, context.session)
