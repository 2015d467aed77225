"""A move of the weights that a device takes back by itself where it would spoil them: no look in the middle of a step.

The host's way (`learner`) asks whether loss and gradient are finite before it moves anything, which lets a device run
dry at every step. Here the move is queued at once, and where it was not sound every number is chosen to be the one from
before, as torch.amp's GradScaler leaves a move out by its `found_inf`. Both ways give the same bits. It must not know
models, or what a step is for.
"""

from __future__ import annotations

import torch
from torch import Tensor

from rnnlab.training.optimizers import Optimizer


class GuardedMove:
    """One move of an optimizer. Whether it was made stays on the device, 0-d bool, until someone reads `moved`."""

    def __init__(self, optimizer: Optimizer, lr: float, sound: Tensor) -> None:
        """Queue the move; `sound`, 0-d bool on the device, says whether there is anything to move by."""
        held = [optimizer.parameter, *optimizer.state.values()]
        self._before = [(tensor, tensor.clone()) for tensor in held if tensor.device != sound.device]
        queued = [(tensor, tensor.clone()) for tensor in held if tensor.device == sound.device]
        optimizer.step(lr)
        for tensor, _ in queued:
            sound = sound & torch.isfinite(tensor).all()
        for tensor, old in queued:
            torch.where(sound, tensor, old, out=tensor)
        self.moved = sound

    def settle(self, moved: bool) -> None:
        """Take back, where it was not made, what the host holds of the optimizer (Adam's count)."""
        for tensor, old in () if moved else self._before:
            tensor.copy_(old)
