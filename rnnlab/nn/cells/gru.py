"""The gated recurrent unit. It must not know layers, directions or models."""

from __future__ import annotations

import torch
from torch import Tensor

from rnnlab.nn.cells.base import Cell, GateWeights, State, dot, torch_kernel


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


GRU = Cell(name="gru", step=step, kernel=torch_kernel(torch.gru))
