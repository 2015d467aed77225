"""Watching real workers: wait for what they write, never for a time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from signal import Signals
from typing import TypeVar

import msgspec

from rnnlab.dialogue import Answered, Answering, AnyPiece, Prompt, Refused, Wrote
from rnnlab.events import Event
from rnnlab.hosts.base import Console
from rnnlab.hosts.local import LocalHost
from rnnlab.runs import status
from rnnlab.runs.paths import HomePaths, RunPaths
from rnnlab.runs.status import Status
from rnnlab.specs import RunSpec, Value

E = TypeVar("E", bound=Event)
T = TypeVar("T")
PATIENCE = 60.0
"""Seconds after which what is waited for will not come; a machine under load may need some of them."""


def until(what: Callable[[], T | None], words: str) -> T:
    """The first value that is true of what is asked again and again."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.01)
    raise AssertionError(f"waited {PATIENCE:.0f} s in vain until {words}")


def small(corpus: Path, **changes: Value) -> RunSpec:
    """A spec that trains in a moment; the changes' names have __ for the dot."""
    spec = RunSpec().replace(
        {
            "data.corpus": str(corpus),
            "data.batch": 4,
            "data.steps": 10,
            "model.hidden": 8,
            "model.dropout": 0.0,
            "train.epochs": 2,
            "train.threads": 1,
            "train.log_every": 1,
            "train.sample_length": 5,
        }
    )
    return spec.replace({name.replace("__", "."): value for name, value in changes.items()})


class Live:
    """One run of a host, followed through its journal."""

    def __init__(self, host: LocalHost, home: Path, run: str) -> None:
        self.host = host
        self.run = run
        self.paths: RunPaths = HomePaths(home).session(host.run(run).session).run(run)
        self._cursor = 0
        self._events: list[Event] = []

    def events(self) -> list[Event]:
        """All that it has written so far."""
        reading = self.host.read(self.run, self._cursor, 100_000)
        assert reading.damaged == 0
        self._cursor = reading.cursor
        self._events += [record.event for record in reading.records]
        return self._events

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events() if isinstance(event, kind)]

    def comes(self, kind: type[E], count: int = 1) -> E:
        """Wait for that many events of a kind; gives the last."""
        return until(
            lambda: self.of(kind)[count - 1 : count] or self._not_if_ended(kind),
            f"{self.run} writes {count} {kind.__name__}: {self.state}, {self.host.log(self.run)}",
        )[0]

    def asked(self, action: str, kind: type[E]) -> E:
        """Ask for something; gives the event that answers."""
        before = len(self.of(kind))
        self.host.request(self.run, action)
        return self.comes(kind, before + 1)

    def reaches(self, step: int) -> None:
        until(lambda: any(event.step >= step for event in self.events()), f"{self.run} reaches step {step}")

    def ends(self) -> str:
        """Wait for the worker's death; gives the state that it left."""
        until(lambda: not self.host.run(self.run).live, f"{self.run} ends")
        return self.state

    @property
    def state(self) -> str:
        return self.host.run(self.run).state

    @property
    def status(self) -> Status:
        found = status.read(self.paths.status)
        assert found is not None
        return found

    def signal(self, number: Signals) -> None:
        os.kill(self.status.pid, number)

    def kill(self) -> None:
        self.signal(Signals.SIGKILL)
        self.ends()

    def _not_if_ended(self, kind: type[Event]) -> None:
        if not self.host.run(self.run).live and not self.of(kind):
            raise AssertionError(f"{self.run} is {self.state}: {self.host.log(self.run)}")


def say(console: Console, prompt: Prompt, *, stop_at_first: bool = False) -> list[AnyPiece]:
    """Ask, and read the whole answer."""
    console.ask(prompt)
    return answer(console, stop_at_first=stop_at_first)


def answer(console: Console, *, stop_at_first: bool = False, count: int = 1) -> list[AnyPiece]:
    """The pieces of so many answers, to the last; stopped, if asked for, as soon as there is some text."""
    pieces: list[AnyPiece] = []

    def last() -> bool:
        for piece in console.read(0.05):
            pieces.append(piece)
            if stop_at_first and isinstance(piece, Wrote):
                console.stop()
        return sum(isinstance(piece, Answered | Refused) for piece in pieces) >= count

    until(last, "the console answers")
    return pieces


def text_of(pieces: list[AnyPiece]) -> str:
    return "".join(piece.text for piece in pieces if isinstance(piece, Wrote))


def begun_by(pieces: list[AnyPiece]) -> Answering:
    assert isinstance(pieces[0], Answering), msgspec.json.encode(pieces)
    return pieces[0]


def ended_by(pieces: list[AnyPiece]) -> Answered:
    assert isinstance(pieces[-1], Answered), msgspec.json.encode(pieces)
    return pieces[-1]
