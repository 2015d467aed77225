"""`rnnlab train`: start a run and follow it.

What is typed goes over `--spec FILE` or `--recipe NAME`, and those over the defaults.

It must not know how a run is made or where: that is the host's.
"""

from __future__ import annotations

import argparse

from rnnlab.cli.context import Context
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.follow import follow
from rnnlab.cli.hyperparameters import add_clip, add_field, add_set, assigned, read_spec
from rnnlab.cli.parser import add_json
from rnnlab.cli.recipes import saying_how_to_get
from rnnlab.specs import RunSpec
from rnnlab.specs.recipes import find_recipe

_BEFORE_CLIP = (
    "data.corpus",
    "model.cell",
    "model.hidden",
    "model.layers",
    "train.epochs",
    "data.batch",
    "data.steps",
    "train.lr",
    "train.optimizer",
)
_AFTER_CLIP = ("train.seed", "train.device")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("hyperparameters")
    for path in _BEFORE_CLIP:
        add_field(group, path)
    add_clip(group)
    for path in _AFTER_CLIP:
        add_field(group, path)
    add_set(parser, ("model", "data", "train", "sample"))
    begin = parser.add_mutually_exclusive_group()
    begin.add_argument("--spec", metavar="FILE.toml", help="begin with the spec in a file (`-`: standard input)")
    begin.add_argument("--recipe", metavar="NAME", help="begin with a pinned spec; `rnnlab recipes` lists them")
    parser.add_argument("--detach", action="store_true", help="print the run's id and return at once")
    add_json(parser)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    spec = _spec(arguments)
    session = context.session or context.host.session().name
    with saying_how_to_get(spec.data.corpus):
        started = context.host.start(spec, session)
    if arguments.detach:
        _print_id(context, started, arguments.json)
        return ExitCode.OK
    context.out.say(f"{started} trains in session {session}; Ctrl-C leaves it training")
    return follow(context, started, 0, arguments.json)


def _spec(arguments: argparse.Namespace) -> RunSpec:
    values = assigned(arguments)
    if arguments.recipe:
        return find_recipe(arguments.recipe).spec.replace(values)
    base = read_spec(arguments.spec) if arguments.spec else RunSpec()
    return base.replace(values)


def _print_id(context: Context, started: str, as_json: bool) -> None:
    if as_json:
        context.out.value({"run": started})
    else:
        context.out.line(started)
    context.out.say(f"it trains; `{context.command('watch', started)}` follows it")
