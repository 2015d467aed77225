"""What a training remembers between steps beside tensors: counters, the best score, patience.

Plain numbers that go into a checkpoint as JSON. It must not know torch's state, nor files.
"""

from __future__ import annotations

import math

import msgspec

from rnnlab.events import perplexity


class Progress(msgspec.Struct, kw_only=True):
    """Where a training stands. Mutable: the trainer alone moves it."""

    step: int = 0
    """Optimizer steps done, skipped ones included."""
    epoch: int = 1
    """The epoch that the next step belongs to."""
    batch: int = 0
    """Batches of that epoch done."""
    skipped_in_a_row: int = 0
    """Steps since the last finite one."""
    rewinds: int = 0
    """Times that it went back to sound weights; each halves the learning rate."""
    exploded_at: int | None = None
    """The step of the last explosion that was told."""
    explosions: int = 0
    """Explosions in a row: each soon after the one before."""
    spiked_at: int | None = None
    """The step of the last spike of the gradient that was told."""
    best: float | None = None
    """The best score so far, nats per token."""
    evaluations_since_best: int = 0
    cuts: int = 0
    """Times that a plateau cut the learning rate."""
    evaluations_since_cut: int = 0
    elapsed_s: float = 0.0
    """Seconds of training over all attempts."""
    validation: float | None = None
    """Newest validation loss, nats per token."""
    train: float | None = None
    """Newest mean training loss, nats per token."""

    def measured(self) -> tuple[str, float | None]:
        """(split, perplexity) of the weights as they are known: validation, else train, else nothing."""
        if self.validation is not None:
            return "validation", perplexity(self.validation)
        return ("train", perplexity(self.train)) if self.train is not None else ("", None)

    def score(self, loss: float, *, decay_every: int) -> bool:
        """Count one evaluation; gives whether it is the best so far. A loss that is not finite never is."""
        if math.isfinite(loss) and (self.best is None or loss < self.best):
            self.best = loss
            self.evaluations_since_best = self.evaluations_since_cut = 0
            return True
        self.evaluations_since_best += 1
        self.evaluations_since_cut += 1
        if self.evaluations_since_cut >= decay_every:
            self.cuts += 1
            self.evaluations_since_cut = 0
        return False
