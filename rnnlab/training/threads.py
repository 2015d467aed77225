"""How many CPU threads a training takes: as many as were asked for, or those that a short measurement finds fastest.

It must not know the run directory.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import torch
from torch import Tensor

from rnnlab.nn.batches import EpochBatches
from rnnlab.nn.model import LanguageModel
from rnnlab.specs import RunSpec

_PROBES = 5


def settle(wanted: int, spec: RunSpec, vocabulary: int, ids: Tensor) -> int:
    """Set torch's threads to the number wanted, or, where that is 0, to the fastest for this spec; gives the number."""
    if wanted:
        torch.set_num_threads(wanted)
        return wanted
    if ids.device.type != "cpu":
        return torch.get_num_threads()
    model = LanguageModel(spec.model, vocabulary)
    x, y = EpochBatches(ids, spec.data, epoch=1, seed=0)[0]
    return best_threads(lambda: model.loss(x, y, None)[0].backward())


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
