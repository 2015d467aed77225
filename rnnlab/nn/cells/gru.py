"""The gated recurrent unit. It must not know layers, directions or models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor

from rnnlab.nn.cells.base import Cell, Fused, GateWeights, Gradients, State, dot, torch_kernel
from rnnlab.nn.cells.blocks import Sizes, sigmoid_slope, tanh_of_half, tanh_slope

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
    """Forward over a sequence. The blocks of a step are n, r, z and h: the candidate's input part n, which becomes the
    candidate, the two gates, and the candidate's recurrent part h, which r scales.
    """

    own: ClassVar[int] = 1
    doubled: ClassVar[tuple[int, ...]] = (0,)

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        self.gates = sizes.new_blocks(4)
        self.parts = self.gates.unbind(1)
        products, r_and_z = self.gates[:, 1:].flatten(1, 2), self.gates[:, 1:3]
        self._steps = list(zip(products, r_and_z, *self.parts, strict=True))

    def run(self, hidden: Tensor, state: State, w_hh: Tensor) -> State:
        W = self._sizes.outwards(w_hh)
        rows = self._sizes.readers(hidden[:-1], len(W))
        blocks = self._sizes.as_blocks(hidden).squeeze(1).unbind()
        for t, (products, r_and_z, n, r, z, h) in enumerate(self._steps):
            products.baddbmm_(rows[t], W)
            r_and_z.sigmoid_()
            tanh_of_half(n.addcmul_(r, h, value=2), out=n)
            torch.lerp(n, blocks[t], z, out=blocks[t + 1])
        return (hidden[-1].clone(),)


class FusedGRUBackward:
    """Backward over a sequence. H' = n + z(H - n), so that the gradients of all blocks are that of H' times factors
    that depend on no later step: these are computed for all steps at once, and become the gradients in place.
    """

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        self._d_hidden = sizes.new_blocks(1, sizes.steps + 1).squeeze(1)
        self._d_hiddens = self._d_hidden.unbind()
        self._d_gates = sizes.new_rows(4)
        self._parts = sizes.as_blocks(self._d_gates)
        self._d_rows = sizes.readers(self._d_gates[..., sizes.hidden :], sizes.pieces)
        self._d_blocks = self._parts.unbind()

    def run(self, forward: FusedGRU, hidden: Tensor, w_hh: Tensor, d_out: Tensor, d_end: State) -> Gradients:
        sizes, W = self._sizes, self._sizes.inwards(w_hh)
        sizes.gather(self._d_hidden, d_out, d_end[0])
        self._find_factors(forward.parts, sizes.as_blocks(hidden[:-1]).squeeze(1))
        z = forward.parts[2].unbind()
        for t in reversed(range(sizes.steps)):
            dH, dH_before = self._d_hiddens[t + 1], self._d_hiddens[t]
            self._d_blocks[t].mul_(dH)
            dH_before.addcmul_(dH, z[t]).baddbmm_(self._d_rows[t], W)
        return Gradients(self._d_gates, (sizes.as_rows(self._d_hiddens[0]),))

    def _find_factors(self, parts: Sequence[Tensor], H: Tensor) -> None:
        n, r, z, h = parts
        of_n, of_r, of_z, of_h = self._parts.unbind(1)
        tanh_slope(torch.sub(_ONE, z, out=of_z), n, out=of_n)
        torch.mul(of_n, r, out=of_h)
        sigmoid_slope(torch.mul(of_n, h, out=of_z), r, out=of_r)
        sigmoid_slope(torch.sub(H, n, out=of_z), z, out=of_z)


GRU = Cell("gru", step, torch_kernel(torch.gru), Fused(FusedGRU, FusedGRUBackward))
