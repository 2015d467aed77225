"""Long short-term memory. It must not know layers, directions or models."""

from __future__ import annotations

import torch
from torch import Tensor

from rnnlab.nn.cells.base import Cell, GateWeights, State, dot, torch_kernel


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


LSTM = Cell(name="lstm", step=step, kernel=torch_kernel(torch.lstm))
