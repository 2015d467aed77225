"""The native engine: a whole sequence of one layer as one node of autograd, its steps in C++.

What the kernels leave to PyTorch are the products over all steps at once: inputs before the sequence, weight gradients
after it. It must not know layers above and below, models or vocabularies, nor how the kernels were built.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from rnnlab.nn.cells.base import Cell, LayerWeights, State
from rnnlab.nn.fused import Lent, Pool
from rnnlab.nn.native.kernels import CELLS, CellShape, Kernels, Sequence, at


@dataclass(frozen=True)
class Sizes:
    """The shape of a run of one layer over a sequence."""

    cell: CellShape
    steps: int
    batch: int
    hidden: int
    packed: int
    """Numbers of the recurrent weight where it is packed for the kernels."""
    dtype: torch.dtype


class Buffers:
    """Memory of one sequence that nobody outside sees."""

    def __init__(self, sizes: Sizes) -> None:
        rows, cell = (sizes.steps, sizes.batch), sizes.cell
        new = lambda *shape: torch.empty(shape, dtype=sizes.dtype)  # noqa: E731
        self.packed = new(sizes.packed)
        self.kept = new(*rows, cell.kept, sizes.hidden)
        self.memories = new(sizes.steps + 1, sizes.batch, sizes.hidden) if cell.memory else None


class Gradients:
    """Memory on the way back."""

    def __init__(self, sizes: Sizes) -> None:
        blocks = sizes.cell.gates + sizes.cell.own
        self.packed = torch.empty(sizes.packed, dtype=sizes.dtype)
        self.gates = torch.empty(sizes.steps, sizes.batch, blocks * sizes.hidden, dtype=sizes.dtype)


def run_native(
    cell: Cell, x: Tensor, state: State, weights: LayerWeights, kernels: Kernels, pool: Pool
) -> tuple[Tensor, State]:
    """One direction of one layer: x `[T, B, In]` or ids `[T, B]` -> (out `[T, B, H]`, last state `[B, H]` each)."""
    call = _Call(CELLS[cell.name], kernels, pool)
    out, *end = _NativeLayer.apply(call, torch.is_grad_enabled(), x, *weights, *state)
    return out, tuple(end)


@dataclass(frozen=True)
class _Call:
    cell: CellShape
    kernels: Kernels
    pool: Pool

    def sizes(self, x: Tensor, w_hh: Tensor) -> Sizes:
        hidden = w_hh.shape[1]
        packed = self.kernels.call("packed_size", w_hh.dtype, self.cell.number, hidden)
        return Sizes(self.cell, x.shape[0], x.shape[1], hidden, packed, w_hh.dtype)

    def run(self, way: str, dtype: torch.dtype, sequence: Sequence) -> None:
        self.kernels.call(way, dtype, self.cell.number, ctypes.addressof(sequence))


class _NativeLayer(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, call: _Call, recording: bool, x: Tensor, *tensors: Tensor) -> tuple[Tensor, ...]:
        weights, state = LayerWeights(*(tensor.contiguous() for tensor in tensors[:4])), tensors[4:]
        x = x.contiguous()
        sizes = call.sizes(x, weights.w_hh)
        lent = call.pool.take(Buffers, sizes)
        buffers: Buffers = lent.buffers
        hidden = torch.empty(sizes.steps + 1, sizes.batch, sizes.hidden, dtype=sizes.dtype)
        hidden[0] = state[0]
        inputs, own_bias = _inputs(x, weights, sizes)
        if buffers.memories is not None:
            buffers.memories[0] = state[1]
        sequence = _sequence(sizes, weights.w_hh, buffers, hidden)
        sequence.inputs, sequence.ids = at(inputs), None if x.is_floating_point() else at(x)
        sequence.own_bias = at(own_bias)
        sequence.kept = at(buffers.kept) if recording else None
        call.run("forward", sizes.dtype, sequence)
        end = [hidden[-1].clone()] + ([] if buffers.memories is None else [buffers.memories[-1].clone()])
        if recording:
            ctx.call, ctx.sizes, ctx.lent, ctx.uses = call, sizes, lent, lent.uses
            ctx.save_for_backward(x, weights.w_ih, weights.w_hh, hidden)
        else:
            call.pool.give(lent, sizes)
        return hidden[1:], *end

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_out: Tensor, *d_end: Tensor) -> tuple[Tensor | None, ...]:
        call, sizes, lent = ctx.call, ctx.sizes, ctx.lent
        lent.check(ctx.uses)
        x, w_ih, w_hh, hidden = ctx.saved_tensors
        back = call.pool.take(Gradients, sizes)
        d_state = tuple(part.clone(memory_format=torch.contiguous_format) for part in d_end)
        _go_back(call, sizes, lent, back, w_hh, hidden, d_out.contiguous(), d_state)
        gradients = _weight_gradients(call, sizes, x, w_ih, hidden[:-1].flatten(0, 1), back.buffers.gates)
        call.pool.give(back, sizes)
        call.pool.give(lent, sizes)
        return None, None, *gradients, *d_state


def _inputs(x: Tensor, weights: LayerWeights, sizes: Sizes) -> tuple[Tensor, Tensor | None]:
    """X·W_ih and the biases, a row for each token of the batch or, for ids, of the vocabulary; and the bias that stays
    with the recurrent part of a gate that keeps its parts apart.
    """
    shared = (sizes.cell.gates - sizes.cell.own) * sizes.hidden
    bias = torch.cat([weights.b_ih[:shared] + weights.b_hh[:shared], weights.b_ih[shared:]])
    own = weights.b_hh[shared:] if sizes.cell.own else None
    if x.is_floating_point():
        return torch.addmm(bias, x.flatten(0, 1), weights.w_ih.t()), own
    # A clone in any case: of a weight with one row, `contiguous` would be the weight itself.
    return weights.w_ih.t().clone(memory_format=torch.contiguous_format).add_(bias), own


def _sequence(sizes: Sizes, w_hh: Tensor, buffers: Buffers, hidden: Tensor) -> Sequence:
    return Sequence(
        steps=sizes.steps,
        batch=sizes.batch,
        hidden=sizes.hidden,
        weight=at(w_hh),
        packed=at(buffers.packed),
        states=at(hidden),
        memories=at(buffers.memories),
        kept=at(buffers.kept),
    )


def _go_back(
    call: _Call, sizes: Sizes, lent: Lent, back: Lent, w_hh: Tensor, hidden: Tensor, d_out: Tensor, d_state: State
) -> None:
    """Fills the gradients of the gates; the state's become those of the first state."""
    sequence = _sequence(sizes, w_hh, lent.buffers, hidden)
    sequence.packed, sequence.d_gates = at(back.buffers.packed), at(back.buffers.gates)
    sequence.d_out, sequence.d_state = at(d_out), at(d_state[0])
    sequence.d_memory = at(d_state[1]) if sizes.cell.memory else None
    call.run("backward", sizes.dtype, sequence)


