"""Where a training runs: the device. It must not know the run directory."""

from __future__ import annotations

import torch

from rnnlab.errors import SpecError


def choose(wanted: str) -> torch.device:
    """The device that a spec's `train.device` means; raises SpecError where this machine has none such."""
    if wanted == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda", torch.cuda.current_device())
        return torch.device("mps") if torch.backends.mps.is_available() else torch.device("cpu")
    if wanted == "cuda" and not torch.cuda.is_available():
        raise SpecError("train.device", "torch sees no CUDA device on this machine: set device to auto or cpu")
    if wanted == "mps" and not torch.backends.mps.is_available():
        raise SpecError("train.device", "torch sees no Apple GPU on this machine: set device to auto or cpu")
    return torch.device(wanted)


def describe(device: torch.device) -> str:
    """The device's name for people: `cpu`, `cuda:0 NVIDIA H100`, `mps`."""
    return f"{device} {torch.cuda.get_device_name(device)}" if device.type == "cuda" else str(device)
