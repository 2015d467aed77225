"""All parameters of a model as one vector, and all gradients as another.

The clip is then one norm and the optimizer one call, whatever the number of layers. It must not know what the
parameters mean.
"""

from __future__ import annotations

import torch
from torch import nn


class FlatParameters:
    """One vector `parameter` [N] whose slices are the model's parameters, and whose gradient's slices are theirs."""

    def __init__(self, model: nn.Module) -> None:
        owned = list(model.parameters())
        self.parameter = nn.Parameter(torch.cat([p.detach().reshape(-1) for p in owned]))
        self.gradient = torch.zeros_like(self.parameter)
        self.parameter.grad = self.gradient
        start = 0
        for parameter in owned:
            end = start + parameter.numel()
            # Who fills a gradient fills the one that is there, autograd too, and so writes straight into the vector.
            parameter.data = self.parameter.data[start:end].view_as(parameter)
            parameter.grad = self.gradient[start:end].view_as(parameter)
            start = end
