"""Buffers of the fused engine: how a whole sequence lies in memory, so that every step is a few long calls.

Two layouts of the same numbers. *Rows* `[T, B, K*H]` is what the world outside uses and what a matrix product reads.
*Blocks* `[T, K, S, B, N]` is what a product writes and what gates are computed in: K gates of H units, each cut into S
pieces of N = H/S units. A product over the blocks of a step is then K*S products of the same shape side by side, which
threads share without waiting for one another, and a gate of a step is one contiguous piece of memory. Weights are
never copied for it: their blocks are views.

It must not know cells or autograd.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

_MINUS_ONE = torch.tensor(-1.0)


@dataclass(frozen=True)
class Sizes:
    """The shape of a run of one layer over a sequence."""

    steps: int
    batch: int
    hidden: int
    pieces: int
    dtype: torch.dtype
    device: torch.device

    @classmethod
    def of(cls, x: Tensor, w_hh: Tensor, pieces: int) -> Sizes:
        """For an input `[T, B, ...]` and recurrent weights `[G*H, H]`, whose H the pieces share evenly."""
        hidden = w_hh.shape[1]
        return cls(x.shape[0], x.shape[1], hidden, pieces, w_hh.dtype, w_hh.device)

    @property
    def units(self) -> int:
        """N, the units of a piece."""
        return self.hidden // self.pieces

    def new_blocks(self, gates: int, steps: int | None = None) -> Tensor:
        """An empty buffer `[T, K, S, B, N]`."""
        shape = (self.steps if steps is None else steps, gates, self.pieces, self.batch, self.units)
        return torch.empty(shape, dtype=self.dtype, device=self.device)

    def new_rows(self, gates: int = 1, steps: int | None = None) -> Tensor:
        """An empty buffer `[T, B, K*H]`."""
        shape = (self.steps if steps is None else steps, self.batch, gates * self.hidden)
        return torch.empty(shape, dtype=self.dtype, device=self.device)

    def readers(self, rows: Tensor, products: int) -> tuple[Tensor, ...]:
        """Rows `[T, B, In]` as each step's left side of as many products, `[products, B, In]`: views."""
        return rows.unsqueeze(1).expand(-1, products, -1, -1).unbind()

    def as_blocks(self, rows: Tensor) -> Tensor:
        """Rows `[..., B, K*H]` seen as blocks `[..., K, S, B, N]`: a view."""
        cut = rows.unflatten(-1, (-1, self.pieces, self.units))
        return cut.movedim(-4, -2)

    def as_rows(self, blocks: Tensor) -> Tensor:
        """Blocks `[S, B, N]` copied into rows `[B, H]`."""
        rows = blocks.new_empty(self.batch, self.hidden)
        self.as_blocks(rows).squeeze(0).copy_(blocks)
        return rows

    def gather(self, d_hidden: Tensor, d_out: Tensor, d_end: Tensor) -> None:
        """Begins the gradient of every hidden state, blocks `[T+1, S, B, N]`, with what comes from outside."""
        d_hidden[0].zero_()
        d_hidden[1:].copy_(self.as_blocks(d_out).squeeze(1))
        d_hidden[-1].add_(self.as_blocks(d_end).squeeze(0))

    def outwards(self, weight: Tensor) -> Tensor:
        """A weight `[K*H, In]` seen as the blocks `[K*S, In, N]` of a product from rows `[B, In]`: a view."""
        return weight.unflatten(0, (-1, self.units)).transpose(1, 2)

    def inwards(self, weight: Tensor) -> Tensor:
        """A weight `[K*H, H]` seen as the blocks `[S, K*H, N]` of a product from rows `[B, K*H]`: a view."""
        return weight.unflatten(1, (self.pieces, self.units)).transpose(0, 1)


def tanh_of_half(x: Tensor, *, out: Tensor) -> None:
    """tanh(x/2) = 2·sigmoid(x) - 1, in the memory of x: on CPUs torch's sigmoid takes a fifth of the time of its tanh.

    Off by at most 2e-7 in float32.
    """
    double_less_one(x.sigmoid_(), out=out)


def double_less_one(x: Tensor, *, out: Tensor) -> None:
    """2x - 1, in one pass."""
    torch.add(_MINUS_ONE, x, alpha=2, out=out)


def sigmoid_slope(factor: Tensor, y: Tensor, *, out: Tensor) -> None:
    """factor · y(1 - y): the way back through y = sigmoid(x)."""
    torch.ops.aten.sigmoid_backward.grad_input(factor, y, grad_input=out)


def tanh_slope(factor: Tensor, y: Tensor, *, out: Tensor) -> None:
    """factor · (1 - y²): the way back through y = tanh(x)."""
    torch.ops.aten.tanh_backward.grad_input(factor, y, grad_input=out)
