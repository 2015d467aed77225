"""What a training loses while somebody looks into its model, writes with it, or does something else on the machine.

    python benchmarks/bench_beside.py                        # about three minutes
    GOMP_SPINCOUNT=300000 python benchmarks/bench_beside.py  # as OpenMP would have its threads wait for each other

A training with as many threads as cores runs all the time; by turns it is left alone and has one neighbour. A ratio is
that of its steps in a turn to the mean of the turns alone before and after it. With as many busy neighbours as cores,
a fair share would be one half.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rnnlab.dialogue import Answered, JudgePairs, MeasureMemory, Prompt, Question, Refused, ScoreText
from rnnlab.hosts.base import Console
from rnnlab.hosts.local import LocalHost
from rnnlab.hosts.values import LIVE
from rnnlab.specs import RunSpec, SampleSpec
from rnnlab.text.bundled import path_of

SETTLE = 2.0
"""Seconds at the start of a turn that do not count."""
Neighbour = Callable[[threading.Event], int]
"""Is there until the event is set; gives how often it got done what it does."""


class Training:
    """A real run of its own worker, until the end of the block."""

    def __init__(self, host: LocalHost, spec: RunSpec) -> None:
        self._host = host
        self.run = host.start(spec, "main")
        while self.step() < 50:
            time.sleep(0.2)

    def step(self) -> int:
        return self._host.run(self.run).step

    def rate(self, seconds: float) -> float:
        """Steps a second over that long."""
        first, begun = self.step(), time.monotonic()
        time.sleep(seconds)
        return (self.step() - first) / (time.monotonic() - begun)


def nothing(gone: threading.Event) -> int:
    gone.wait()
    return 0


def busy(gone: threading.Event) -> int:
    """A program that computes on one core."""
    child = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    gone.wait()
    child.kill()
    child.wait()
    return 0


def asking(host: LocalHost, run: str, question: Question) -> Neighbour:
    """A console that asks the same again and again, in one process."""

    def ask(gone: threading.Event) -> int:
        console, count = host.console(run), 0
        while not gone.is_set():
            console.ask(question)
            count += _answered(console, gone)
        console.close()
        return count

    return ask


def _answered(console: Console, gone: threading.Event) -> bool:
    while True:
        for piece in console.read(0.1):
            if isinstance(piece, Refused):
                raise SystemExit(piece.message)
            if isinstance(piece, Answered):
                return piece.cause != "stopped"
        if gone.is_set():
            console.stop()


@contextmanager
def beside(neighbour: Neighbour) -> Generator[list[int]]:
    """The neighbour, for as long as the block takes; its count is there afterwards."""
    gone, counts = threading.Event(), []
    thread = threading.Thread(target=lambda: counts.append(neighbour(gone)))
    thread.start()
    try:
        yield counts
    finally:
        gone.set()
        thread.join()


def turn(training: Training, neighbour: Neighbour, seconds: float) -> tuple[float, int]:
    """The training's steps a second beside that neighbour, and how often the neighbour got its work done."""
    with beside(neighbour) as counts:
        time.sleep(SETTLE)
        rate = training.rate(seconds)
    return rate, counts[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=6.0, help="of each turn that count (default 6)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="neighbours whose name holds this")
    parser.add_argument("--cell", default="gru")
    parser.add_argument("--hidden", type=int, default=256)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["RNNLAB_HOME"] = home
        host = LocalHost()
        changes = {"model.cell": arguments.cell, "model.hidden": arguments.hidden, "train.threads": os.cpu_count() or 1}
        text = path_of("the-tide-clock").read_text(encoding="utf-8")
        training = Training(host, RunSpec().replace({**changes, "train.epochs": 10_000, "train.log_every": 10}))
        try:
            found = neighbours(host, training.run, text)
            chosen = {name: one for name, one in found.items() if arguments.only in name}
            measure(training, chosen, arguments.rounds, arguments.seconds)
        finally:
            host.request(training.run, "stop")
            while host.run(training.run).state in LIVE:
                time.sleep(0.2)


def neighbours(host: LocalHost, run: str, text: str) -> dict[str, Neighbour]:
    """Everybody who may be beside a training."""
    pairs = JudgePairs(pairs=(("the tide was", "the tide were"),) * 100)
    return {
        "a program that computes": busy,
        "writing without end": asking(host, run, Prompt(prefix="The tide ", sample=SampleSpec(length=0))),
        "surprise, 5,000 characters": asking(host, run, ScoreText(text=text[:5000])),
        "memory": asking(host, run, MeasureMemory()),
        "agreement, 100 pairs": asking(host, run, pairs),
    }


def measure(training: Training, beside_it: dict[str, Neighbour], rounds: int, seconds: float) -> None:
    """Print a line for each neighbour."""
    spin = os.environ.get("GOMP_SPINCOUNT", "rnnlab's own")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; turns that a thread waits awake: {spin}")
    ratios: dict[str, list[float]] = {name: [] for name in beside_it}
    counts: dict[str, int] = dict.fromkeys(beside_it, 0)
    alone = [turn(training, nothing, seconds)[0]]
    for _, name in itertools.product(range(rounds), beside_it):
        rate, count = turn(training, beside_it[name], seconds)
        alone.append(turn(training, nothing, seconds)[0])
        ratios[name].append(rate / statistics.mean(alone[-2:]))
        counts[name] += count
    print(f"alone: {statistics.median(alone):.1f} steps/s ({min(alone):.1f} to {max(alone):.1f})")
    for name, values in ratios.items():
        each = " ".join(f"{value:.2f}" for value in values)
        print(f"{name}: {statistics.median(values):.2f} of it ({each}), {counts[name]} answers")


if __name__ == "__main__":
    main()
