"""Which engine computes a cell: what `auto` means, and which ones are worth measuring against each other.

It must not know how any of them works.
"""

from __future__ import annotations

import torch

from rnnlab.nn.cells import REGISTRY
from rnnlab.nn.native import finding
from rnnlab.nn.native.kernels import CELLS as KERNELS
from rnnlab.specs import ModelSpec


def candidates(spec: ModelSpec, device: torch.device) -> tuple[str, ...]:
    """The engines that may be the fastest for a model on a device, the likeliest first.

    On a CPU torch's simple RNN and GRU loop over the steps with autograd at each, and the fused ones are ahead at
    every size that was measured, the native ones ahead of them. Its LSTM is one call of oneDNN, which the fused one
    calls too where that is the faster way: what autograd costs it beyond that is the machine's matter.
    """
    cell = REGISTRY[spec.cell]
    if spec.engine != "auto":
        return (present(spec.engine, device),)
    if cell.fused is None or device.type != "cpu":
        return ("torch" if cell.kernel else "scratch",)
    native = ("native",) if spec.cell in KERNELS and present("native", device) == "native" else ()
    return (*native, "fused", "torch") if cell.name == "lstm" else (*native, "fused")


def present(engine: str, device: torch.device) -> str:
    """The engine itself, or the fused one in place of native kernels that are not there or not for this device."""
    return "fused" if engine == "native" and (device.type != "cpu" or finding.kernels() is None) else engine
