"""The machine: what it is called, and how fast it multiplies large matrices. It must not know what is compared."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from pathlib import Path

import psutil
import torch

from rnnlab import __version__
from rnnlab.bench.contenders import Shape
from rnnlab.bench.turns import per_second
from rnnlab.bench.values import About
from rnnlab.nn.native import finding
from rnnlab.nn.native.building import has_matrix_unit
from rnnlab.specs.cells import CELLS

_SIDE = 1536
"""Rows and columns of the large product: beyond every cache, and a tenth of a second at most."""
_PASSES = 3
"""Products in a step for one in the forward pass: itself, and two in the backward pass."""


def about(threads: int) -> About:
    """What a reader of the figures has to know."""
    facts = {
        "processor": _processor(),
        "cores": f"{_cores()} to use",
        "threads": str(threads),
        "load": f"{os.getloadavg()[0]:.1f} processes were at work before",
        "memory": f"{psutil.virtual_memory().total / 1e9:.1f} GB",
        "system": f"{platform.system()} {platform.release()}",
        "versions": f"rnnlab {__version__}, Python {platform.python_version()}, torch {torch.__version__}",
        "vectors": torch.backends.cpu.get_cpu_capability(),
    }
    if has_matrix_unit():
        facts["matrix unit"] = "bfloat16"
    return About(part="machine", facts=facts)


def large_product(seconds: float) -> Callable[[], float]:
    """Measures the machine's own rate: floating-point operations a second of a large square fp32 product."""
    a, b, out = (torch.rand(_SIDE, _SIDE) for _ in range(3))
    return lambda: per_second(lambda: torch.mm(a, b, out=out), 2.0 * _SIDE**3, seconds)


def operations(shape: Shape) -> float:
    """Floating-point operations that a step cannot do without for a token; one-hot inputs are looked up."""
    recurrent = CELLS[shape.cell].gates * shape.hidden**2 * (2 * shape.layers - 1)
    return _PASSES * 2.0 * (recurrent + shape.hidden * shape.vocabulary)


def kernels() -> str:
    """Have the native engine ready, built now where it never was; gives why it is not to be had, or nothing."""
    found = finding.found()
    if found.state in ("missing", "building"):
        finding.workshop().build()
        found = finding.found(again=True)
    return found.reason


def usual_threads() -> int:
    """Threads to measure with where none were asked for: two, as far as there are two cores."""
    return min(2, _cores())


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
