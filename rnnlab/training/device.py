"""Where a training runs: the device and the number of CPU threads. It must not know the run directory."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import torch

from rnnlab.errors import SpecError

_PROBES = 5


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


def best_threads(step: Callable[[], object]) -> int:
    """The thread count with which `step` runs fastest here, measured for a moment; torch is left set to it.

    Small models are slower with many threads, which spend their time meeting each other.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    candidates = sorted({1, 2, 4, 8, max(1, cores // 2), cores} & set(range(1, cores + 1)))
    times = {threads: _fastest(step, threads) for threads in candidates}
    best = min(candidates, key=lambda threads: times[threads])
    torch.set_num_threads(best)
    return best


def _fastest(step: Callable[[], object], threads: int) -> float:
    torch.set_num_threads(threads)
    step()
    laps = []
    for _ in range(_PROBES):
        begun = time.perf_counter()
        step()
        laps.append(time.perf_counter() - begun)
    return min(laps)
