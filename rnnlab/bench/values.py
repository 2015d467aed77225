"""What a measurement comes to, as the lines of JSON that `python -m rnnlab.bench` prints and `rnnlab bench` draws.

It must not know torch, nor how anything is measured or drawn.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import msgspec

PARTS = ("train", "generate", "text", "ui", "growth")
"""What can be measured. `growth` is long, and only measured when it is asked for."""
USUAL = PARTS[:4]


class Spread(msgspec.Struct, frozen=True):
    """The middle of some rounds, and how far they went."""

    median: float
    low: float
    high: float
    rounds: int


class Target(msgspec.Struct, frozen=True):
    """What a figure is to reach."""

    value: float
    of: str = "value"
    """What it is about: the figure's `value`, its `ratio` or its `share`."""
    at_most: bool = False


class Row(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """The base of all lines."""

    part: str
    """One of PARTS, or `machine`."""


class About(Row, frozen=True, kw_only=True, tag="about"):
    """The machine, first of all lines."""

    facts: dict[str, str]


class Doing(Row, frozen=True, kw_only=True, tag="doing"):
    """What is being measured now: for a person who waits."""

    what: str


class Agreement(Row, frozen=True, kw_only=True, tag="agreement"):
    """Two ways to train the same model from the same weights on the same batches come to the same loss, or do not."""

    what: str
    who: str
    steps: int
    loss: float
    """Nats per token at the last of the steps."""
    reference: float
    """The textbook loop's."""
    rounding: float
    """How far the textbook loop itself goes astray, at most, when its first weights are moved by one unit in the last
    place."""
    agrees: bool


class SameText(Row, frozen=True, kw_only=True, tag="same_text"):
    """One way to write a text against the textbook loop's, from the same weights, numbers and tokens before."""

    what: str
    who: str
    tokens: int
    ties: int
    """Tokens that differ because a number fell between two tokens within rounding."""
    faults: int
    """Tokens that differ otherwise."""


class Figure(Row, frozen=True, kw_only=True, tag="figure"):
    """One thing measured."""

    what: str
    """What was measured, the same for all who took part in it."""
    who: str
    unit: str
    value: Spread
    ratio: Spread | None = None
    """To the textbook loop (or what else `beside` names) in the same round."""
    beside: str = ""
    share: float | None = None
    """Of the machine's own rate at large matrix products in the same rounds, 0 to 1."""
    targets: tuple[Target, ...] = ()
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether it reaches all its targets; None where it has none."""
        return all(map(self.reaches, self.targets)) if self.targets else None

    def reaches(self, target: Target) -> bool:
        """Whether it reaches this one."""
        found = self.reached(target.of)
        if found is None:
            return False
        return found <= target.value if target.at_most else found >= target.value

    def reached(self, of: str) -> float | None:
        """The number that a target is about."""
        if of == "ratio":
            return self.ratio.median if self.ratio else None
        return self.share if of == "share" else self.value.median


class Point(Row, frozen=True, kw_only=True, tag="point"):
    """One point of how a cost grows."""

    sweep: str
    """What is varied."""
    x: float
    who: str
    unit: str
    value: Spread


class Missing(Row, frozen=True, kw_only=True, tag="missing"):
    """What could not be measured here, and why."""

    what: str
    who: str
    why: str


AnyRow = About | Doing | Agreement | SameText | Figure | Point | Missing
"""The union that a line is decoded into."""


def spread(values: Sequence[float]) -> Spread:
    """The median of some rounds with the least and the greatest; raises StatisticsError where there are none."""
    return Spread(statistics.median(values), min(values), max(values), len(values))


def ratio(mine: Sequence[float], others: Sequence[float]) -> Spread:
    """Mine over others', round by round: what else the machine did in a round fell on both."""
    return spread([one / other for one, other in zip(mine, others, strict=True)])
