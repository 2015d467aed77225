"""The gated recurrent unit. It must not know layers, directions or models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor

from rnnlab.nn.cells.base import Cell, Fused, GateWeights, Gradients, State, dot, torch_kernel
from rnnlab.nn.cells.blocks import Sizes, sigmoid_slope, tanh, tanh_slope

_ONE = torch.tensor(1.0)


def step(X: Tensor, state: State, weights: GateWeights) -> State:
    """One step, Cho et al., https://arxiv.org/abs/1406.1078; d2l 10.2; gates in torch.nn's order.

    The textbook resets H before the product with W_hh; torch.nn, and so this one, resets the product, which is
    nearly the same function and lets the three products be one.
    """
    (H,) = state
    (W_xr, W_xz, W_xh), (W_hr, W_hz, W_hh), (b_xr, b_xz, b_xh), (b_hr, b_hz, b_hh) = weights
    R = torch.sigmoid(dot(X, W_xr) + H @ W_hr + b_xr + b_hr)  # the reset gate
    Z = torch.sigmoid(dot(X, W_xz) + H @ W_hz + b_xz + b_hz)  # the update gate
    candidate = torch.tanh(dot(X, W_xh) + b_xh + R * (H @ W_hh + b_hh))
    return (Z * H + (1 - Z) * candidate,)


class FusedGRU:
    """Forward over a sequence. The blocks of a step are n, r, z, h: n, r and z begin with the inputs' part, and r, z
    and h, the part of the candidate that r scales, take the recurrent products, in torch.nn's order.
    """

    turn: ClassVar[int] = 1

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        self.gates = sizes.new_blocks(4)
        self.parts = self.gates.unbind(1)
        products, r_and_z = self.gates[:, 1:].flatten(1, 2), self.gates[:, 1:3]
        self._steps = list(zip(products, r_and_z, *self.parts, strict=True))

    @staticmethod
    def biases(b_ih: Tensor, b_hh: Tensor) -> tuple[Tensor, Tensor]:
        b_hr, b_hz, b_hn = b_hh.chunk(3)
        return b_ih + torch.cat([b_hr, b_hz, torch.zeros_like(b_hn)]), b_hn

    def run(self, hidden: Tensor, state: State, w_hh: Tensor) -> State:
        W = self._sizes.outwards(w_hh)
        rows = self._sizes.readers(hidden[:-1], len(W))
        blocks = self._sizes.as_blocks(hidden).squeeze(1).unbind()
        for t, (products, r_and_z, n, r, z, h) in enumerate(self._steps):
            products.baddbmm_(rows[t], W)
            r_and_z.sigmoid_()
            tanh(n.addcmul_(r, h), through=n, out=n)
            torch.lerp(n, blocks[t], z, out=blocks[t + 1])
        return (hidden[-1].clone(),)


class FusedGRUBackward:
    """Backward over a sequence. H' = n + z(H - n), so that the gradients of all gates are that of H' times factors
    which depend on no later step: those are computed for all steps at once.
    """

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        self._d_hidden = sizes.new_blocks(1, sizes.steps + 1).squeeze(1)
        self._factors = sizes.new_blocks(4)
        self._d_gates = sizes.new_rows(4)
        recurrent = self._d_gates[..., sizes.hidden :]
        d_rows, d_blocks = sizes.readers(recurrent, sizes.pieces), sizes.as_blocks(recurrent)
        self._d_hiddens = self._d_hidden.unbind()
        self._steps = list(zip(self._factors[:, 1:], d_rows, d_blocks, strict=True))

    def run(self, forward: FusedGRU, hidden: Tensor, w_hh: Tensor, d_out: Tensor, d_end: State) -> Gradients:
        sizes, W = self._sizes, self._sizes.inwards(w_hh)
        self._find_factors(forward.parts, sizes.as_blocks(hidden[:-1]).squeeze(1))
        sizes.gather(self._d_hidden, d_out, d_end[0])
        z = forward.parts[2].unbind()
        for t in reversed(range(sizes.steps)):
            factors, d_rows, d_blocks = self._steps[t]
            dH, dH_before = self._d_hiddens[t + 1], self._d_hiddens[t]
            torch.mul(dH, factors, out=d_blocks)
            dH_before.addcmul_(dH, z[t]).baddbmm_(d_rows, W)
        d_n = sizes.as_blocks(self._d_gates[..., : sizes.hidden]).squeeze(1)
        torch.mul(self._d_hidden[1:], self._factors[:, 0], out=d_n)
        inputs, recurrent = self._d_gates[..., : 3 * sizes.hidden], self._d_gates[..., sizes.hidden :]
        return Gradients(inputs, recurrent, (sizes.as_rows(self._d_hiddens[0]),))

    def _find_factors(self, parts: Sequence[Tensor], H: Tensor) -> None:
        n, r, z, h = parts
        of_n, of_r, of_z, of_h = self._factors.unbind(1)
        tanh_slope(torch.sub(_ONE, z, out=of_z), n, out=of_n)
        torch.mul(of_n, r, out=of_h)
        sigmoid_slope(torch.mul(of_n, h, out=of_z), r, out=of_r)
        sigmoid_slope(torch.sub(H, n, out=of_z), z, out=of_z)


GRU = Cell("gru", step, torch_kernel(torch.gru), Fused(FusedGRU, FusedGRUBackward))
