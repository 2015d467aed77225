"""`rnnlab generate`: the model of a run writes on from a prefix, to standard output as it is sampled.

Where people read the output, characters that a terminal would obey are made visible and a line feed ends the text.
Where a program does (a pipe, a file), it gets the prefix and the text exactly as they are, in UTF-8, and nothing else.
Which run, step, perplexity and seed wrote it goes to standard error. With `--json`, each piece of the answer is a line:
`Answering`, `Wrote` ..., `Answered` of `rnnlab.dialogue`; the prefix is not repeated.

`--next N` lists instead what could come next; with `--json`, its `Choices`. `--count N` writes many texts from the
prefix as a batch, each under a line that names its seed; with `--json`, a `Found` with a `Continuation` each.

It must not know how a model is loaded or sampled: that is the console's.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator

import msgspec

from rnnlab.cli.asking import Inquiry
from rnnlab.cli.context import Context
from rnnlab.cli.describe import FUTURE, number
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.hyperparameters import add_field, assigned
from rnnlab.cli.interrupts import Interrupts
from rnnlab.cli.parser import add_at, add_json, add_run
from rnnlab.dialogue import Answered, Answering, AnyPiece, Choices, Peek, Prompt, Refused, WriteMany, Wrote
from rnnlab.errors import BadInput, PromptError
from rnnlab.findings import Continuation
from rnnlab.hosts.base import Console
from rnnlab.specs.clamps import Clamp
from rnnlab.text.amounts import counted

_FIELDS = (
    "sample.length",
    "sample.temperature",
    "sample.greedy",
    "sample.seed",
    "sample.top_k",
    "sample.top_p",
    "sample.min_p",
    "sample.cycle",
    "sample.repetition",
    "sample.unknown",
    "sample.stop",
    "sample.beam",
)
_TIMEOUT = 0.1
"""Seconds after which a silent model is asked again, and Ctrl-C is noticed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    parser.add_argument("--prefix", metavar="TEXT", required=True, help="what the model writes on from")
    parser.set_defaults(assignments=())
    for path in _FIELDS:
        add_field(parser, path)
    parser.add_argument(
        "--past-eos", action="store_true", help="write on after an <eos>, where the text has separators"
    )
    parser.add_argument(
        "--clamp", metavar="LAYER:UNIT=X", type=_clamp, action="append", default=[],
        help="hold a unit of the hidden state at a value, as needed; both count from 0; `rnnlab neurons` finds units",
    )  # fmt: skip
    parser.add_argument(
        "--count", metavar="N", type=int, default=1,
        help="write N texts at once, each with the seed after the one before",
    )  # fmt: skip
    parser.add_argument("--next", metavar="N", type=_count, default=0, help="list the N likeliest next tokens instead")
    add_at(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    run = context.find(arguments.run)
    spec = context.host.run(run).spec
    sample = spec.replace(assigned(arguments)).sample
    if arguments.past_eos:
        sample = msgspec.structs.replace(sample, stop_at_eos=False)
    clamp = tuple(arguments.clamp)
    prompt = Prompt(prefix=arguments.prefix, sample=sample, at=arguments.at, clamp=clamp)
    if arguments.next:
        question = Peek(prefix=arguments.prefix, at=arguments.at, count=arguments.next, clamp=clamp)
        return _list_next(context, run, question, arguments.json)
    if arguments.count != 1:
        asked = WriteMany(prefix=arguments.prefix, sample=sample, at=arguments.at, clamp=clamp, count=arguments.count)
        return _write_many(context, run, asked, arguments.json)
    console = context.host.console(run)
    interrupts = Interrupts()
    try:
        with interrupts.caught():
            console.ask(prompt)
            _print_answer(context, prompt, _pieces(console, interrupts), arguments.json)
            if spec.model.bidirectional:
                context.out.say(FUTURE)
    finally:
        console.close()
    return ExitCode.INTERRUPTED if interrupts.pressed else ExitCode.OK


def _list_next(context: Context, run: str, peek: Peek, as_json: bool) -> ExitCode:
    """What could come next, the likeliest first."""
    inquiry = Inquiry(context, as_json=as_json)
    found = [piece for piece in inquiry.pieces(run, peek) if isinstance(piece, Choices)]
    if found and not as_json:
        rows = [(repr(choice.token), f"{choice.probability:.1%}") for choice in found[0].choices]
        context.out.table(("token", "probability"), rows, right=("probability",))
    return inquiry.code


def _write_many(context: Context, run: str, asked: WriteMany, as_json: bool) -> ExitCode:
    inquiry = Inquiry(context, as_json=as_json)
    for found in inquiry.ask(run, asked):
        if isinstance(found, Continuation) and not as_json:
            context.out.line(f"seed {found.seed}, {counted(found.tokens, 'token')}, {found.cause}")
            context.out.foreign(f"{asked.prefix}{found.text}\n\n")
    return inquiry.code


def _clamp(typed: str) -> Clamp:
    """A typed clamp: layer, unit and value."""
    try:
        unit, _, value = typed.partition("=")
        layer, _, number = unit.partition(":")
        return Clamp(int(layer), int(number), _finite(value))
    except ValueError:
        raise BadInput(f"a clamp is LAYER:UNIT=VALUE, as 0:12=1.5, not {typed[:40]!r}") from None


def _finite(typed: str) -> float:
    number = float(typed)
    if not math.isfinite(number):
        raise ValueError
    return number


def _count(typed: str) -> int:
    if not typed.isdecimal() or not 1 <= int(typed) <= 100:
        raise BadInput(f"--next takes 1 to 100 tokens, not {typed[:40]!r}")
    return int(typed)


def _pieces(console: Console, interrupts: Interrupts) -> Iterator[AnyPiece]:
    """The pieces of one answer, the last one included; Ctrl-C asks for an early last one."""
    stopped = False
    while True:
        for piece in console.read(_TIMEOUT):
            yield piece
            if isinstance(piece, Answered | Refused):
                return
        if interrupts.pressed and not stopped:
            console.stop()
            stopped = True


def _print_answer(context: Context, prompt: Prompt, pieces: Iterator[AnyPiece], as_json: bool) -> None:
    # The prefix waits for the first text: an answer may still be refused after it was begun.
    unsaid, last, answering = prompt.prefix, prompt.prefix, None
    for piece in pieces:
        if isinstance(piece, Refused):
            raise PromptError(piece.message)
        if isinstance(piece, Answering):
            answering = piece
        if as_json:
            context.out.value(piece)
        elif isinstance(piece, Wrote):
            context.out.foreign(unsaid + piece.text)
            unsaid, last = "", piece.text or last
        elif isinstance(piece, Answered) and answering is not None:
            context.out.foreign(unsaid)
            _end(context, prompt, answering, piece, last)
        context.out.flush()


def _end(context: Context, prompt: Prompt, answering: Answering, answered: Answered, last: str) -> None:
    if context.out.terminal and not last.endswith("\n"):
        context.out.write("\n")
    if answering.unknown:
        unknown = " ".join(answering.unknown)
        context.out.say(f"the model never saw {unknown}: it read its sign for the unknown instead")
    context.out.say(_stamp(prompt, answering, answered))


def _stamp(prompt: Prompt, answering: Answering, answered: Answered) -> str:
    unmeasured = "not yet measured" if answering.step else "untrained"
    measured = f"{answering.split} perplexity {number(answering.perplexity)}" if answering.split else unmeasured
    seed = f", seed {answering.seed}" if prompt.sample.by_chance else ""
    rate = f", {answered.tokens / answered.seconds:,.0f} tokens/s" if answered.seconds > 0 else ""
    return (
        f"{answering.run}, step {answering.step:,}, {measured}{seed}: "
        f"{counted(answered.tokens, 'token')} in {answered.seconds:.1f} s{rate} ({answered.cause})"
    )
