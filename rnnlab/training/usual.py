"""What is usual for a loss and a gradient's norm, and what is so far above it that training may be about to break.

Pure arithmetic over the numbers of the last steps, which go into a snapshot, so that a resumed training judges like one
that was not interrupted. It must not know what is done about an explosion.
"""

from __future__ import annotations

import bisect
from collections import deque
from collections.abc import Mapping

import torch
from torch import Tensor

from rnnlab.specs import TrainSpec

WINDOW = 200
"""Steps whose medians are what is usual; before there are as many, nothing is judged."""
LOSS_TIMES, NORM_TIMES = 3.0, 10.0
"""How many times the median is an explosion."""
LEAST_RISE = 0.5
"""Nats that a loss must rise, too: three times nearly nothing, of a text known by heart, is still nothing."""


class Window:
    """The last numbers, in order and sorted."""

    def __init__(self) -> None:
        self._values: deque[float] = deque()
        self._sorted: list[float] = []

    def add(self, value: float) -> None:
        """Take in a finite number; the oldest of too many goes."""
        if len(self._values) == WINDOW:
            del self._sorted[bisect.bisect_left(self._sorted, self._values.popleft())]
        self._values.append(value)
        bisect.insort(self._sorted, value)

    def median(self) -> float | None:
        """The middle one, once there are enough."""
        return self._sorted[WINDOW // 2] if len(self._values) == WINDOW else None

    def tensor(self) -> Tensor:
        """The numbers, oldest first, as float64."""
        return torch.tensor(list(self._values), dtype=torch.float64)

    def load(self, values: Tensor) -> None:
        """Hold these instead."""
        self._values = deque(values[-WINDOW:].tolist())
        self._sorted = sorted(self._values)


class Usual:
    """The losses and gradient norms of the last steps that moved the weights."""

    def __init__(self) -> None:
        self.loss, self.norm = Window(), Window()

    def explodes(self, loss: float, norm: float, train: TrainSpec) -> bool:
        """Whether a step is far above the steps before it.

        A gradient that clipping lets through whole is a small one, however many times the median it has.
        """
        usual_norm = self.norm.median()
        if usual_norm is None:
            return False
        passes = train.clip == "norm" and norm <= train.clip_at
        return self._high(loss) or (norm > NORM_TIMES * usual_norm and not passes)

    def tamed(self, loss: float, train: TrainSpec) -> bool:
        """Whether of a step that explodes it is the gradient alone, which clipping cuts to size."""
        return train.clip != "none" and not self._high(loss)

    def _high(self, loss: float) -> bool:
        usual = self.loss.median()
        return usual is not None and loss > max(LOSS_TIMES * usual, usual + LEAST_RISE)

    def add(self, loss: float, norm: float) -> None:
        """Count a step."""
        self.loss.add(loss)
        self.norm.add(norm)

    def tensors(self) -> dict[str, Tensor]:
        """What a snapshot keeps."""
        return {"usual.loss": self.loss.tensor(), "usual.norm": self.norm.tensor()}

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Put back what a snapshot kept; one of an earlier version kept nothing."""
        for name, window in (("usual.loss", self.loss), ("usual.norm", self.norm)):
            window.load(tensors.get(name, torch.empty(0)))
