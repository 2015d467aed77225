"""Many continuations of one text as a batch: each step reads a token of every one of them in one call.

What each writes is what it would have written alone with its seed, but for rounding: a product of many rows may add up
its terms in another order. It must not know torch, vocabularies, or who asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from rnnlab.nn.pen import Pen


class ManyStepper(Protocol):
    """A model that reads a token of each of some texts."""

    def spread(self, state: Any) -> Any:
        """The state of one text as the state of all of them, each by itself."""
        ...

    def step_all(self, tokens: np.ndarray, state: Any) -> Sequence[np.ndarray]:
        """Reads a token of each: moves the state on, gives their logits, `[V]` each, in memory that is used again."""
        ...


def write_all(
    stepper: ManyStepper, state: Any, logits: np.ndarray, pens: Sequence[Pen], length: int
) -> Iterator[list[tuple[int, str]]]:
    """What each step adds, as (which text, piece), for at most `length` steps, to the texts that have not ended.

    All go on from one state of the stepper, with the logits `[V]` of what comes next; neither is changed.
    """
    state, tokens = stepper.spread(state), np.zeros(len(pens), np.int64)
    rows: Sequence[np.ndarray] = [logits.copy() for _ in pens]
    for _ in range(length):
        live = [number for number, pen in enumerate(pens) if not pen.cause]
        if not live:
            return
        for number in live:
            tokens[number] = pens[number].choose(rows[number])
        yield [(number, pens[number].add(int(tokens[number]))) for number in live]
        rows = stepper.step_all(tokens, state)
