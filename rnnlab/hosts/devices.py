"""Which devices no torch of this machine can have, told without torch: what is certainly wrong is said before there is
a run. What is left, its worker finds out. It must not know runs.
"""

from __future__ import annotations

import importlib.metadata
import platform

from rnnlab.errors import SpecError


def check_device(wanted: str, *, system: str = "", torch: str = "") -> None:
    """Raises SpecError where a spec's `train.device` is none of this machine's.

    `system` is what `platform.system()` says of it, and `torch` the version of torch, which names what it is built for
    (`2.13.0+cpu`); both are looked up unless given.
    """
    on_mac = (system or platform.system()) == "Darwin"
    if wanted == "mps" and not on_mac:
        raise SpecError("train.device", "mps is the GPU of a Mac, which this is not: set device to auto or cpu")
    if wanted == "cuda" and on_mac:
        raise SpecError("train.device", "torch has no CUDA on a Mac: set device to auto, mps or cpu")
    if wanted == "cuda" and (torch or _torch_version()).endswith("+cpu"):
        raise SpecError(
            "train.device",
            "the torch that is installed is built without CUDA: set device to auto or cpu, or install another",
        )


def _torch_version() -> str:
    try:
        return importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return ""
