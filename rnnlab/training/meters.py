"""Sums over steps that stay on the device until someone asks. They must not know why they are kept."""

from __future__ import annotations

import math

import torch
from torch import Tensor


class Meter:
    """Sums of (loss, gradient norm, clipped) over the steps since the last `clear`, without a host synchronisation."""

    def __init__(self, device: torch.device) -> None:
        # float64 where the device has it: an epoch's mean should not depend on how long the epoch is.
        dtype = torch.float32 if device.type == "mps" else torch.float64
        self.sums = torch.zeros(3, dtype=dtype, device=device)
        self.count = 0

    def add(self, loss: Tensor, norm: Tensor, clipped: Tensor) -> None:
        """Count one step's 0-d tensors."""
        self.sums += torch.stack((loss.detach(), norm, clipped)).to(self.sums.dtype)
        self.count += 1

    def means(self) -> tuple[float, float, float]:
        """The means so far; synchronises with the device. NaNs where nothing was counted."""
        if self.count == 0:
            return math.nan, math.nan, math.nan
        loss, norm, clipped = (self.sums / self.count).tolist()
        return loss, norm, clipped

    def clear(self) -> None:
        self.sums.zero_()
        self.count = 0
