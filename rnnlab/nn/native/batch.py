"""The native engine: a batch through all layers, the output layer and back, as one call.

What it works in is made once for a shape of batches, and all its addresses are written down. It must not know
embeddings, how noise is drawn or what becomes of gradients.
"""

from __future__ import annotations

import ctypes
from typing import NamedTuple

import torch
from torch import Tensor

from rnnlab.nn.cells.base import LayerWeights, State
from rnnlab.nn.layouts import Work
from rnnlab.nn.native.kernels import Batch, CellShape, Floor, Kernels, Output, at
from rnnlab.nn.native.layer import Buffers, Sizes, measure, sequence_of

_AT_ONCE = 1 << 21
"""Logits made at once: 8 MB in float32."""


class Parameters(NamedTuple):
    """What a batch is learnt with, or where the gradients of it go."""

    layers: list[LayerWeights]
    weight: Tensor
    """The output layer's, `[V, H]`"""
    bias: Tensor
    """`[V]`"""


class NativeBatches:
    """Batches of one shape, one after the other, by parameters that stay where they are."""

    def __init__(
        self,
        kernels: Kernels,
        cell: CellShape,
        x: Tensor,
        parameters: Parameters,
        gradients: Parameters,
        work: Work,
    ) -> None:
        self._work = work
        self._parameters, self._gradients = parameters, gradients
        self.d_x = torch.empty_like(x) if x.is_floating_point() else None
        """The gradient of x `[T, B, In]` after a batch; None for ids."""
        self.layers: list[Memory] = []
        floors: list[Floor] = []
        d_x = self.d_x
        for weights, into in zip(parameters.layers, gradients.layers, strict=True):
            layer = Memory(measure(kernels, cell, x, weights, work))
            self.layers.append(layer)
            floors.append(layer.floor(x, weights, into, d_x, work))
            x, d_x = layer.out, layer.d_out
        self._floors = (Floor * len(floors))(*floors)
        self._sequences = [floor.sequence for floor in self._floors]
        self._row = self.layers[0].out[0].nbytes  # of a layer's state
        self._losses = parameters.bias.new_empty(len(x.flatten(0, 1)))
        self._outputs = self._make_outputs(kernels, self.layers[-1].d_out.flatten(0, 1))
        self._batch = Batch(
            layers=len(floors),
            pieces=len(self._outputs),
            floor=ctypes.addressof(self._floors),
            output=ctypes.addressof(self._outputs),
            tokens=len(self._losses),
            losses=at(self._losses),
        )
        self._learn, self._number = kernels.function("learn", parameters.bias.dtype), cell.number

    def learn(self, x: Tensor, targets: Tensor, state: State, noises: list[Tensor | None]) -> tuple[Tensor, State]:
        """x `[T, B, In]` or ids `[T, B]`, targets `[T*B]`, state `[layers, B, H]` each, and what the outputs of each
        layer are multiplied with -> (nats per token, 0-d, state). Fills the gradients."""
        state = tuple(part.contiguous() for part in state)
        ends = tuple(torch.empty_like(part) for part in state)
        first, end = [part.data_ptr() for part in state], [part.data_ptr() for part in ends]
        for floor, sequence, layer, noise in zip(self._floors, self._sequences, self.layers, noises, strict=True):
            if x.is_floating_point():
                sequence.x = at(x)
            else:
                sequence.ids = at(x)
            sequence.first, floor.end = first[0], end[0]
            if len(first) > 1:
                sequence.first_memory, floor.end_memory = first[1], end[1]
            first, end = [place + self._row for place in first], [place + self._row for place in end]
            x = layer.heard(noise)
            floor.noise, floor.silenced = at(noise), at(x)
        self._read(x, targets)
        loss = self._losses.new_empty(())
        self._batch.loss = at(loss)
        self._learn(self._number, ctypes.addressof(self._batch))
        return loss, ends

    def _read(self, hidden: Tensor, targets: Tensor) -> None:
        """Let the output layer read these states and be held to these tokens."""
        states, tokens, row = hidden.data_ptr(), targets.data_ptr(), hidden.shape[-1] * hidden.element_size()
        start = 0
        for piece in self._outputs:
            piece.hidden, piece.targets = states + start * row, tokens + start * targets.element_size()
            start += piece.tokens

    def _make_outputs(self, kernels: Kernels, d_hidden: Tensor) -> ctypes.Array[Output]:
        _, weight, bias = self._parameters
        (vocabulary, width), tokens = weight.shape, len(d_hidden)
        step = min(tokens, max(1, _AT_ONCE // vocabulary))
        self._logits = weight.new_empty(step * vocabulary)
        tiles = kernels.takes_tiles(weight.dtype, asked=self._work.tiles)
        self._packed = weight.new_empty(kernels.call("output_panels_size", weight.dtype, width, vocabulary, tiles))
        starts = range(0, tokens, step)
        return (Output * len(starts))(
            *(
                Output(
                    tokens=min(step, tokens - start),
                    width=width,
                    vocabulary=vocabulary,
                    all=tokens,
                    weight=at(weight),
                    bias=at(bias),
                    packed=at(self._packed),
                    gradient=at(self._logits),
                    losses=at(self._losses[start:]),
                    d_hidden=at(d_hidden[start:]),
                    d_weight=at(self._gradients.weight),
                    d_bias=at(self._gradients.bias),
                    begins=start == 0,
                    packs_from=self._work.packs_from,
                    tiles=tiles,
                )
                for start in starts
            )
        )


class Memory:
    """That of one layer."""

    def __init__(self, sizes: Sizes) -> None:
        rows = sizes.batch, sizes.hidden
        self.sizes, self.buffers = sizes, Buffers(sizes)
        self.hidden = torch.empty(sizes.steps + 1, *rows, dtype=sizes.dtype)
        self.out = self.hidden[1:]
        self.d_out = torch.empty_like(self.out)
        self._d_state = torch.empty(1 + sizes.cell.memory, *rows, dtype=sizes.dtype)
        self._silenced: Tensor | None = None

    def floor(self, x: Tensor, weights: LayerWeights, gradients: LayerWeights, d_x: Tensor | None, work: Work) -> Floor:
        """All of it, as the kernels read it."""
        sequence = sequence_of(self.sizes, self.buffers, x, weights, self.hidden, work)
        sequence.d_out, sequence.d_state = at(self.d_out), at(self._d_state[0])
        sequence.d_memory = at(self._d_state[1]) if self.sizes.cell.memory else None
        sequence.d_w_hh, sequence.d_w_ih = at(gradients.w_hh), at(gradients.w_ih)
        sequence.d_b_ih, sequence.d_b_hh, sequence.d_x = at(gradients.b_ih), at(gradients.b_hh), at(d_x)
        return Floor(sequence=sequence, d_out=at(self.d_out))

    def heard(self, noise: Tensor | None) -> Tensor:
        """What is read of its outputs `[T, B, H]`."""
        if noise is None:
            return self.out
        if self._silenced is None:
            self._silenced = torch.empty_like(self.out)
        return self._silenced
