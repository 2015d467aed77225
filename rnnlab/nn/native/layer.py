"""The native engine: a whole sequence of one layer, its steps in C++.

It must not know layers above and below, models or vocabularies, nor how the kernels were built.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

import torch
from torch import Tensor

from rnnlab.nn.cells.base import Cell, LayerWeights, State
from rnnlab.nn.fused import Lent, Pool
from rnnlab.nn.layouts import USUAL, Work
from rnnlab.nn.native.kernels import CELLS, CellShape, Kernels, Sequence, at
from rnnlab.nn.sequences import run_sequence


@dataclass(frozen=True)
class Sizes:
    """The shape of a run of one layer over a sequence."""

    cell: CellShape
    steps: int
    batch: int
    hidden: int
    inputs: int
    """Rows of the inputs' parts: tokens of the batch, or of the vocabulary."""
    packed: int
    """Numbers of the larger weight where it is packed for the kernels."""
    dtype: torch.dtype
    tiles: bool
    """Whether the matrix unit multiplies."""


class Buffers:
    """Memory of one sequence that nobody outside sees."""

    def __init__(self, sizes: Sizes) -> None:
        rows, cell = (sizes.steps, sizes.batch), sizes.cell
        new = lambda *shape: torch.empty(shape, dtype=sizes.dtype)  # noqa: E731
        self.packed = new(sizes.packed)
        self.inputs = new(sizes.inputs, cell.gates * sizes.hidden)
        self.kept = new(*rows, max(cell.kept, cell.gates + cell.own) * sizes.hidden)
        self.memories = new(sizes.steps + 1, sizes.batch, sizes.hidden) if cell.memory else None


def measure(kernels: Kernels, cell: CellShape, x: Tensor, weights: LayerWeights, work: Work) -> Sizes:
    """What a layer that reads x `[T, B, In]`, or ids `[T, B]`, needs."""
    (hidden, width), dtype = (weights.w_hh.shape[1], weights.w_ih.shape[1]), weights.w_hh.dtype
    tiles = kernels.takes_tiles(dtype, asked=work.tiles)
    packed = kernels.call("packed_size", dtype, cell.number, hidden, width, tiles)
    rows = x.shape[0] * x.shape[1] if x.is_floating_point() else width
    return Sizes(cell, x.shape[0], x.shape[1], hidden, rows, packed, dtype, tiles)


def sequence_of(
    sizes: Sizes, buffers: Buffers, x: Tensor, weights: LayerWeights, hidden: Tensor, work: Work
) -> Sequence:
    """What both ways need to know."""
    return Sequence(
        steps=sizes.steps,
        batch=sizes.batch,
        hidden=sizes.hidden,
        width=weights.w_ih.shape[1],
        packs_from=work.packs_from,
        by_units=work.by_units,
        tiles=sizes.tiles,
        ids=None if x.is_floating_point() else at(x),
        x=at(x) if x.is_floating_point() else None,
        w_ih=at(weights.w_ih),
        w_hh=at(weights.w_hh),
        b_ih=at(weights.b_ih),
        b_hh=at(weights.b_hh),
        inputs=at(buffers.inputs),
        packed=at(buffers.packed),
        states=at(hidden),
        memories=at(buffers.memories),
        kept=at(buffers.kept),
    )


def run_native(
    cell: Cell, x: Tensor, state: State, weights: LayerWeights, kernels: Kernels, pool: Pool, work: Work = USUAL
) -> tuple[Tensor, State]:
    """One direction of one layer: x `[T, B, In]` or ids `[T, B]` -> (out `[T, B, H]`, last state `[B, H]` each)."""
    return run_sequence(NativeSequence(CELLS[cell.name], kernels, pool, work), x, state, weights)


class NativeSequence:
    """One direction of one layer over one sequence; see `sequences.Sequence`."""

    def __init__(self, cell: CellShape, kernels: Kernels, pool: Pool, work: Work = USUAL) -> None:
        self._cell, self._kernels, self._pool, self._work = cell, kernels, pool, work
        self._sizes: Sizes
        self._lent: Lent
        self._uses = 0

    def forward(self, x: Tensor, state: State, weights: LayerWeights, hidden: Tensor, *, recording: bool) -> State:
        """Fills `hidden`, gives the last state."""
        sizes = self._sizes = self._measure(x, weights)
        lent = self._lent = self._pool.take(Buffers, sizes)
        self._uses = lent.uses
        buffers: Buffers = lent.buffers
        state = tuple(part.contiguous() for part in state)
        sequence = self._sequence(x, weights, hidden)
        sequence.first, sequence.first_memory = at(state[0]), at(state[1]) if sizes.cell.memory else None
        sequence.kept = at(buffers.kept) if recording else None
        self._run("forward", sequence)
        if not recording:
            self._pool.give(lent, sizes)
        return hidden[-1].clone(), *(() if buffers.memories is None else (buffers.memories[-1].clone(),))

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
        """Fills the gradients, gives those of the first state."""
        self._lent.check(self._uses)
        # The gates' gradients take the place of what forward kept.
        self._lent.uses += 1
        d_out = d_out.contiguous()
        d_state = self._begin_back(hidden, d_end)
        sequence = self._sequence(x, weights, hidden)
        sequence.d_out, sequence.d_state, sequence.to_first = at(d_out), at(d_state[0]), d_end is not None
        sequence.d_memory = at(d_state[1]) if self._cell.memory else None
        sequence.d_w_hh, sequence.d_w_ih = at(gradients.w_hh), at(gradients.w_ih)
        sequence.d_b_ih, sequence.d_b_hh = at(gradients.b_ih), at(gradients.b_hh)
        sequence.d_x = at(d_x)
        self._run("backward", sequence)
        self._pool.give(self._lent, self._sizes)
        return d_state if d_end else None

    def _begin_back(self, hidden: Tensor, d_end: State | None) -> State:
        if d_end is None:
            return tuple(torch.zeros_like(hidden[0]) for _ in range(1 + self._cell.memory))
        return tuple(part.clone(memory_format=torch.contiguous_format) for part in d_end)

    def _measure(self, x: Tensor, weights: LayerWeights) -> Sizes:
        return measure(self._kernels, self._cell, x, weights, self._work)

    def _sequence(self, x: Tensor, weights: LayerWeights, hidden: Tensor) -> Sequence:
        return sequence_of(self._sizes, self._lent.buffers, x, weights, hidden, self._work)

    def _run(self, way: str, sequence: Sequence) -> None:
        self._kernels.call(way, self._sizes.dtype, self._cell.number, ctypes.addressof(sequence))
