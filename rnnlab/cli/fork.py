"""`rnnlab fork`: a new run that goes on from a run's checkpoint with changed hyperparameters, and follow it.

Optimizer, data position and random generators go along where the changed spec still fits. It must not know how.
"""

from __future__ import annotations

import argparse

from rnnlab.cli.context import Context
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.follow import begun
from rnnlab.cli.hyperparameters import add_set, assigned
from rnnlab.cli.parser import add_at, add_json, add_run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    add_at(parser)
    add_set(parser, ("model", "data", "train", "sample"))
    parser.add_argument("--detach", action="store_true", help="print the new run's id and return at once")
    add_json(parser)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    parent = context.find(arguments.run)
    started = context.host.fork(parent, arguments.at, assigned(arguments))
    return begun(context, started, f"goes on from {parent}", detach=arguments.detach, as_json=arguments.json)
