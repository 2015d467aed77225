"""Long short-term memory. It must not know layers, directions or models."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from rnnlab.nn.cells.base import Cell, Fused, GateWeights, Gradients, State, dot, torch_kernel
from rnnlab.nn.cells.blocks import Sizes, double_less_one, sigmoid_slope, tanh_of_half, tanh_slope


def step(X: Tensor, state: State, weights: GateWeights) -> State:
    """One step, Hochreiter & Schmidhuber, https://doi.org/10.1162/neco.1997.9.8.1735, with the forget gate of
    Gers et al.; d2l 10.1; gates in torch.nn's order: input, forget, candidate, output.
    """
    H, C = state
    (W_xi, W_xf, W_xc, W_xo), (W_hi, W_hf, W_hc, W_ho), b_x, b_h = weights
    b_i, b_f, b_c, b_o = (x + h for x, h in zip(b_x, b_h, strict=True))
    I = torch.sigmoid(dot(X, W_xi) + H @ W_hi + b_i)  # the input gate  # noqa: E741
    F = torch.sigmoid(dot(X, W_xf) + H @ W_hf + b_f)  # the forget gate
    O = torch.sigmoid(dot(X, W_xo) + H @ W_ho + b_o)  # the output gate  # noqa: E741
    candidate = torch.tanh(dot(X, W_xc) + H @ W_hc + b_c)
    C = F * C + I * candidate
    return O * torch.tanh(C), C


class FusedLSTM:
    """Forward over a sequence. The blocks of a step are torch.nn's gates: input, forget, candidate, output."""

    own: ClassVar[int] = 0
    doubled: ClassVar[tuple[int, ...]] = ()

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        self.gates = sizes.new_blocks(4)
        self.parts = self.gates.unbind(1)
        self.memory = sizes.new_blocks(1, sizes.steps + 1).squeeze(1)
        self.squashed = sizes.new_blocks(1).squeeze(1)
        self._memories = self.memory.unbind()
        self._steps = list(zip(self.gates.flatten(1, 2), *self.parts, self.squashed, strict=True))

    def run(self, hidden: Tensor, state: State, w_hh: Tensor) -> State:
        W = self._sizes.outwards(w_hh)
        rows = self._sizes.readers(hidden[:-1], len(W))
        blocks = self._sizes.as_blocks(hidden[1:]).squeeze(1).unbind()
        self.memory[0].copy_(self._sizes.as_blocks(state[1]).squeeze(0))
        for t, (products, i, f, g, o, squashed) in enumerate(self._steps):
            products.baddbmm_(rows[t], W)
            g.mul_(2)
            products.sigmoid_()
            double_less_one(g, out=g)
            C = torch.mul(f, self._memories[t], out=self._memories[t + 1]).addcmul_(i, g)
            tanh_of_half(torch.mul(C, 2, out=squashed), out=squashed)
            torch.mul(o, squashed, out=blocks[t])
        return hidden[-1].clone(), self._sizes.as_rows(self._memories[-1])


class FusedLSTMBackward:
    """Backward over a sequence: the gates' gradients are those of H and of C times factors that depend on no later
    step, which are computed for all steps at once and become the gradients in place.
    """

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        self._d_hidden = sizes.new_blocks(1, sizes.steps + 1).squeeze(1)
        self._d_hiddens = self._d_hidden.unbind()
        self._d_memory = sizes.new_blocks(1, 1)[0, 0]
        self._from_hidden = sizes.new_blocks(1).squeeze(1)
        self._d_gates = sizes.new_rows(4)
        self._parts = sizes.as_blocks(self._d_gates)
        self._d_rows = sizes.readers(self._d_gates, sizes.pieces)
        self._steps = list(zip(self._from_hidden, self._parts[:, :3], self._parts[:, 3], strict=True))

    def run(self, forward: FusedLSTM, hidden: Tensor, w_hh: Tensor, d_out: Tensor, d_end: State) -> Gradients:
        sizes, W, dC = self._sizes, self._sizes.inwards(w_hh), self._d_memory
        sizes.gather(self._d_hidden, d_out, d_end[0])
        self._find_factors(forward)
        dC.copy_(sizes.as_blocks(d_end[1]).squeeze(0))
        f = forward.parts[1].unbind()
        for t in reversed(range(sizes.steps)):
            dH, (from_hidden, i_f_g, o) = self._d_hiddens[t + 1], self._steps[t]
            dC.addcmul_(dH, from_hidden)
            i_f_g.mul_(dC)
            o.mul_(dH)
            dC.mul_(f[t])
            self._d_hiddens[t].baddbmm_(self._d_rows[t], W)
        return Gradients(self._d_gates, (sizes.as_rows(self._d_hiddens[0]), sizes.as_rows(dC)))

    def _find_factors(self, forward: FusedLSTM) -> None:
        i, f, g, o = forward.parts
        of_i, of_f, of_g, of_o = self._parts.unbind(1)
        sigmoid_slope(g, i, out=of_i)
        sigmoid_slope(forward.memory[:-1], f, out=of_f)
        tanh_slope(i, g, out=of_g)
        sigmoid_slope(forward.squashed, o, out=of_o)
        tanh_slope(o, forward.squashed, out=self._from_hidden)


LSTM = Cell("lstm", step, torch_kernel(torch.lstm), Fused(FusedLSTM, FusedLSTMBackward))
