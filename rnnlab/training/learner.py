"""One step of learning: forward, backward, clip, and a move of the weights unless that would spoil them.

It must not know epochs, schedules or events.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from rnnlab.nn.cells.base import State
from rnnlab.nn.model import LanguageModel
from rnnlab.nn.native import finding
from rnnlab.nn.native.kernels import Kernels
from rnnlab.specs import TrainSpec
from rnnlab.training.clipping import clip, clip_by
from rnnlab.training.flat import FlatParameters
from rnnlab.training.graph import Capture, Circumstances, Recorder
from rnnlab.training.optimizers import build

_WILD = 1e6
"""A loss or gradient norm from which on a move is taken back where it spoils something. From below, one step cannot:
rates are at most 1e6, and squares of what is below 1e6 are far from float32's end."""


class Numbers(NamedTuple):
    """What a step came to."""

    loss: float
    """Nats per token, before the move."""
    norm: float
    """L2 norm of the whole gradient before clipping."""
    clipped: float
    """1 where the gradient was clipped, else 0."""
    moved: bool
    """False where the loss, the gradient or what the weights would have become was not finite: all is as it was."""


class Learnt(NamedTuple):
    """A step that was taken."""

    numbers: Numbers
    hidden: State
    """The state after the batch, cut off from the graph."""


class Learner:
    """A model with its gradient and its optimizer."""

    def __init__(self, model: LanguageModel, train: TrainSpec) -> None:
        self.model = model
        self._flat = FlatParameters(model)
        self.optimizer = build(self._flat.parameter, train)
        self._recorder: Recorder | None = None

    def held(self) -> list[Tensor]:
        """All that a move changes."""
        return [self.optimizer.parameter, *self.optimizer.state.values()]

    def step(self, x: Tensor, y: Tensor, hidden: State | None, lr: float) -> Learnt:
        """Learn from a batch `[T, B]` each, beginning in that state (None for zeros), at that learning rate.

        Waits for the device, and moves nothing where loss and norm, or what would come of them, are not finite.
        """
        kernels = finding.kernels() if self.model.engine == "native" else None
        mean, after = self._learn(x, y, hidden)
        loss, norm, clipped = self._clip_and_ask(mean, kernels)
        sound = math.isfinite(loss) and math.isfinite(norm)
        moved = sound and self._move(lr, kernels, wild=max(loss, norm) > _WILD)
        return Learnt(Numbers(loss, norm, clipped, moved), after)

    def queue(self, x: Tensor, y: Tensor, hidden: State | None, lr: float, row: Tensor) -> State:
        """The same without waiting or asking: loss, norm and clipped go into `row` [3]; gives the state after it."""
        numbers, after = self._recorded(self._recorder, x, y, hidden) if self._recorder else self._look(x, y, hidden)
        row.copy_(numbers)
        self.optimizer.step(lr)
        return after

    def record(self, x: Tensor, y: Tensor, capture: Capture | None = None) -> str:
        """From now on, let `queue` replay what was recorded with batches like this one, where that is right and faster;
        gives what was found. `capture` is torch's own unless another is given."""
        self._recorder = Recorder(self._look, self._flat.gradient, lambda: self.model.memory, capture)
        self._recorder.best(x, y, self.model.zero_state(x.shape[1]), self._circumstances(x))
        return self._recorder.note

    def _recorded(self, recorder: Recorder, x: Tensor, y: Tensor, hidden: State | None) -> tuple[Tensor, State]:
        state = self.model.zero_state(x.shape[1]) if hidden is None else hidden
        return recorder.best(x, y, state, self._circumstances(x))(x, y, state)

    def _circumstances(self, x: Tensor) -> Circumstances:
        model, spec, obstacle = self.model, self.optimizer.spec, ""
        if model.engine not in ("torch", "scratch"):
            obstacle = f"the {model.engine} engine works in memory that it gives up when it likes"
        elif model.engine == "torch" and model.dropout and model.spec.layers > 1:
            obstacle = "the numbers that cuDNN draws for dropout between layers cannot be drawn again to check it"
        return Circumstances(tuple(x.shape), model.dropout, (spec.clip, spec.clip_at), obstacle)

    def _look(self, x: Tensor, y: Tensor, hidden: State | None) -> tuple[Tensor, State]:
        """The gradient of a batch, clipped; gives (loss, norm, clipped) as a vector, and the state after it."""
        loss, after = self._learn(x, y, hidden)
        return torch.stack((loss, *clip(self._flat.gradient, self.optimizer.spec))), after

    def _learn(self, x: Tensor, y: Tensor, hidden: State | None) -> tuple[Tensor, State]:
        """The gradient of a batch; gives its loss and the state after it."""
        if not self.model.training:
            self.model.train()
        return self.model.learn(x, y, hidden)

    def _clip_and_ask(self, loss: Tensor, kernels: Kernels | None) -> tuple[float, float, float]:
        """Clip the gradient; gives (loss, norm, clipped)."""
        gradient, spec = self._flat.gradient, self.optimizer.spec
        if kernels is not None:
            return loss.item(), *clip_by(kernels, gradient, spec)
        loss, norm, clipped = torch.stack((loss, *clip(gradient, spec))).tolist()
        return loss, norm, clipped

    def _move(self, lr: float, kernels: Kernels | None, *, wild: bool) -> bool:
        """Move the weights; gives False, with everything as it was, where something would not be finite after it."""
        if not wild and lr * self.optimizer.spec.weight_decay < 1:
            self.optimizer.step(lr, kernels)
            return True
        held = self.held()
        before = [tensor.clone() for tensor in held]
        self.optimizer.step(lr, kernels)
        if all(bool(torch.isfinite(tensor).all()) for tensor in held):
            return True
        for tensor, old in zip(held, before, strict=True):
            tensor.copy_(old)
        return False
