"""One step of learning: forward, backward, clip, and a move of the weights unless that would spoil them.

It must not know epochs, schedules or events.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from rnnlab.nn.cells.base import State
from rnnlab.nn.model import LanguageModel
from rnnlab.specs import TrainSpec
from rnnlab.training.clipping import clip
from rnnlab.training.flat import FlatParameters
from rnnlab.training.optimizers import build


class Learnt(NamedTuple):
    """What a step came to; the tensors are 0-d and on the device."""

    loss: Tensor
    """Nats per token, before the move."""
    norm: Tensor
    """L2 norm of the whole gradient before clipping."""
    clipped: Tensor
    """1 where the gradient was clipped, else 0."""
    hidden: State
    """The state after the batch, cut off from the graph."""
    moved: bool
    """False where the loss or the gradient was not finite: the weights are as they were."""


class Learner:
    """A model with its gradient and its optimizer."""

    def __init__(self, model: LanguageModel, train: TrainSpec) -> None:
        self.model = model
        self._flat = FlatParameters(model)
        self.optimizer = build(self._flat.parameter, train)

    def step(self, x: Tensor, y: Tensor, hidden: State | None, lr: float) -> Learnt:
        """Learn from a batch `[T, B]` each, beginning in that state (None for zeros), at that learning rate."""
        self._flat.zero_gradient()
        self.model.train()
        loss, after = self.model.loss(x, y, hidden)
        loss.backward()
        norm, clipped = clip(self._flat.gradient, self.optimizer.spec)
        # The one synchronisation of a step; on a CPU it costs nothing. One step that is not finite would spoil all.
        sound = bool(torch.isfinite(norm) & torch.isfinite(loss))
        if sound:
            self.optimizer.step(lr)
        return Learnt(loss, norm, clipped, tuple(part.detach() for part in after), sound)