def _weight_gradients(
    call: _Call, sizes: Sizes, x: Tensor, w_ih: Tensor, hidden: Tensor, d_gates: Tensor
) -> tuple[Tensor | None, ...]:
    """Gradients of x (None for ids) and of the weights, in torch.nn's order: one product each over all steps.

    `hidden` are the states before each step `[T*B, H]`. The gates' gradients `[T, B, K*H]` begin with the inputs' parts
    of the gates that keep theirs apart and end with the recurrent parts of all.
    """
    gates = d_gates.flatten(0, 1)
    turn = sizes.cell.own * sizes.hidden
    rows = len(w_ih)
    d_w_hh = gates[:, turn:].t() @ hidden
    if x.is_floating_point():
        parts = (gates[:, turn:rows], slice(0, rows - turn)), (gates[:, :turn], slice(rows - turn, rows))
        d_w_ih, d_x = torch.empty_like(w_ih), torch.zeros_like(x)
        for part, where in parts:
            torch.mm(part.t(), x.flatten(0, 1), out=d_w_ih[where])
            d_x.flatten(0, 1).addmm_(part, w_ih[where])
        sums = gates.sum(0)
        shared, inputs, own = sums[turn:rows], sums[:turn], sums[rows:]
    else:
        table, d_x = gates.new_zeros(w_ih.shape[1], rows), None
        call.kernels.call("add_rows", gates.dtype, at(x), x.numel(), at(gates), gates.shape[1], at(table), rows, turn)
        d_w_ih, sums = table.t(), table.sum(0)
        shared, inputs, own = sums[: rows - turn], sums[rows - turn :], gates[:, rows:].sum(0)
    # Both anew, because autograd may keep what it is given as a parameter's gradient, and no two may share memory.
    return d_x, d_w_ih, d_w_hh, torch.cat([shared, inputs]), torch.cat([shared, own])
