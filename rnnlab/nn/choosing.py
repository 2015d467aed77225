"""Which token comes next: greedy, or drawn at a temperature among the likeliest.

Draws come from a generator of its own, so that writing never changes training; it is Python's, whose `random()` is
promised to give the same numbers for the same seed in every version. It must not know torch, models or text.
"""

from __future__ import annotations

import random
import secrets

import numpy as np

from rnnlab.specs import SampleSpec

_LARGEST_SEED = 2**53 - 1


class Chooser:
    """Chooses tokens from logits as a `SampleSpec` says; the same seed and logits give the same tokens."""

    def __init__(self, sample: SampleSpec, *, never: int | None = None) -> None:
        self._sample = sample
        self._never = never
        self._colder = 1 / sample.temperature
        self.seed = sample.seed or secrets.randbelow(_LARGEST_SEED) + 1
        """The seed in use: the spec's, or a new one where that is 0."""
        self._uniform = random.Random(self.seed).random

    def choose(self, logits: np.ndarray) -> int:
        """The next token; of `logits` `[V]`, that of `never` is overwritten."""
        if self._never is not None:
            logits[self._never] = -np.inf
        if self._sample.greedy:
            return int(logits.argmax())
        if self._sample.top_k or self._sample.top_p < 1:
            return self._draw_among_likeliest(logits)
        return self._draw(self._weights(logits))

    def _weights(self, logits: np.ndarray) -> np.ndarray:
        """Probabilities at the temperature, not yet divided by their sum."""
        weights = logits.astype(np.float64)
        weights -= weights[weights.argmax()]
        weights *= self._colder
        return np.exp(weights, out=weights)

    def _draw_among_likeliest(self, logits: np.ndarray) -> int:
        """Keeps the top k, then the fewest of them that make up top p of what is left; the likelier first."""
        order = np.argsort(-logits, kind="stable")[: self._sample.top_k or None]
        weights = self._weights(logits[order])
        if self._sample.top_p < 1:
            shares = weights.cumsum()
            enough = int(shares.searchsorted(self._sample.top_p * shares[-1])) + 1
            order, weights = order[:enough], weights[:enough]
        return int(order[self._draw(weights)])

    def _draw(self, weights: np.ndarray) -> int:
        """An index, each as likely as its weight: where a uniform number falls along the summed weights."""
        shares = weights.cumsum()
        return min(int(shares.searchsorted(self._uniform() * shares[-1], side="right")), len(shares) - 1)
