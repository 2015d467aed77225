"""Which engine computes a cell: what `auto` means, and which ones are worth measuring against each other.

It must not know how any of them works.
"""

from __future__ import annotations

import torch

from rnnlab.nn.cells import REGISTRY
from rnnlab.specs import ModelSpec

_WIDE = 80
"""Tokens from which looking a one-hot input up beats multiplying by it, and so the fused LSTM beats torch's."""


def candidates(spec: ModelSpec, vocabulary: int, device: torch.device) -> tuple[str, ...]:
    """The engines that may be the fastest for a model on a device, the likeliest first.

    On a CPU torch's simple RNN and GRU loop over the steps with autograd at each, and the fused ones are ahead at
    every size that was measured. Its LSTM is one call of oneDNN, up to 1.2 times as fast as the fused one where the
    input is narrow, and half as fast where it is one-hot and the vocabulary large: how they compare in between is the
    machine's matter.
    """
    cell = REGISTRY[spec.cell]
    if spec.engine != "auto":
        return (spec.engine,)
    if cell.fused is None or device.type != "cpu":
        return ("torch" if cell.kernel else "scratch",)
    if cell.name != "lstm":
        return ("fused",)
    return ("torch", "fused") if spec.embedding or vocabulary < _WIDE else ("fused", "torch")
