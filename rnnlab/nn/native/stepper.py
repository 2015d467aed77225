"""A model prepared for writing with the native kernels: a step of one sequence, or of some side by side, is one call.

What is packed is a copy, so that the model may go on training meanwhile. It must not know vocabularies, text or how a
token is chosen.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rnnlab.errors import BadInput
from rnnlab.nn.choosing import Logits
from rnnlab.nn.native.kernels import CELLS, Dense, Kernels, StepLayer, Stepper, at
from rnnlab.specs import ModelSpec

_TABLE = 1 << 23
"""Numbers up to which the product of all embeddings with W_ih is kept as a table."""
_TYPE = torch.float32


class State:
    """Where one text is, or some: an array `[layers, 1 or 2, sequences, H]`, and its place in memory."""

    def __init__(self, array: np.ndarray) -> None:
        self.array, self.at, self.nbytes = array, array.ctypes.data, array.nbytes


class NativeStepper:
    """Reads one token after another, of some texts at once. Raises BadInput for a model that it does not step."""

    def __init__(self, spec: ModelSpec, weights: Mapping[str, Tensor], kernels: Kernels, *, sequences: int = 1) -> None:
        if spec.cell not in CELLS or spec.bidirectional:
            raise BadInput("the native engine writes with cells that it has, from left to right")
        self._cell, self._kernels, self._sequences = CELLS[spec.cell], kernels, sequences
        self._spec = spec
        self._kept: list[Any] = []
        """Memory that the kernels read."""
        weights = {name: weight.detach().to("cpu", _TYPE).contiguous() for name, weight in weights.items()}
        layers = (StepLayer * spec.layers)(*(self._layer(weights, layer) for layer in range(spec.layers)))
        rows = self._cell.gates * spec.hidden
        a, x = torch.empty(2, sequences, rows).unbind()
        output = self._dense(weights["output.weight"], weights["output.bias"])
        self._kept += [layers, a, x]
        self._stepper = Stepper(
            layers=spec.layers,
            sequences=sequences,
            hidden=spec.hidden,
            layer=ctypes.addressof(layers),
            output=output,
            table=at(self._table),
            a=at(a),
            x=at(x),
        )
        self._logits = np.empty((sequences, output.rows), np.float32)
        self._tokens = np.zeros(sequences, np.int64)
        self._number, self._stepper_at = self._cell.number, ctypes.addressof(self._stepper)
        self._tokens_at = self._tokens.ctypes.data
        self._logits_at = self._logits.ctypes.data
        self._rows = [_drawn(kernels, row) for row in self._logits]
        self._row = self._rows[0]
        self._step = kernels.function("step", _TYPE)

    def zero_state(self) -> State:
        """The state before anything was read."""
        shape = self._spec.layers, 1 + self._cell.memory, self._sequences, self._spec.hidden
        return State(np.zeros(shape, np.float32))

    def copied(self, state: State) -> State:
        """The state by itself: what a later step does not change."""
        return State(state.array.copy())

    def step(self, token: int, state: State) -> np.ndarray:
        """Reads a token: moves the state on and gives the logits `[V]` of the next, in memory that is used again."""
        self._tokens[0] = token
        self._step(self._number, self._stepper_at, self._tokens_at, state.at, self._logits_at)
        return self._row

    def spread(self, state: State) -> State:
        """The state of one text as that of each sequence."""
        return State(np.repeat(state.array[:, :, :1], self._sequences, axis=2))

    def step_all(self, tokens: np.ndarray, state: State) -> list[Logits]:
        """Reads a token of each sequence; gives their logits, `[V]` each, in memory that is used again."""
        self._tokens[:] = tokens
        self._step(self._number, self._stepper_at, self._tokens_at, state.at, self._logits_at)
        return self._rows

    def _layer(self, weights: Mapping[str, Tensor], layer: int) -> StepLayer:
        kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        w_ih, w_hh, b_ih, b_hh = (weights[f"recurrent.{kind}_l{layer}"] for kind in kinds)
        # The bias of a gate that keeps its parts apart stays with its recurrent part.
        shared = (self._cell.gates - self._cell.own) * self._spec.hidden
        bias = torch.cat([b_ih[:shared] + b_hh[:shared], b_ih[shared:]])
        recurrent = self._dense(w_hh, torch.cat([torch.zeros_like(b_hh[:shared]), b_hh[shared:]]))
        return StepLayer(self._inputs(weights, w_ih, bias) if layer == 0 else self._dense(w_ih, bias), recurrent)

    def _inputs(self, weights: Mapping[str, Tensor], w_ih: Tensor, bias: Tensor) -> Dense:
        """The first layer's: a row of a table of all tokens', or, where that is large, a product with an embedding."""
        embedding = weights.get("embedding.weight")
        if embedding is not None and len(embedding) * len(bias) > _TABLE:
            self._table = embedding.clone()
            return self._dense(w_ih, bias)
        self._table = (w_ih.t() if embedding is None else embedding @ w_ih.t()) + bias
        self._table = self._table.contiguous()
        return Dense(rows=len(bias), columns=w_ih.shape[1])

    def _dense(self, weight: Tensor, bias: Tensor) -> Dense:
        rows, columns = weight.shape
        panels = torch.empty(self._kernels.call("packed_dense_size", _TYPE, rows, columns))
        self._kernels.call("pack_dense", _TYPE, at(weight), rows, columns, at(panels))
        bias = bias.clone()
        self._kept += [panels, bias]
        return Dense(rows, columns, at(panels), at(bias))


def _drawn(kernels: Kernels, row: np.ndarray) -> Logits:
    """A row of logits `[V]` that draws by itself."""
    logits = row.view(Logits)
    logits.draw = kernels.drawing(row)
    return logits
