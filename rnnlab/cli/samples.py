"""`rnnlab samples`: what a run's model wrote from its fixed prefixes while it trained, and what changed with each step.

With `--json`, a `Take` a line, by prefix and step. It must not know how texts are compared.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from rnnlab.cli.context import Context
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.parser import add_json, add_run
from rnnlab.errors import BadInput
from rnnlab.events import AnyEvent, Rewound, Sampled, Started, counted
from rnnlab.text.reels import Take, prefixes, takes

ABOUT = """\
Once an epoch (but 100 to 1,000 steps apart), or every train.sample_every steps, and once before it begins to train, a
run writes on from train.prefixes. Here are these texts from the untrained model on; on a terminal, words that the text
before has not are bold. Try: when does it find spaces, then words, then names?\
"""
_READ = 2000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = f"{parser.description}\n\n{ABOUT}"
    add_run(parser)
    parser.add_argument("--prefix", metavar="TEXT", help="only what was written from that prefix")
    parser.add_argument("--newest", metavar="N", type=_count, default=0, help="only the last N steps of each prefix")
    add_json(parser)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    run = context.find(arguments.run)
    events = written(context, run)
    for prefix in _chosen(arguments.prefix, prefixes(events)):
        for take in list(takes(events, prefix))[-arguments.newest :]:
            context.out.value(take) if arguments.json else _print(context, take)
    if not events:
        context.out.say(f"{run} has written no samples: a run writes its first before it begins to train")
    return ExitCode.OK


def written(context: Context, run: str) -> list[Sampled]:
    """The samples of a run that still count, in the order in which they were written."""
    return [event for event in counted(_deciding(context, run)) if isinstance(event, Sampled)]


def _deciding(context: Context, run: str) -> Iterator[AnyEvent]:
    """The run's samples, and the events that make earlier ones void."""
    cursor, more = 0, True
    while more:
        reading = context.host.read(run, cursor, _READ)
        for record in reading.records:
            if isinstance(record.event, Sampled | Started | Rewound):
                yield record.event
        cursor, more = reading.cursor, reading.more


def _chosen(wanted: str | None, known: tuple[str, ...]) -> tuple[str, ...]:
    if wanted is None or not known:
        return known
    if wanted not in known:
        raise BadInput(f"nothing was written from {wanted!r}: --prefix is one of {', '.join(map(repr, known))}")
    return (wanted,)


def _print(context: Context, take: Take) -> None:
    told = "untrained" if take.since is None and not take.step else f"epoch {take.epoch:,}"
    if take.since is not None:
        told += f", {take.share:.0%} new since step {take.since:,}"
    context.out.line(f"step {take.step:,}, {told}, from {take.prefix!r}")
    context.out.marked(take.text, take.new)
    context.out.write("\n")


def _count(typed: str) -> int:
    if not typed.isdecimal() or not int(typed[:9]) >= 1:
        raise BadInput(f"--newest takes a number of steps, 1 or more, not {typed[:40]!r}")
    return int(typed[:9])
