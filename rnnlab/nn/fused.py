"""The fused engine: a whole sequence of one layer as one node of autograd, forward and backward by hand.

What makes it fast is the same for every cell and stands here and in `cells/blocks`: one-hot products are rows looked
up in a table; each step is a few calls into buffers that are made once; weight gradients are one product over all
steps after the loop. The steps themselves are the cell's. It must not know layers, models or vocabularies.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from rnnlab.nn.cells.base import Cell, Fused, FusedForward, LayerWeights, State
from rnnlab.nn.cells.blocks import Sizes


@dataclass
class Lent:
    """Buffers on loan from a pool."""

    buffers: Any
    uses: int = 0
    """Sequences they were lent for: tells a borrower whether what it wrote is still there."""

    def check(self, uses: int) -> None:
        """Raises RuntimeError where they were lent again since."""
        if self.uses != uses:
            raise RuntimeError("backward again through a graph whose buffers a later forward took: run forward again")


class Pool:
    """Buffers of runs, kept between sequences of the same shape: fresh memory costs more than what is done in it."""

    def __init__(self) -> None:
        self._sizes: Hashable | None = None
        self._free: dict[type, list[Lent]] = {}

    def take(self, kind: type, sizes: Hashable) -> Lent:
        """Buffers of a kind, which are the caller's until they are given back or forgotten."""
        if sizes != self._sizes:
            self._sizes, self._free = sizes, {}
        free = self._free.setdefault(kind, [])
        # Buffers made in inference mode could never be written again outside of it.
        with torch.inference_mode(False), torch.no_grad():
            lent = free.pop() if free else Lent(kind(sizes))
        lent.uses += 1
        return lent

    def give(self, lent: Lent, sizes: Hashable) -> None:
        """Gives buffers back; what is in them stays until they are lent again. Giving twice is giving once."""
        free = self._free.setdefault(type(lent.buffers), [])
        if sizes == self._sizes and all(lent is not other for other in free):
            free.append(lent)


def run_fused(cell: Cell, x: Tensor, state: State, weights: LayerWeights, pool: Pool) -> tuple[Tensor, State]:
    """One direction of one layer: x `[T, B, In]` or ids `[T, B]` -> (out `[T, B, H]`, last state `[B, H]` each)."""
    assert cell.fused is not None, "the fused engine was chosen for a cell that has no fused run"
    out, *end = _FusedLayer.apply(cell.fused, pool, torch.is_grad_enabled(), x, *weights, *state)
    return out, tuple(end)


class _FusedLayer(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, fused: Fused, pool: Pool, recording: bool, x: Tensor, *tensors: Tensor) -> tuple[Tensor, ...]:
        weights, state = LayerWeights(*tensors[:4]), tensors[4:]
        sizes = Sizes.of(x, weights.w_hh)
        lent = pool.take(fused.forward, sizes)
        run: FusedForward = lent.buffers
        _fill_inputs(run, sizes, x, weights)
        hidden = sizes.new_rows(steps=sizes.steps + 1)
        hidden[0] = state[0]
        end = run.run(hidden, state, weights.w_hh)
        if recording:
            ctx.fused, ctx.pool, ctx.sizes, ctx.lent, ctx.uses = fused, pool, sizes, lent, lent.uses
            ctx.save_for_backward(x, weights.w_ih, weights.w_hh, hidden)
        else:
            pool.give(lent, sizes)
        return hidden[1:], *end

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_out: Tensor, *d_end: Tensor) -> tuple[Tensor | None, ...]:
        ctx.lent.check(ctx.uses)
        x, w_ih, w_hh, hidden = ctx.saved_tensors
        pool, sizes = ctx.pool, ctx.sizes
        back = pool.take(ctx.fused.backward, sizes)
        gates, d_state = back.buffers.run(ctx.lent.buffers, hidden, w_hh, d_out, d_end)
        d_x, *d_weights = _weight_gradients(x, w_ih, hidden[:-1].flatten(0, 1), gates.flatten(0, 1))
        pool.give(back, sizes)
        pool.give(ctx.lent, sizes)
        return None, None, None, d_x, *d_weights, *d_state


