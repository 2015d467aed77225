"""The simple recurrent network, with tanh or with relu. It must not know layers, directions or models."""

from __future__ import annotations

import torch
from torch import Tensor

from rnnlab.nn.cells.base import Cell, GateWeights, State, dot, torch_kernel


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


TANH = Cell(name="rnn", step=tanh_step, kernel=torch_kernel(torch.rnn_tanh))
RELU = Cell(name="rnn-relu", step=relu_step, kernel=torch_kernel(torch.rnn_relu))
