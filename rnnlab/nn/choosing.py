"""Which token comes next: greedy, or drawn at a temperature among the likeliest.

Draws come from a generator of its own, so that writing never changes training; it is Python's, whose `random()` is
promised to give the same numbers for the same seed in every version. It must not know torch, models or text.
"""

from __future__ import annotations

import itertools
import random
import secrets
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np

from rnnlab.specs import SampleSpec

LARGEST_SEED = 2**53 - 1
_REMEMBERED = 64
"""Tokens written that a repetition penalty looks back on."""


class Logits(np.ndarray):
    """Logits whose stepper draws from them in less time than numpy; a copy of them is any array."""

    draw: Callable[[float, float], int] | None = None
    """`draw(1 / temperature, uniform number)`: the token that `Chooser` would draw from them as they are."""


class Chooser:
    """Chooses tokens from logits as a `SampleSpec` says; the same seed and logits give the same tokens."""

    def __init__(self, sample: SampleSpec, *, never: int | None = None, after: Sequence[int] = ()) -> None:
        """With `after`, it goes on as if it had chosen those tokens already, each with one draw."""
        self._sample = sample
        self._never = never
        self._colder = itertools.cycle([1 / temperature for temperature in sample.temperatures])
        self._narrowed = bool(sample.top_k or sample.top_p < 1 or sample.min_p > 0)
        self._recent: deque[int] = deque(after, maxlen=_REMEMBERED if sample.repetition > 1 else 0)
        self.seed = sample.seed or secrets.randbelow(LARGEST_SEED) + 1
        """The seed in use: the spec's, or a new one where that is 0."""
        self._uniform = random.Random(self.seed).random
        for _ in after:
            self._uniform()
            next(self._colder)

    def choose(self, logits: np.ndarray) -> int:
        """The next token; `logits` `[V]` are overwritten where `never` or a repetition penalty changes them."""
        if self._never is not None:
            logits[self._never] = -np.inf
        if self._recent:
            self._penalise(logits)
        token = self._choose(logits)
        self._recent.append(token)
        return token

    def _choose(self, logits: np.ndarray) -> int:
        if self._sample.greedy:
            return int(logits.argmax())
        if self._narrowed:
            return self._draw_among_likeliest(logits)
        draw = getattr(logits, "draw", None)
        if draw is not None:
            return draw(next(self._colder), self._uniform())
        return self._draw(self._weights(logits))

    def _penalise(self, logits: np.ndarray) -> None:
        """Make what was written lately less likely: Keskar et al., https://arxiv.org/abs/1909.05858, section 4.1, with
        the division turned into a product where a logit is negative, so that it always makes less likely.
        """
        tokens = list(set(self._recent))
        recent = logits[tokens]
        logits[tokens] = np.where(recent > 0, recent / self._sample.repetition, recent * self._sample.repetition)

    def _weights(self, logits: np.ndarray) -> np.ndarray:
        """Probabilities at the temperature whose turn it is, not yet divided by their sum."""
        weights = logits.astype(np.float64)
        weights -= weights[weights.argmax()]
        weights *= next(self._colder)
        return np.exp(weights, out=weights)

    def _draw_among_likeliest(self, logits: np.ndarray) -> int:
        """Keeps the top k, then the fewest of them that make up top p of what is left, then those of min p
        (Nguyen et al., https://arxiv.org/abs/2407.01082); the likelier first.
        """
        order = np.argsort(-logits, kind="stable")[: self._sample.top_k or None]
        weights = self._weights(logits[order])
        if self._sample.top_p < 1:
            shares = weights.cumsum()
            enough = int(shares.searchsorted(self._sample.top_p * shares[-1])) + 1
            order, weights = order[:enough], weights[:enough]
        if self._sample.min_p > 0:
            weights = weights[weights >= self._sample.min_p * weights[0]]
        return int(order[self._draw(weights)])

    def _draw(self, weights: np.ndarray) -> int:
        """An index, each as likely as its weight: where a uniform number falls along the summed weights."""
        shares = weights.cumsum()
        return min(int(shares.searchsorted(self._uniform() * shares[-1], side="right")), len(shares) - 1)
