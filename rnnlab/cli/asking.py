"""A question to a run's model, asked from the command line: its findings as they come, Ctrl-C as a wish to stop.

It must not know what is asked, nor how findings look.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from rnnlab.cli.context import Context
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.interrupts import Interrupts
from rnnlab.cli.parser import add_at, add_json
from rnnlab.dialogue import Answered, Answering, AnyPiece, AnyProbe, Found, Prompt, Question, Refused, Wrote
from rnnlab.errors import PromptError
from rnnlab.findings import AnyFinding
from rnnlab.hosts.base import Console
from rnnlab.text.small import MOST, decoded, read_small

_TIMEOUT = 0.1
"""Seconds after which a silent model is asked again, and Ctrl-C is noticed."""


class Inquiry:
    """The questions of one command, one after the other."""

    def __init__(self, context: Context, *, as_json: bool) -> None:
        self._context = context
        self._as_json = as_json
        self._interrupts = Interrupts()

    @property
    def code(self) -> ExitCode:
        return ExitCode.INTERRUPTED if self._interrupts.pressed else ExitCode.OK

    def ask(self, run: str, probe: AnyProbe) -> Iterator[AnyFinding]:
        """What the model of the run finds; raises PromptError where it refuses.

        As JSON, every piece of the answer goes to the output as it comes. Otherwise a line on standard error says
        which run and step was looked into.
        """
        for piece in self._answer(run, probe):
            yield from self._take(piece)

    def pieces(self, run: str, question: Question) -> Iterator[AnyPiece]:
        """The pieces of the answer, which are shown as they come; raises PromptError where the model refuses."""
        for piece in self._answer(run, question):
            list(self._take(piece))
            yield piece

    def write(self, run: str, prompt: Prompt) -> str:
        """What the model writes on from a prefix, without the prefix; raises PromptError where it refuses."""
        return "".join(piece.text for piece in self.pieces(run, prompt) if isinstance(piece, Wrote))

    def _answer(self, run: str, question: Question) -> Iterator[AnyPiece]:
        console = self._context.host.console(run)
        try:
            with self._interrupts.caught():
                console.ask(question)
                yield from self._pieces(console)
        finally:
            console.close()

    def _pieces(self, console: Console) -> Iterator[AnyPiece]:
        stopped = False
        while True:
            for piece in console.read(_TIMEOUT):
                yield piece
                if isinstance(piece, Answered | Refused):
                    return
            if self._interrupts.pressed and not stopped:
                console.stop()
                stopped = True

    def _take(self, piece: AnyPiece) -> Iterator[AnyFinding]:
        if isinstance(piece, Refused):
            raise PromptError(piece.message)
        if self._as_json:
            self._context.out.value(piece)
            self._context.out.flush()
        elif isinstance(piece, Answering):
            seed = f", seed {piece.seed}" if piece.seed else ""
            self._context.out.say(f"{piece.run}, step {piece.step:,}{seed}")
        if isinstance(piece, Found):
            yield piece.finding


def add_asking(parser: argparse.ArgumentParser) -> None:
    """`--at` and `--json`."""
    add_at(parser)
    add_json(parser)


def read_text(file: str) -> str:
    """The text of a file, or of standard input for `-`; raises BadInput."""
    return decoded(sys.stdin.buffer.read(MOST + 1), file) if file == "-" else read_small(file)
