"""A batch through all layers and back without autograd, whose bookkeeping costs a small model a third of its step.

What the layers hold of the batch lies in memory that the next batch uses again, and gradients go straight to where the
parameters keep theirs. It must not know embeddings, losses or how an engine computes a layer.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from rnnlab.nn.cells.base import LayerWeights, State
from rnnlab.nn.fused import Lent, Pool
from rnnlab.nn.noise import draw_noise
from rnnlab.nn.sequences import Sequence, Start


class Rows:
    """Memory for what a layer gives to the next, and for what comes back."""

    def __init__(self, shape: tuple[int, int, int, torch.dtype]) -> None:
        steps, batch, width, dtype = shape
        self.hidden = torch.empty(steps + 1, batch, width, dtype=dtype)
        self.d_out = torch.empty(steps, batch, width, dtype=dtype)


class Layers:
    """The layers of one direction over one batch: `forward`, then `backward`, once each."""

    def __init__(self, start: Start, weights: list[LayerWeights], dropout: float, pool: Pool) -> None:
        self._start, self._weights, self._dropout, self._pool = start, weights, dropout, pool
        self._under_way: list[tuple[Sequence, Tensor, Tensor | None]] = []
        self._lent: list[Lent] = []

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """x `[T, B, In]` or ids `[T, B]`, state `[layers, B, H]` each -> (what the next reads `[T, B, H]`, state)."""
        ends, noise = [], None
        batch, width = state[0].shape[1:]
        shape = (len(x), batch, width, state[0].dtype)
        for layer, weights in enumerate(self._weights):
            sequence, rows = self._start(), self._take(shape)
            begin = tuple(part[layer] for part in state)
            ends.append(sequence.forward(x, begin, weights, rows.hidden, recording=True))
            self._under_way.append((sequence, x, noise))
            noise = draw_noise(rows.hidden[1:], self._dropout)
            x = rows.hidden[1:] if noise is None else rows.hidden[1:] * noise
        self._noise = noise
        return x, tuple(torch.stack(parts) for parts in zip(*ends, strict=True))

    @property
    def d_out(self) -> Tensor:
        """Memory for the gradient of what the last layer gave, `[T, B, H]`, which `backward` goes on from."""
        return self._lent[-1].buffers.d_out

    def backward(self, d_x: Tensor | None) -> None:
        """Fills the gradients that the parameters have, and that of the first layer's x (None for ids)."""
        silenced = self._noise
        for layer in reversed(range(len(self._weights))):
            weights, rows = self._weights[layer], self._lent[layer].buffers
            (sequence, x, noise), d_out = self._under_way.pop(), rows.d_out
            if silenced is not None:
                d_out.mul_(silenced)
            silenced, d_in = noise, self._lent[layer - 1].buffers.d_out if layer else d_x
            gradients = LayerWeights(*(gradient_of(weight) for weight in weights))
            sequence.backward(x, weights, rows.hidden, d_out, None, gradients, d_in)
        for lent in self._lent:
            self._pool.give(lent, self._shape)

    def _take(self, shape: tuple[int, int, int, torch.dtype]) -> Rows:
        self._shape = shape
        self._lent.append(self._pool.take(Rows, shape))
        return self._lent[-1].buffers


def gradient_of(parameter: Tensor) -> Tensor:
    """Where a parameter keeps its gradient."""
    assert parameter.grad is not None, "a gradient that is not there cannot be filled"
    return parameter.grad


def is_heard(parameters: Iterable[Tensor]) -> bool:
    """Whether somebody hangs hooks on parameters, which only autograd calls."""
    return any(parameter._backward_hooks for parameter in parameters)
