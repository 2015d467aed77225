"""The simple recurrent network, with tanh or with relu. It must not know layers, directions or models."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from rnnlab.nn.cells.base import Cell, Fused, GateWeights, Gradients, State, dot, torch_kernel
from rnnlab.nn.cells.blocks import Sizes, tanh_of_half

_ONE = torch.tensor(1.0)


def tanh_step(X: Tensor, state: State, weights: GateWeights) -> State:
    """H = tanh(X·W_xh + H·W_hh + b_h), Elman, https://doi.org/10.1207/s15516709cog1402_1; d2l 9.4."""
    return (torch.tanh(_pre_activation(X, state, weights)),)


def relu_step(X: Tensor, state: State, weights: GateWeights) -> State:
    """H = max(0, X·W_xh + H·W_hh + b_h), Le et al., https://arxiv.org/abs/1504.00941."""
    return (torch.relu(_pre_activation(X, state, weights)),)


def _pre_activation(X: Tensor, state: State, weights: GateWeights) -> Tensor:
    (H,) = state
    (W_xh,), (W_hh,), (b_xh,), (b_hh,) = weights
    b_h = b_xh + b_hh  # torch.nn keeps two biases, which only ever act as their sum
    return dot(X, W_xh) + H @ W_hh + b_h


class FusedRNN:
    """Forward over a sequence."""

    own: ClassVar[int] = 0
    doubled: ClassVar[tuple[int, ...]] = (0,)

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        self.gates = sizes.new_blocks(1)
        self._pre = self.gates.squeeze(1).unbind()

    def run(self, hidden: Tensor, state: State, w_hh: Tensor) -> State:
        W = self._sizes.outwards(w_hh)
        rows = self._sizes.readers(hidden[:-1], len(W))
        blocks = self._sizes.as_blocks(hidden[1:]).squeeze(1).unbind()
        for pre, H, H_next in zip(self._pre, rows, blocks, strict=True):
            self.activate(pre, H, W, H_next)
        return (hidden[-1].clone(),)

    @staticmethod
    def activate(pre: Tensor, H: Tensor, W: Tensor, out: Tensor) -> None:
        tanh_of_half(pre.baddbmm_(H, W, alpha=2), out=out)


class FusedRNNBackward:
    """Backward over a sequence: the slope of the activation is a function of its output, known for all steps."""

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        self._d_hidden = sizes.new_blocks(1, sizes.steps + 1).squeeze(1)
        self._d_hiddens = self._d_hidden.unbind()
        self._d_pre = sizes.new_rows()
        self._d_rows = sizes.readers(self._d_pre, sizes.pieces)
        self._d_blocks = sizes.as_blocks(self._d_pre).squeeze(1).unbind()

    def run(self, forward: FusedRNN, hidden: Tensor, w_hh: Tensor, d_out: Tensor, d_end: State) -> Gradients:
        sizes, W = self._sizes, self._sizes.inwards(w_hh)
        sizes.gather(self._d_hidden, d_out, d_end[0])
        self.slope(hidden[1:], out=self._d_pre)
        for t in reversed(range(sizes.steps)):
            self._d_blocks[t].mul_(self._d_hiddens[t + 1])
            self._d_hiddens[t].baddbmm_(self._d_rows[t], W)
        return Gradients(self._d_pre, (sizes.as_rows(self._d_hiddens[0]),))

    @staticmethod
    def slope(H: Tensor, out: Tensor) -> None:
        torch.addcmul(_ONE, H, H, value=-1, out=out)


class FusedReLU(FusedRNN):
    """Forward with relu."""

    doubled: ClassVar[tuple[int, ...]] = ()

    @staticmethod
    def activate(pre: Tensor, H: Tensor, W: Tensor, out: Tensor) -> None:
        torch.clamp_min(pre.baddbmm_(H, W), 0, out=out)


class FusedReLUBackward(FusedRNNBackward):
    """Backward with relu, whose slope is 0 or 1."""

    @staticmethod
    def slope(H: Tensor, out: Tensor) -> None:
        torch.sign(H, out=out)


TANH = Cell("rnn", tanh_step, torch_kernel(torch.rnn_tanh), Fused(FusedRNN, FusedRNNBackward))
RELU = Cell("rnn-relu", relu_step, torch_kernel(torch.rnn_relu), Fused(FusedReLU, FusedReLUBackward))
