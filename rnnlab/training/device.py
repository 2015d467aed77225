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


def multiply_in(precision: str, device: torch.device) -> torch.dtype | None:
    """Have products computed as a spec's `train.precision` says, for this process; gives the type that a model's layers
    round to, None for the weights' own. Only CUDA devices have a choice.
    """
    if device.type != "cuda":
        return None
    # torch's own default is mixed: tf32 in cuDNN's recurrent kernels, and not in other products.
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision != "float32"
    return torch.bfloat16 if precision == "bf16" else None


def describe(device: torch.device) -> str:
    """The device's name for people: `cpu`, `cuda:0 NVIDIA H100`, `mps`."""
    return f"{device} {torch.cuda.get_device_name(device)}" if device.type == "cuda" else str(device)
