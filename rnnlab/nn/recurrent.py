"""The recurrent part of a model: a stack of layers in one or two directions, computed by one of the engines.

Parameters have torch.nn's names and layouts, whichever engine computes; state goes in and comes out. It must not
know vocabularies, embeddings or losses.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rnnlab.nn import layouts
from rnnlab.nn.by_hand import Layers
from rnnlab.nn.cells.base import Cell, LayerWeights, State, by_gate, one_hot
from rnnlab.nn.fused import FusedSequence, Pool
from rnnlab.nn.native import finding
from rnnlab.nn.native.kernels import CELLS
from rnnlab.nn.native.layer import NativeSequence
from rnnlab.nn.onednn import LSTMSequence
from rnnlab.nn.sequences import Sequence, run_sequence

RunLayer = Callable[[Cell, Tensor, State, LayerWeights], tuple[Tensor, State]]
"""`run(cell, x, state, weights) -> (out [T, B, H], last state)`, with x `[T, B, In]` or ids `[T, B]`."""


class Recurrent(nn.Module):
    """`layers` layers of a cell; as `torch.nn.LSTM` is, with `input_size` as one-hot vocabulary where ids come in."""

    def __init__(
        self, cell: Cell, input_size: int, hidden: int, *, layers: int = 1, bidirectional: bool = False
    ) -> None:
        super().__init__()
        self.cell = cell
        self.input_size = input_size
        self.hidden = hidden
        self.layers = layers
        self.directions = 2 if bidirectional else 1
        self.dropout = 0.0
        """Share silenced between layers in training mode; may change while training goes on."""
        self.layout = layouts.BY_ITSELF
        """How an engine that computes by hand lays a sequence out; of `model.layouts_of`; may be set at any time."""
        self._pools = {"fused": Pool(), "native": Pool(), "rows": Pool()}
        self._names: list[list[tuple[str, ...]]] = []
        for layer in range(layers):
            reads = input_size if layer == 0 else hidden * self.directions
            self._names.append(
                [self._add_weights(layer, reads, suffix) for suffix in ("", "_reverse")[: self.directions]]
            )

    @property
    def width(self) -> int:
        """Numbers that come out at each step."""
        return self.hidden * self.directions

    def _add_weights(self, layer: int, reads: int, suffix: str) -> tuple[str, ...]:
        rows = self.cell.gates * self.hidden
        shapes = {
            f"weight_ih_l{layer}{suffix}": (rows, reads),
            f"weight_hh_l{layer}{suffix}": (rows, self.hidden),
            f"bias_ih_l{layer}{suffix}": (rows,),
            f"bias_hh_l{layer}{suffix}": (rows,),
        }
        for name, shape in shapes.items():
            self.register_parameter(name, nn.Parameter(torch.empty(shape)))
        return tuple(shapes)

    def weights(self) -> list[list[LayerWeights]]:
        """The parameters, by layer and direction."""
        # Not by attribute: that takes a microsecond each, at every step.
        known = cast("dict[str, nn.Parameter]", self._parameters)
        return [[LayerWeights(*(known[n] for n in names)) for names in layer] for layer in self._names]

    @property
    def _one(self) -> Tensor:
        """One of the parameters."""
        return cast("dict[str, nn.Parameter]", self._parameters)[self._names[0][0][0]]

    def zero_state(self, batch: int) -> State:
        """The state before anything was read: `[layers*directions, batch, hidden]` each."""
        like = self._one
        zeros = torch.zeros(self.layers * self.directions, batch, self.hidden, dtype=like.dtype, device=like.device)
        return (zeros,) * self.cell.states

    def forward(self, x: Tensor, state: State, engine: str) -> tuple[Tensor, State]:
        """`x` `[T, B, In]` or ids `[T, B]`, state `[layers*directions, B, H]` each -> (out `[T, B, width]`, state)."""
        if engine == "torch":
            return self._run_kernel(x, state)
        return self._run_layers(run_scratch if engine == "scratch" else partial(self._run_sequence, engine), x, state)

    def learns_by_hand(self, engine: str) -> bool:
        """Whether an engine takes a batch through the layers and back without autograd."""
        return engine in ("native", "fused") and self.directions == 1 and self._one.device.type == "cpu"

    def by_hand(self, engine: str) -> Layers:
        """What does so, one layer after the other."""
        weights = [directions[0] for directions in self.weights()]
        return Layers(partial(self._start, engine), weights, self.silenced, self._pools["rows"])

    @property
    def silenced(self) -> float:
        """The share that is silenced now."""
        return self.dropout if self.training else 0.0

    def _start(self, engine: str) -> Sequence:
        """A new sequence of one layer, by an engine that computes by hand."""
        pool = self._pools[engine]
        if engine == "fused":
            if self.cell.name == "lstm":
                return LSTMSequence(self.cell, pool, self.layout)
            return FusedSequence(self.cell, pool, layouts.pieces_of(self.layout))
        kernels = finding.kernels()
        assert kernels is not None, "the native engine was chosen where there is none"
        return NativeSequence(CELLS[self.cell.name], kernels, pool, layouts.work_of(self.layout))

    def _run_sequence(
        self, engine: str, cell: Cell, x: Tensor, state: State, weights: LayerWeights
    ) -> tuple[Tensor, State]:
        return run_sequence(self._start(engine), x, state, weights)

    def _run_kernel(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        if not x.is_floating_point():
            x = one_hot(x, self.input_size, state[0].dtype)
        flat = [tensor for layer in self.weights() for direction in layer for tensor in direction]
        assert self.cell.kernel is not None, "the torch engine was chosen for a cell that torch has not"
        return self.cell.kernel(
            x, state, flat, True, self.layers, self.dropout, self.training, self.directions == 2, False
        )

    def _run_layers(self, run: RunLayer, x: Tensor, state: State) -> tuple[Tensor, State]:
        ends: list[State] = []
        for layer, directions in enumerate(self.weights()):
            if layer > 0 and self.dropout > 0:
                x = F.dropout(x, self.dropout, self.training)
            outs = []
            for direction, weights in enumerate(directions):
                begin = tuple(part[layer * self.directions + direction] for part in state)
                out, end = _run_direction(run, self.cell, x, begin, weights, backwards=direction == 1)
                outs.append(out)
                ends.append(end)
            x = outs[0] if len(outs) == 1 else torch.cat(outs, dim=-1)
        return x, tuple(torch.stack(parts) for parts in zip(*ends, strict=True))


def _run_direction(
    run: RunLayer, cell: Cell, x: Tensor, state: State, weights: LayerWeights, *, backwards: bool
) -> tuple[Tensor, State]:
    if not backwards:
        return run(cell, x, state, weights)
    out, end = run(cell, x.flip(0), state, weights)
    return out.flip(0), end


def run_scratch(cell: Cell, x: Tensor, state: State, weights: LayerWeights) -> tuple[Tensor, State]:
    """The cell's equations, one step after the other, with autograd at each: for reading, not for speed."""
    by_name = by_gate(weights, cell.gates)
    outs = []
    for X in x:
        state = cell.step(X, state, by_name)
        outs.append(state[0])
    return torch.stack(outs), state
