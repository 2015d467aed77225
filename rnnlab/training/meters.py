"""Sums over the numbers of steps. They must not know why they are kept, nor where the numbers were computed."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from rnnlab.errors import CheckpointError


class Meter:
    """Sums of (loss, gradient norm, clipped) over the steps since the last `clear`."""

    def __init__(self) -> None:
        self.clear()

    def add(self, loss: float, norm: float, clipped: float) -> None:
        """Count one step."""
        self._loss += loss
        self._norm += norm
        self._clipped += clipped
        self.count += 1

    def means(self) -> tuple[float, float, float]:
        """The means so far; NaNs where nothing was counted."""
        if self.count == 0:
            return math.nan, math.nan, math.nan
        return self._loss / self.count, self._norm / self.count, self._clipped / self.count

    def clear(self) -> None:
        self._loss = self._norm = self._clipped = 0.0
        self.count = 0

    def tensor(self) -> Tensor:
        """What a snapshot keeps: the three sums and the count, float64."""
        return torch.tensor([self._loss, self._norm, self._clipped, self.count], dtype=torch.float64)

    def load(self, kept: Tensor) -> None:
        """Go on from what a snapshot kept; raises CheckpointError where it is no meter's."""
        if kept.shape != (4,):
            raise CheckpointError("the checkpoint does not fit its spec: a sum of losses does not read")
        self._loss, self._norm, self._clipped, count = kept.tolist()
        self.count = int(count)
