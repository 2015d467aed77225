"""A layer's sequence by hand: what an engine promises that computes one, and how autograd takes part in it.

It must not know cells, models or how an engine works.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from rnnlab.nn.cells.base import LayerWeights, State


class Sequence(Protocol):
    """One direction of one layer over one sequence: there, and, where that was recorded, back."""

    def forward(self, x: Tensor, state: State, weights: LayerWeights, hidden: Tensor, *, recording: bool) -> State:
        """x `[T, B, In]` or ids `[T, B]`, contiguous as the weights; fills `hidden` `[T+1, B, H]` from the first H on.

        Gives a copy of the last state, `[B, H]` each.
        """
        ...

    def backward(
        self,
        x: Tensor,
        weights: LayerWeights,
        hidden: Tensor,
        d_out: Tensor,
        d_end: State | None,
        gradients: LayerWeights,
        d_x: Tensor | None,
    ) -> State | None:
        """With what forward had and filled, and the gradients of the outputs `[T, B, H]` and of the last state.

        The weights' gradients and that of x, `d_x` (None for ids), take the place of what was in their memory. Gives
        those of the first state; where nothing comes from the last state (None), nobody asks for them.
        """
        ...


Start = Callable[[], Sequence]
"""A new sequence, with the memory of those that ended."""


def run_sequence(sequence: Sequence, x: Tensor, state: State, weights: LayerWeights) -> tuple[Tensor, State]:
    """x `[T, B, In]` or ids `[T, B]` -> (out `[T, B, H]`, last state `[B, H]` each), as one node of autograd."""
    out, *end = _Layer.apply(sequence, torch.is_grad_enabled(), x, *weights, *state)
    return out, tuple(end)


class _Layer(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, sequence: Sequence, recording: bool, x: Tensor, *tensors: Tensor) -> tuple[Tensor, ...]:
        x, weights = x.contiguous(), LayerWeights(*(weight.contiguous() for weight in tensors[:4]))
        state = tensors[4:]
        hidden = weights.w_hh.new_empty(len(x) + 1, *state[0].shape)
        end = sequence.forward(x, state, weights, hidden, recording=recording)
        if recording:
            ctx.sequence = sequence
            ctx.save_for_backward(x, *weights, hidden)
        return hidden[1:], *end

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_out: Tensor, *d_end: Tensor) -> tuple[Tensor | None, ...]:
        x, *tensors, hidden = ctx.saved_tensors
        gradients = LayerWeights(*(torch.empty_like(weight) for weight in tensors))
        d_x = torch.empty_like(x) if x.is_floating_point() else None
        d_state = ctx.sequence.backward(x, LayerWeights(*tensors), hidden, d_out, d_end, gradients, d_x)
        return None, None, d_x, *gradients, *d_state


def multiply_back(
    x: Tensor, weights: LayerWeights, hidden: Tensor, d_gates: Tensor, gradients: LayerWeights, d_x: Tensor | None
) -> None:
    """The products of the way back that are one over all steps: fills the gradients of W_hh and, but for ids, of W_ih
    and x.

    The gates' gradients `[T, B, K*H]` begin with the inputs' parts of the gates that keep theirs apart, the last ones
    of torch.nn's order, and end with the recurrent parts of all.
    """
    gates, rows = d_gates.flatten(0, 1), len(weights.w_ih)
    turn = gates.shape[1] - rows
    torch.mm(gates[:, turn:].t(), hidden[:-1].flatten(0, 1), out=gradients.w_hh)
    if d_x is None:
        return
    x, d_x = x.flatten(0, 1), d_x.view(-1, d_x.shape[-1])
    shared, own = slice(0, rows - turn), slice(rows - turn, rows)
    torch.mm(gates[:, turn:rows].t(), x, out=gradients.w_ih[shared])
    torch.mm(gates[:, turn:rows], weights.w_ih[shared], out=d_x)
    if turn:
        torch.mm(gates[:, :turn].t(), x, out=gradients.w_ih[own])
        d_x.addmm_(gates[:, :turn], weights.w_ih[own])
