"""The simplified gated recurrent unit of the lectures: an update gate and nothing else.

It must not know layers, directions or models.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from rnnlab.nn.cells.base import Cell, Fused, GateWeights, Gradients, State, dot
from rnnlab.nn.cells.blocks import Sizes, double_less_one, sigmoid_slope, tanh_slope


def step(X: Tensor, state: State, weights: GateWeights) -> State:
    """One step, Ng's Sequence Models, week 1, where C is the state: the full unit with its reset gate held open.

    candidate = tanh(W_c [C, X] + b_c);  Z = sigmoid(W_u [C, X] + b_u);  C = Z * candidate + (1 - Z) * C
    """
    (C,) = state
    (W_xu, W_xc), (W_hu, W_hc), (b_xu, b_xc), (b_hu, b_hc) = weights
    Z = torch.sigmoid(dot(X, W_xu) + C @ W_hu + b_xu + b_hu)  # the update gate
    candidate = torch.tanh(dot(X, W_xc) + C @ W_hc + b_xc + b_hc)
    return (Z * candidate + (1 - Z) * C,)


class FusedSimpleGRU:
    """Forward over a sequence. The blocks of a step are the update gate z and the candidate c."""

    own: ClassVar[int] = 0
    doubled: ClassVar[tuple[int, ...]] = ()

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        self.gates = sizes.new_blocks(2)
        self.parts = self.gates.unbind(1)
        self._steps = list(zip(self.gates.flatten(1, 2), *self.parts, strict=True))

    def run(self, hidden: Tensor, state: State, w_hh: Tensor) -> State:
        W = self._sizes.outwards(w_hh)
        rows = self._sizes.readers(hidden[:-1], len(W))
        blocks = self._sizes.as_blocks(hidden).squeeze(1).unbind()
        for t, (products, z, c) in enumerate(self._steps):
            products.baddbmm_(rows[t], W)
            c.mul_(2)
            products.sigmoid_()
            double_less_one(c, out=c)
            torch.lerp(blocks[t], c, z, out=blocks[t + 1])
        return (hidden[-1].clone(),)


class FusedSimpleGRUBackward:
    """Backward over a sequence. C' = C + z(c - C), so that the gradients of both blocks are that of C' times factors
    that depend on no later step: these are computed for all steps at once, and become the gradients in place.
    """

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        self._d_hidden = sizes.new_blocks(1, sizes.steps + 1).squeeze(1)
        self._d_hiddens = self._d_hidden.unbind()
        self._d_gates = sizes.new_rows(2)
        self._parts = sizes.as_blocks(self._d_gates)
        self._d_rows = sizes.readers(self._d_gates, sizes.pieces)
        self._d_blocks = self._parts.unbind()

    def run(self, forward: FusedSimpleGRU, hidden: Tensor, w_hh: Tensor, d_out: Tensor, d_end: State) -> Gradients:
        sizes, W = self._sizes, self._sizes.inwards(w_hh)
        sizes.gather(self._d_hidden, d_out, d_end[0])
        z, c = forward.parts
        of_z, of_c = self._parts.unbind(1)
        tanh_slope(z, c, out=of_c)
        sigmoid_slope(torch.sub(c, sizes.as_blocks(hidden[:-1]).squeeze(1)), z, out=of_z)
        for t in reversed(range(sizes.steps)):
            dH, dH_before = self._d_hiddens[t + 1], self._d_hiddens[t]
            self._d_blocks[t].mul_(dH)
            dH_before.add_(dH).addcmul_(dH, z[t], value=-1).baddbmm_(self._d_rows[t], W)
        return Gradients(self._d_gates, (sizes.as_rows(self._d_hiddens[0]),))


GRU_SIMPLE = Cell("gru-simple", step, fused=Fused(FusedSimpleGRU, FusedSimpleGRUBackward))
