"""The simplified gated recurrent unit of the lectures: an update gate and nothing else.

It must not know layers, directions or models.
"""

from __future__ import annotations

import torch
from torch import Tensor

from rnnlab.nn.cells.base import Cell, GateWeights, State, dot


def step(X: Tensor, state: State, weights: GateWeights) -> State:
    """One step, Ng's Sequence Models, week 1, where C is the state: the full unit with its reset gate held open.

    candidate = tanh(W_c [C, X] + b_c);  Z = sigmoid(W_u [C, X] + b_u);  C = Z * candidate + (1 - Z) * C
    """
    (C,) = state
    (W_xu, W_xc), (W_hu, W_hc), (b_xu, b_xc), (b_hu, b_hc) = weights
    Z = torch.sigmoid(dot(X, W_xu) + C @ W_hu + b_xu + b_hu)  # the update gate
    candidate = torch.tanh(dot(X, W_xc) + C @ W_hc + b_xc + b_hc)
    return (Z * candidate + (1 - Z) * C,)


GRU_SIMPLE = Cell("gru-simple", step)
