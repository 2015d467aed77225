"""How cost grows: tokens a second over hidden size, layers, steps, batch and vocabulary; reading over a corpus's size.

It must not know how points are drawn.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from rnnlab.bench import texts
from rnnlab.bench.contenders import TEXTBOOK, Shape, contenders
from rnnlab.bench.train import turn, walk
from rnnlab.bench.turns import take_turns
from rnnlab.bench.values import AnyRow, Doing, Point, spread


class Effort(msgspec.Struct, frozen=True):
    """How much is measured."""

    sweeps: dict[str, tuple[int, ...]]
    """The values of each field of a Shape."""
    corpora: tuple[float, ...]
    """Megabytes."""
    rounds: int = 3
    seconds: float = 0.15


USUAL = Effort(
    {
        "hidden": (64, 128, 256, 512, 1024),
        "layers": (1, 2, 3, 4),
        "steps": (8, 16, 35, 70, 140, 280),
        "batch": (1, 4, 16, 32, 64, 128),
        "vocabulary": (28, 128, 512, 2048, 8192),
    },
    (0.1, 1, 10, 50),
)
QUICK = Effort({"hidden": (64, 128, 256)}, (0.1, 1), rounds=2, seconds=0.05)


def measure(effort: Effort) -> Iterator[AnyRow]:
    """Each sweep, point by point; what is not varied is as in a GRU of 256 units."""
    for sweep, values in effort.sweeps.items():
        for value in values:
            shape = msgspec.structs.replace(Shape(), **{sweep: value})
            yield Doing(part="growth", what=f"{sweep} {value:,}")
            yield from points(sweep, value, shape, effort)
    for megabytes in effort.corpora:
        yield Doing(part="growth", what=f"corpus {megabytes:g} MB")
        yield from texts.points(megabytes)


def points(sweep: str, x: float, shape: Shape, effort: Effort) -> Iterator[Point]:
    """Everybody's microseconds a token there; of torch.nn's kinds the textbook loop stands for all."""
    batches = walk(shape, 4)
    wanted = {who: make for who, make in contenders(shape) if who == TEXTBOOK or who not in ("torch.nn", "torch")}
    turns = {who: turn(make(), batches, shape.tokens, effort.seconds) for who, make in wanted.items()}
    take_turns(turns, 1)
    for who, rates in take_turns(turns, effort.rounds).items():
        cost = spread([1e6 / rate for rate in rates])
        yield Point(part="growth", sweep=sweep, x=x, who=who, unit="µs a token", value=cost)
