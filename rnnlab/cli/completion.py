"""`rnnlab completion`: a static completion script, so that Tab never starts Python.

Made from the same parser that parses. It must not know the commands.
"""

from __future__ import annotations

import argparse

from rnnlab.cli.context import Context
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.parser import build_parser, every_parser

SHELLS = ("bash", "zsh", "fish", "tcsh", "powershell")
"""What shtab can write for; a test holds it to shtab's own list, which is 40 ms away."""

_FILES = ("spec", "corpus")
_DIRECTORIES = ("home",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, help=f"one of {', '.join(SHELLS)}")


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    context.out.write(script(arguments.shell))
    return ExitCode.OK


def script(shell: str) -> str:
    """The script for a shell."""
    import shtab

    parser = build_parser()
    for each in every_parser(parser):
        for action in each._actions:
            _mark(action, shtab.FILE, shtab.DIRECTORY)
    return shtab.complete(parser, shell).rstrip() + "\n"


def _mark(action: argparse.Action, files: object, directories: object) -> None:
    """Say what completes an argument: the choices of its hyperparameter, or files, or directories."""
    choices = getattr(action, "field_choices", ())
    names = {action.dest, *(option.lstrip("-") for option in action.option_strings)}
    if choices:
        action.choices = choices
    elif names & set(_FILES):
        action.complete = files  # ty: ignore[missing-attribute]
    elif names & set(_DIRECTORIES):
        action.complete = directories  # ty: ignore[missing-attribute]
