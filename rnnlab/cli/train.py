"""`rnnlab train`: start a run and follow it.

What is typed goes over `--spec FILE` or `--recipe NAME`, and those over the defaults.

It must not know how a run is made or where: that is the host's.
"""

from __future__ import annotations

import argparse

from rnnlab.cli.context import Context
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.follow import begun
from rnnlab.cli.hyperparameters import add_clip, add_field, add_set, assigned, read_spec
from rnnlab.cli.parser import add_at, add_json
from rnnlab.cli.recipes import saying_how_to_get
from rnnlab.errors import BadInput
from rnnlab.specs import RunSpec
from rnnlab.specs.knobs import MODEL_SHAPE
from rnnlab.specs.recipes import find_recipe

_BEFORE_CLIP = (
    "data.corpus",
    "data.encoding",
    "model.cell",
    "model.hidden",
    "model.layers",
    "train.epochs",
    "data.batch",
    "data.steps",
    "train.lr",
    "train.optimizer",
)
_AFTER_CLIP = ("train.seed", "train.device", "model.engine", "train.threads")


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
    parser.add_argument(
        "--init", metavar="RUN", help="begin with the weights of that run, mapped token by token onto this corpus"
    )
    add_at(parser)
    parser.add_argument("--detach", action="store_true", help="print the run's id and return at once")
    add_json(parser)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    spec = _spec(arguments, context)
    session = context.session or context.host.session().name
    with saying_how_to_get(spec.data.corpus):
        started = _start(arguments, context, spec, session)
    return begun(context, started, f"trains in session {session}", detach=arguments.detach, as_json=arguments.json)


def _start(arguments: argparse.Namespace, context: Context, spec: RunSpec, session: str) -> str:
    if not arguments.init:
        if arguments.at != "last":
            raise BadInput("--at says which weights of --init to begin with: name that run, or leave it out")
        return context.host.start(spec, session)
    return context.host.start(spec, session, context.host.find(arguments.init), arguments.at)


def _spec(arguments: argparse.Namespace, context: Context) -> RunSpec:
    values = assigned(arguments)
    if arguments.recipe:
        base = find_recipe(arguments.recipe).spec
    else:
        base = read_spec(arguments.spec) if arguments.spec else RunSpec()
    if arguments.init:
        # Weights fit one shape of model alone: it need not be typed again.
        parent = context.host.run(context.host.find(arguments.init)).spec
        base = base.replace({path: parent.value(path) for path in (*MODEL_SHAPE, "data.tokens")})
    return base.replace(values)
