"""How long a person waits for the first character of an answer, with a generator that is warm and with none.

It must not know how fast the characters come after it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from rnnlab.bench.home import BenchHome, bench_home
from rnnlab.bench.values import AnyRow, Doing, Figure, Target, spread
from rnnlab.dialogue import Answered, AnyPiece, Prompt, Refused, Wrote
from rnnlab.errors import RunError
from rnnlab.events import Saved
from rnnlab.hosts.base import Console
from rnnlab.specs import SampleSpec

_WARM, _COLD = 0.1, 1.0
_PREFIX = "The tide"
_PATIENCE = 60.0


def measure(hidden: int, rounds: int) -> Iterator[AnyRow]:
    """A run with a checkpoint, then its console: opened and asked at once, and asked again."""
    yield Doing(part="generate", what="how long until the first character")
    with bench_home() as home:
        run = home.start(
            {"data.corpus": "the-tide-clock", "model.hidden": hidden, "train.threads": 1, "train.max_steps": 2}
        )
        home.wait_for(run, Saved)
        home.stop(run)
        cold, warm = zip(*(_waits(home, run) for _ in range(rounds)), strict=True)
    what = f"GRU, hidden {hidden}: first character"
    for who, seconds, most in (("no generator yet", cold, _COLD), ("a warm generator", warm, _WARM)):
        value = spread([1000 * each for each in seconds])
        targets = (Target(1000 * most, at_most=True),)
        yield Figure(part="generate", what=what, who=who, unit="ms", value=value, targets=targets)


def _waits(home: BenchHome, run: str) -> tuple[float, float]:
    """Seconds to the first character of a new console, and of a second answer of the same one."""
    begun = time.perf_counter()
    console = home.host.console(run)
    try:
        return _first_character(console, begun), _first_character(console, time.perf_counter())
    finally:
        console.close()


def _first_character(console: Console, begun: float) -> float:
    console.ask(Prompt(prefix=_PREFIX, sample=SampleSpec(length=2_000, seed=1)))
    came, pieces = 0.0, list[AnyPiece]()
    while not any(isinstance(piece, Answered | Refused) for piece in pieces):
        pieces = list(console.read(0.005))
        if not came and any(isinstance(piece, Wrote) for piece in pieces):
            came = time.perf_counter() - begun
        if time.perf_counter() - begun > _PATIENCE or any(isinstance(piece, Refused) for piece in pieces):
            raise RunError("the generator did not answer: `rnnlab doctor` says what this machine lacks")
    return came
