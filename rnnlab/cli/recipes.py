"""`rnnlab recipes`: the pinned specs with their published numbers, and `--check NAME`, which trains one and compares.

A check is a run like any other, in the session `recipes`; exit code 1 where it does not reproduce the number. With
`--json`, the list is one object a recipe; a check prints its records as `train` does and a `Verdict` as the last line.
It must not know how a run is made.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import statistics
from collections.abc import Generator, Iterator

import msgspec

from rnnlab.cli.context import Context
from rnnlab.cli.describe import FUTURE, number
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.follow import LIMIT, follow
from rnnlab.cli.hyperparameters import add_field, add_set, assigned
from rnnlab.cli.parser import add_json
from rnnlab.errors import BadInput, CorpusError
from rnnlab.events import AnyEvent, Evaluated, Step, counted
from rnnlab.specs.recipes import FETCHED, RECIPES, Recipe, find_recipe

SESSION = "recipes"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a check came to."""

    recipe: str
    run: str
    split: str
    published: str
    at_most: float
    """The perplexity that counts as reproduced."""
    reached: float | None
    """Perplexity: of the last epoch for `train`, the best for `validation`."""
    tokens_per_s: float
    reproduced: bool
    future: bool = False
    """Whether it was bidirectional, so that its number is no language model's and stands against none."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", metavar="NAME", help="train this one, and say whether it reproduces its number")
    add_field(parser, "data.corpus")
    add_set(parser, ("model", "data", "train", "sample"))
    add_json(parser)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    if arguments.check:
        return _check(arguments, context, find_recipe(arguments.check))
    if assigned(arguments):
        raise BadInput("--corpus and --set change what --check NAME trains: say which recipe")
    if arguments.json:
        for recipe in RECIPES:
            context.out.value(recipe)
    else:
        rows = [(r.name, r.title, r.published, f"{number(r.at_most)} ({r.split})", r.source) for r in RECIPES]
        headers = ("recipe", "what", "published", "counts up to", "stands in")
        context.out.table(headers, rows, elastic="stands in")
        context.out.say(f"`{context.command('train', '--recipe', 'd2l-8.6')}` trains one, `recipes --check` compares")
    return ExitCode.OK


@contextlib.contextmanager
def saying_how_to_get(corpus: str) -> Generator[None]:
    """Where a recipe's corpus is not there, its error says how to get it."""
    try:
        yield
    except CorpusError as error:
        if corpus not in FETCHED:
            raise
        raise CorpusError(
            f"the corpus {corpus} is not here: `rnnlab corpus fetch {corpus}` gets it, "
            f"or give its file with --corpus PATH (it is {FETCHED[corpus]})"
        ) from error


def _check(arguments: argparse.Namespace, context: Context, recipe: Recipe) -> ExitCode:
    spec = recipe.spec.replace(assigned(arguments))
    with saying_how_to_get(spec.data.corpus):
        started = context.host.start(spec, context.session or SESSION)
    context.out.say(f"{started} trains {recipe.name}: {recipe.title}, published {recipe.published}")
    code = follow(context, started, 0, arguments.json)
    if code is not ExitCode.OK:
        return code
    found = verdict(recipe, started, _events(context, started), future=spec.model.bidirectional)
    if arguments.json:
        context.out.value(found)
    context.out.say(sentence(found))
    return ExitCode.OK if found.reproduced else ExitCode.FAILURE


def verdict(recipe: Recipe, run: str, events: Iterator[AnyEvent], *, future: bool = False) -> Verdict:
    """How a finished run compares with its recipe's number; one that reads the `future` reproduces none."""
    rates, reached = [], None
    for event in counted(events):
        if isinstance(event, Step):
            rates.append(event.tokens_per_s)
        elif isinstance(event, Evaluated) and event.split == recipe.split and event.perplexity is not None:
            better = recipe.split == "train" or event.perplexity < (math.inf if reached is None else reached)
            reached = event.perplexity if better else reached
    return Verdict(
        recipe=recipe.name,
        run=run,
        split=recipe.split,
        published=recipe.published,
        at_most=recipe.at_most,
        reached=reached,
        tokens_per_s=statistics.median(rates) if rates else 0.0,
        reproduced=recipe.reproduced(reached) and not future,
        future=future,
    )


def sentence(found: Verdict) -> str:
    """The verdict for people."""
    split = "training" if found.split == "train" else found.split
    nats = f" ({math.log(found.reached):.3f} nats)" if found.reached is not None and found.split != "train" else ""
    return (
        f"{found.recipe} {'reproduced' if found.reproduced else 'NOT reproduced'}: {split} perplexity "
        f"{number(found.reached)}{nats}, published {found.published}, counts up to {number(found.at_most)}; "
        f"{found.tokens_per_s:,.0f} tokens/s" + (f"; {FUTURE}" if found.future else "")
    )


def _events(context: Context, run: str) -> Iterator[AnyEvent]:
    cursor, more = 0, True
    while more:
        reading = context.host.read(run, cursor, LIMIT)
        yield from (record.event for record in reading.records)
        cursor, more = reading.cursor, reading.more
