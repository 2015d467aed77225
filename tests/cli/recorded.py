"""Recorded runs, answers and a host whose runs go on: what the command line's tests perform on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from rnnlab.dialogue import Answered, Answering, AnyPiece, Wrote
from rnnlab.events import AnyEvent, Evaluated, Finished, Record, Sampled, Saved, Started, Step
from rnnlab.hosts.fake import FakeHost, Recording
from rnnlab.hosts.values import Reading, RunSummary
from rnnlab.specs import RunSpec


class Said:
    """What a command line left behind."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def lines(self) -> list[str]:
        return self.out.split("\n")[:-1]


Cli = Callable[..., Said]
"""`cli("runs", "--json", host=...)`: performs a command line in this process."""


class GrowingHost(FakeHost):
    """A host whose runs go on, by some records, whenever someone has read all there was; the last record ends them."""

    def __init__(
        self, recordings: Sequence[Recording] = (), answers: dict[str, Sequence[AnyPiece]] | None = None
    ) -> None:
        super().__init__(recordings, answers)
        self.growth: dict[str, int] = {}
        """How many records of a run are there by now; a run that is not named has ended."""
        self.pace = 2
        self.reads: list[tuple[int, int]] = []
        """Every (cursor, limit) that was read."""
        self.starts: list[tuple[RunSpec, str]] = []
        self.logs: tuple[str, ...] = ()

    def start(self, spec: RunSpec, session: str, init: str = "", at: str = "last") -> str:
        self.starts.append((spec, session))
        run = self.runs()[0].id
        self.growth[run] = 0
        return run

    def read(self, run: str, cursor: int = 0, limit: int = 2000) -> Reading:
        self.reads.append((cursor, limit))
        if run in self.growth:
            self.reveal(run, max(0, self.growth[run]))
        else:
            self._revealed.pop(run, None)
        reading = super().read(run, cursor, limit)
        if not reading.records and run in self.growth:
            self.growth[run] += self.pace
            if self.growth[run] > len(self._recordings[run].records):
                del self.growth[run]
        return reading

    def run(self, run: str) -> RunSummary:
        summary = super().run(run)
        return msgspec.structs.replace(summary, state="running") if run in self.growth else summary

    def log(self, run: str, lines: int = 20) -> tuple[str, ...]:
        return self.logs[-lines:]


def summary(name: str = "gru-64-calm-owl", **changes: Any) -> RunSummary:
    """A finished run."""
    values: dict[str, Any] = {
        "id": name,
        "session": "demo",
        "spec": RunSpec().replace({"model.hidden": 64, "data.corpus": "lyrics-zh"}),
        "corpus": "lyrics-zh",
        "corpus_sha256": "ab" * 32,
        "created_at": 1_790_000_000.0,
        "state": "finished",
        "step": 20,
        "total_steps": 20,
        "epoch": 1,
        "perplexity": 12.5,
        "validation": 13.25,
        "tokens_per_s": 1000.0,
        "elapsed_s": 61.0,
        "device": "cpu",
    }
    return RunSummary(**(values | changes))


def records(steps: int = 5, cause: str = "finished") -> tuple[Record, ...]:
    """A short training with every common event in it."""
    step = {"loss": 2.5, "perplexity": 12.18, "grad_norm": 0.5, "clipped": 0.1, "lr": 0.002, "tokens_per_s": 900.0}
    events: list[AnyEvent] = [
        Started(
            step=0,
            epoch=1,
            attempt=1,
            device="cpu",
            engine="torch",
            threads=2,
            parameters=12345,
            vocabulary=28,
            unigram=21.7,
            train_tokens=1000,
            validation_tokens=100,
            characters_per_token=1.0,
            batches=20,
            total_steps=20,
            epochs=1,
        ),
        *(Step(step=n, epoch=1, elapsed_s=float(n), **step) for n in range(1, steps + 1)),
        Evaluated(step=steps, epoch=1, split="validation", loss=2.4, perplexity=11.02, best=True),
        Sampled(step=steps, epoch=1, prefix="time", text=" and\x1b]0;pwned\x07\nthe"),
        Saved(step=steps, epoch=1, reason="end"),
        Finished(step=steps, epoch=1, cause=cause),
    ]
    return tuple(Record(seq=seq, at=1_790_000_000.0 + seq, event=event) for seq, event in enumerate(events, start=1))


def answer(*texts: str, unknown: tuple[str, ...] = (), cause: str = "length") -> tuple[AnyPiece, ...]:
    """The pieces of one whole answer."""
    begin = Answering(run="gru-64-calm-owl", step=20, split="validation", perplexity=13.25, seed=4711, unknown=unknown)
    wrote = (Wrote(text=text) for text in texts)
    return (begin, *wrote, Answered(tokens=len("".join(texts)), seconds=0.5, cause=cause))