def _fill_inputs(run: FusedForward, sizes: Sizes, x: Tensor, weights: LayerWeights) -> None:
    """Puts X·W_ih and the biases into the blocks of the run's gates."""
    cut = len(weights.b_ih) - run.own * sizes.hidden
    shared, recurrent = weights.b_ih[:cut] + weights.b_hh[:cut], weights.b_hh[cut:]
    bias = torch.cat([weights.b_ih[cut:], shared])
    w_ih = _turned(weights.w_ih, run.own * sizes.hidden)
    fill = _multiply if x.is_floating_point() else _look_up
    fill(run, sizes, x, w_ih, bias, recurrent.view(-1, sizes.units))


def _multiply(run: FusedForward, sizes: Sizes, x: Tensor, w_ih: Tensor, bias: Tensor, recurrent: Tensor) -> None:
    product = torch.addmm(bias, x.flatten(0, 1), w_ih.t()).unflatten(0, x.shape[:2])
    count = len(bias) // sizes.hidden
    run.gates[:, :count].copy_(sizes.as_blocks(product))
    run.gates[:, count:].copy_(recurrent.view(-1, sizes.pieces, 1, sizes.units))
    for block in run.doubled:
        run.gates[:, block].mul_(2)


def _look_up(run: FusedForward, sizes: Sizes, ids: Tensor, w_ih: Tensor, bias: Tensor, recurrent: Tensor) -> None:
    """The product of one-hot rows with W_ih, as rows of a table of all of them: one call for all steps."""
    vocabulary, pieces = w_ih.shape[1], len(bias) // sizes.units
    table = torch.empty(pieces * vocabulary + len(recurrent), sizes.units, dtype=sizes.dtype, device=sizes.device)
    inputs = table[: pieces * vocabulary].view(pieces, vocabulary, sizes.units)
    torch.add(sizes.outwards(w_ih), bias.view(pieces, 1, sizes.units), out=inputs)
    for block in run.doubled:
        inputs[block * sizes.pieces : (block + 1) * sizes.pieces].mul_(2)
    table[pieces * vocabulary :] = recurrent
    begins = torch.arange(0, pieces * vocabulary, vocabulary, device=ids.device)
    constant = torch.arange(pieces * vocabulary, len(table), device=ids.device)
    which = ids.unsqueeze(1) + begins.unsqueeze(1)
    if len(constant):
        which = torch.cat([which, constant.view(1, -1, 1).expand(len(ids), -1, ids.shape[1])], dim=1)
    torch.index_select(table, 0, which.flatten(), out=run.gates.view(-1, sizes.units))


def _weight_gradients(x: Tensor, w_ih: Tensor, hidden: Tensor, gates: Tensor) -> tuple[Tensor | None, ...]:
    """Gradients of x (None for ids) and of the weights, in torch.nn's order: one product each over all steps.

    `hidden` are the states before each step `[T*B, H]`, `gates` the gradients of the blocks `[T*B, K*H]`.
    """
    rows = len(w_ih)
    shift = gates.shape[1] - rows
    inputs, recurrent = gates[:, :rows], gates[:, shift:]
    d_w_hh = recurrent.t() @ hidden
    if x.is_floating_point():
        d_x, d_w_ih = (inputs @ _turned(w_ih, shift)).view_as(x), inputs.t() @ x.flatten(0, 1)
        sums = gates.sum(0)
    else:
        table = gates.new_zeros(w_ih.shape[1], gates.shape[1]).index_add_(0, x.flatten(), gates)
        d_x, d_w_ih, sums = None, table[:, :rows].t(), table.sum(0)
    # A clone, because autograd may keep what it is given as a parameter's gradient, and no two may share memory.
    return d_x, _turned(d_w_ih, -shift), d_w_hh, _turned(sums[:rows], -shift), sums[shift:].clone()


def _turned(weight: Tensor, shift: int) -> Tensor:
    """The last rows first: torch.nn's order of gates to that of the blocks, or back with a shift below zero."""
    return weight.roll(shift, 0) if shift else weight
