"""The fused engine: a whole sequence of one layer, forward and backward by hand.

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

from rnnlab.nn.cells.base import Cell, FusedForward, LayerWeights, State
from rnnlab.nn.cells.blocks import Sizes
from rnnlab.nn.layouts import usual_pieces
from rnnlab.nn.sequences import multiply_back, run_sequence


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
        lent = free.pop() if free else _made(kind, sizes)
        lent.uses += 1
        return lent

    def give(self, lent: Lent, sizes: Hashable) -> None:
        """Gives buffers back; what is in them stays until they are lent again. Giving twice is giving once."""
        free = self._free.setdefault(type(lent.buffers), [])
        if sizes == self._sizes and all(lent is not other for other in free):
            free.append(lent)


def _made(kind: type, sizes: Hashable) -> Lent:
    # Buffers made in inference mode could never be written again outside of it.
    with torch.inference_mode(False), torch.no_grad():
        return Lent(kind(sizes))


def run_fused(cell: Cell, x: Tensor, state: State, weights: LayerWeights, pool: Pool) -> tuple[Tensor, State]:
    """One direction of one layer: x `[T, B, In]` or ids `[T, B]` -> (out `[T, B, H]`, last state `[B, H]` each)."""
    return run_sequence(FusedSequence(cell, pool), x, state, weights)


class FusedSequence:
    """One direction of one layer over one sequence; see `sequences.Sequence`. `pieces` 0 leaves it to the shape."""

    def __init__(self, cell: Cell, pool: Pool, pieces: int = 0) -> None:
        assert cell.fused is not None, "the fused engine was chosen for a cell that has no fused run"
        self._fused, self._states, self._pool, self._pieces = cell.fused, cell.states, pool, pieces
        self._sizes: Sizes
        self._lent: Lent
        self._uses = 0

    def forward(self, x: Tensor, state: State, weights: LayerWeights, hidden: Tensor, *, recording: bool) -> State:
        """Fills `hidden`, gives the last state."""
        sizes = self._sizes = Sizes.of(x, weights.w_hh, self._pieces or _pieces_for(weights.w_hh))
        lent = self._lent = self._pool.take(self._fused.forward, sizes)
        self._uses = lent.uses
        run: FusedForward = lent.buffers
        _fill_inputs(run, sizes, x, weights)
        hidden[0] = state[0]
        end = run.run(hidden, state, weights.w_hh)
        if not recording:
            self._pool.give(lent, sizes)
        return end

    def backward(
        self,
        x: Tensor,
        weights: LayerWeights,
        hidden: Tensor,
        d_out: Tensor,
        d_end: State | None,
        gradients: LayerWeights,
        d_x: Tensor | None,
    ) -> State:
        """Fills the gradients, gives those of the first state."""
        self._lent.check(self._uses)
        back = self._pool.take(self._fused.backward, self._sizes)
        run: FusedForward = self._lent.buffers
        d_end = d_end or (hidden.new_zeros(hidden.shape[1:]),) * self._states
        gates, d_state = back.buffers.run(run, hidden, weights.w_hh, d_out, d_end)
        multiply_back(x, weights, hidden, gates, gradients, d_x)
        _sum_gates(x, gates.flatten(0, 1), gradients)
        self._pool.give(back, self._sizes)
        self._pool.give(self._lent, self._sizes)
        return d_state


def _pieces_for(w_hh: Tensor) -> int:
    return usual_pieces(w_hh.shape[1], torch.get_num_threads()) if w_hh.device.type == "cpu" else 1


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


def _sum_gates(x: Tensor, gates: Tensor, gradients: LayerWeights) -> None:
    """The gradients of the biases and, for ids, of W_ih, from those of the blocks `[T*B, K*H]`."""
    rows, inputs = gradients.w_ih.shape
    shift = gates.shape[1] - rows
    if x.is_floating_point():
        sums = gates.sum(0)
    else:
        table = gates.new_zeros(inputs, gates.shape[1]).index_add_(0, x.flatten(), gates)
        gradients.w_ih.copy_(_turned(table[:, :rows].t(), -shift))
        sums = table.sum(0)
    gradients.b_ih.copy_(_turned(sums[:rows], -shift))
    gradients.b_hh.copy_(sums[shift:])


def _turned(weight: Tensor, shift: int) -> Tensor:
    """The last rows first: torch.nn's order of gates to that of the blocks, or back with a shift below zero."""
    return weight.roll(shift, 0) if shift else weight
