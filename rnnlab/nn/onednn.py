"""The fused engine's LSTM where torch has a whole sequence of it in one call, oneDNN's: in float32 on a CPU.

Called by hand, there and back, it needs no autograd and fills what is there to be filled. It must not know layers,
models or vocabularies.
"""

from __future__ import annotations

import functools

import torch
from torch import Tensor

from rnnlab.nn.cells.base import Cell, LayerWeights, State, one_hot
from rnnlab.nn.fused import FusedSequence, Pool
from rnnlab.nn.layouts import pieces_of, takes_whole
from rnnlab.nn.sequences import Sequence

_TOLERANCE = 1e-4
"""Largest difference between it and the steps by hand."""
_LSTM = 2
"""The cell's number in torch."""


class LSTMSequence:
    """One direction of one layer over one sequence, the way that its layout says; see `sequences.Sequence`."""

    def __init__(self, cell: Cell, pool: Pool, layout: str) -> None:
        self._cell, self._layout = cell, layout
        self._way: Sequence = FusedSequence(cell, pool, pieces_of(layout))

    def forward(self, x: Tensor, state: State, weights: LayerWeights, hidden: Tensor, *, recording: bool) -> State:
        """Fills `hidden`, gives the last state."""
        whole = takes_whole(self._layout, numbers=x.is_floating_point(), width=weights.w_ih.shape[1])
        if whole and is_for(weights.w_hh) and works(self._cell):
            self._way = WholeSequence()
        return self._way.forward(x, state, weights, hidden, recording=recording)

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
        return self._way.backward(x, weights, hidden, d_out, d_end, gradients, d_x)


def is_for(weight: Tensor) -> bool:
    """Whether oneDNN computes with weights like this one, were it there."""
    return weight.dtype == torch.float32 and weight.device.type == "cpu"


@functools.cache
def works(cell: Cell) -> bool:
    """Whether this torch has it, and it computes what the steps by hand do."""
    # Nothing of it is part of what torch promises.
    if not torch.backends.mkldnn.is_available() or not hasattr(torch.ops.aten, "mkldnn_rnn_layer_backward"):
        return False
    try:
        found, expected = _gradients(WholeSequence()), _gradients(FusedSequence(cell, Pool()))
    except RuntimeError:
        return False
    return all(torch.allclose(a, b, atol=_TOLERANCE) for a, b in zip(found, expected, strict=True))


def _gradients(sequence: Sequence) -> list[Tensor]:
    """All that comes out of a small sequence, there and back."""
    steps, batch, hidden, inputs = 3, 2, 8, 3
    new = lambda *shape: torch.linspace(-1, 1, torch.Size(shape).numel()).view(shape)  # noqa: E731
    weights = LayerWeights(new(4 * hidden, inputs), new(4 * hidden, hidden), new(4 * hidden), new(4 * hidden))
    ids, state = torch.arange(steps * batch).view(steps, batch) % inputs, (new(batch, hidden), -new(batch, hidden))
    outs, gradients = torch.empty(steps + 1, batch, hidden), LayerWeights(*map(torch.empty_like, weights))
    with torch.inference_mode(False), torch.no_grad():
        end = sequence.forward(ids, state, weights, outs, recording=True)
        begin = sequence.backward(ids, weights, outs, new(steps, batch, hidden), state, gradients, None)
    return [outs, *end, *gradients, *(begin or ())]


class WholeSequence:
    """oneDNN's; see `sequences.Sequence`."""

    def __init__(self) -> None:
        self._x: Tensor
        self._begin: State
        self._end: State
        self._kept: Tensor

    def forward(self, x: Tensor, state: State, weights: LayerWeights, hidden: Tensor, *, recording: bool) -> State:
        """Fills `hidden`, gives the last state."""
        self._x = x if x.is_floating_point() else one_hot(x, weights.w_ih.shape[1], hidden.dtype)
        self._begin = tuple(part.contiguous() for part in state)
        # What backward needs is kept where gradients are wanted, and autograd is not: nothing here requires any.
        with torch.set_grad_enabled(recording):
            out, *end, self._kept = torch.ops.aten.mkldnn_rnn_layer(
                self._x.detach(),
                *(weight.detach() for weight in weights),
                *(part.detach() for part in self._begin),
                reverse=False,
                batch_sizes=[],
                mode=_LSTM,
                hidden_size=hidden.shape[2],
                num_layers=1,
                has_biases=True,
                bidirectional=False,
                batch_first=False,
                train=recording,
            )
        hidden[0] = state[0]
        hidden[1:] = out
        self._end = tuple(end)
        return tuple(part.clone() for part in end)

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
        d_inputs, *found = torch.ops.aten.mkldnn_rnn_layer_backward(
            self._x,
            *weights,
            *self._begin,
            hidden[1:],
            *self._end,
            d_out.contiguous(),
            *(d_end or map(torch.zeros_like, self._end)),
            reverse=False,
            mode=_LSTM,
            hidden_size=hidden.shape[2],
            num_layers=1,
            has_biases=True,
            train=True,
            bidirectional=False,
            batch_sizes=[],
            batch_first=False,
            workspace=self._kept,
        )
        for gradient, new in zip(gradients, found[:4], strict=True):
            gradient.copy_(new)
        if d_x is not None:
            d_x.copy_(d_inputs)
        return tuple(found[4:])
