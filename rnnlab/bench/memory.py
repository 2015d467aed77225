"""How much memory a worker takes above torch alone, and a front end at all. It must not know of time."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import psutil

from rnnlab.bench.home import BenchHome
from rnnlab.bench.terminal import Terminal
from rnnlab.bench.values import Figure, Target, spread
from rnnlab.events import Started
from rnnlab.runs import status
from rnnlab.specs.arithmetic import memory_estimate

_TORCH_ALONE = """
import torch, psutil
a = torch.rand(256, 256, requires_grad=True)
torch.nn.Linear(256, 256)(a @ a).sum().backward()
print(psutil.Process().memory_info().rss)
"""
_WEIGHT_BYTES = 4
_MEGABYTE = 1e6
_ROOM, _FRONT_END = 100.0, 120.0


def memory(home: BenchHome, run: str) -> Iterator[Figure]:
    """Resident sets: the worker of a live run, torch alone, and the screen that watches the run."""
    alone = float(subprocess.run([sys.executable, "-c", _TORCH_ALONE], capture_output=True, check=True).stdout)
    above = (_resident(_worker(home, run)) - alone) / _MEGABYTE
    what = "resident memory"
    yield _figure(what, "torch alone", alone / _MEGABYTE)
    yield _figure(what, "worker, above torch", above, _allowed(home, run))
    screen = Terminal([sys.executable, "-P", "-m", "rnnlab"], home.environment)
    try:
        screen.seen(b"leave")
        time.sleep(5.0)
        yield _figure(what, "screen", _resident(screen.process.pid) / _MEGABYTE, _FRONT_END)
    finally:
        screen.close()


def _allowed(home: BenchHome, run: str) -> float:
    """Three times the weights, the activations, and a hundred megabytes."""
    started = next(r.event for r in home.records(run) if isinstance(r.event, Started))
    # The estimate counts weights, gradients and moments; what is left of it are a batch's activations.
    spec, weights = home.host.run(run).spec, _WEIGHT_BYTES * started.parameters
    moments = spec.replace({"train.optimizer": "sgd"})
    activations = memory_estimate(moments, started.vocabulary) - 2 * weights
    return (3 * weights + activations) / _MEGABYTE + _ROOM


def _worker(home: BenchHome, run: str) -> int:
    now = status.read(home.paths(run).status)
    assert now is not None, "a live run has a status"
    return now.pid


def _resident(process: int) -> int:
    return psutil.Process(process).memory_info().rss


def _figure(what: str, who: str, megabytes: float, most: float = 0.0) -> Figure:
    targets = (Target(round(most, 1), at_most=True),) if most else ()
    return Figure(part="ui", what=what, who=who, unit="MB", value=spread([megabytes]), targets=targets)
