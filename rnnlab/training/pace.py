"""Which engine computes a training, on how many CPU threads and in which layout: what was asked for, what the run had
before, or what a short measurement finds fastest for this model and these batches.

What was measured is kept for a day, so that runs that are started one after the other are alike. It must not know the
run directory.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec
import torch
from torch import Tensor

from rnnlab.errors import SpecError, StorageError
from rnnlab.files import make_directory, write_atomic
from rnnlab.nn.batches import EpochBatches
from rnnlab.nn.engines import candidates, present
from rnnlab.nn.model import LanguageModel, layouts_of
from rnnlab.nn.native import finding
from rnnlab.settings import measuring_is_off
from rnnlab.specs import RunSpec

_ROUNDS = 5
_BUDGET = 2.0
"""Seconds after which no further round is begun; then layouts are measured for half as long."""
_HOPELESS = 1.5
"""How many times the best's time another may take and still be measured again."""
_KEPT = 24 * 3600.0
"""Seconds for which a measurement stands: what else the machine did then is not what it does now."""


class Pace(msgspec.Struct, frozen=True):
    """An engine, a number of threads and a layout; nothing and 0 where none was chosen yet."""

    engine: str = ""
    threads: int = 0
    layout: str = ""
    """One of the engine's, `nn.layouts`; nothing leaves it to the engine."""
    note: str = ""
    """A sentence about why it is not what the run had before."""

    def document(self) -> dict[str, str | int]:
        """What a resume needs of it."""
        return {"engine": self.engine, "threads": self.threads, "layout": self.layout}


FRESH = Pace()
"""Of a run that begins."""


class _Measured(msgspec.Struct, frozen=True):
    """A measurement as it is kept."""

    pace: Pace
    at: float


def settle(spec: RunSpec, vocabulary: int, ids: Tensor, before: Pace, cache: Path | None) -> Pace:
    """The pace of a training on those ids, whose run had another `before`; torch's threads are set to it.

    Raises SpecError where the spec demands an engine that is not there.
    """
    engines, note = _engines(spec, ids.device, before.engine)
    wanted = before.threads or spec.train.threads
    if ids.device.type != "cpu":
        pace = Pace(engines[0], wanted or torch.get_num_threads(), note=note)
    else:
        paces = [
            Pace(engine, threads, note=note)
            for threads in ([wanted] if wanted else threads_here())
            for engine in engines
        ]
        if len(paces) == 1 and before.engine == paces[0].engine:
            pace = _as_before(spec, vocabulary, paces[0], before.layout)
        else:
            pace = paces[0] if measuring_is_off() else _kept_or_measured(spec, vocabulary, ids, paces, cache)
    torch.set_num_threads(pace.threads)
    return pace


def threads_here() -> list[int]:
    """Numbers of threads that are worth trying: small models are slower with many, which spend their time meeting."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return sorted({1, 2, 4, 8, max(1, cores // 2), cores} & set(range(1, cores + 1)))


def fastest(step: Callable[[Pace], object], paces: Iterable[Pace], budget: float = _BUDGET) -> Pace:
    """The pace at which `step` takes the least time, each tried in turn so that a slow moment falls on all."""
    times = dict.fromkeys(paces, float("inf"))
    begun = time.perf_counter()
    for _ in range(_ROUNDS):
        best = min(times.values())
        for pace, known in times.items():
            if known <= best * _HOPELESS or known == float("inf"):
                times[pace] = min(known, _time(step, pace))
        if time.perf_counter() - begun > budget:
            break
    return min(times, key=lambda pace: times[pace])


def laid_out(step: Callable[[Pace], object], pace: Pace, layouts: Sequence[str]) -> Pace:
    """That pace in the layout in which `step` takes the least time."""
    paces = [msgspec.structs.replace(pace, layout=layout) for layout in layouts]
    return fastest(step, paces, _BUDGET / 2) if len(paces) > 1 else paces[0]


def _time(step: Callable[[Pace], object], pace: Pace) -> float:
    torch.set_num_threads(pace.threads)
    step(pace)  # threads are started, buffers made
    begun = time.perf_counter()
    step(pace)
    return time.perf_counter() - begun


def _as_before(spec: RunSpec, vocabulary: int, pace: Pace, layout: str) -> Pace:
    """That pace in the layout that the run had; one from before there were layouts leaves it to the engine."""
    torch.set_num_threads(pace.threads)
    if not layout or layout in layouts_of(spec.model, vocabulary, pace.engine):
        return msgspec.structs.replace(pace, layout=layout)
    note = f"how the {pace.engine} engine laid this run out cannot be had here: it goes on, not bit for bit as before"
    return msgspec.structs.replace(pace, note=note)


def _engines(spec: RunSpec, device: torch.device, before: str) -> tuple[tuple[str, ...], str]:
    """The engines to choose from, and what is to be said of a run's own that is not among them."""
    asked = spec.model.engine if spec.model.engine != "auto" else before
    if not asked:
        return candidates(spec.model, device), ""
    there = present(asked, device)
    if there == asked:
        return (asked,), ""
    reason = finding.found().reason or f"it computes on the CPU alone, not on {device.type}"
    if not before:
        raise SpecError("model.engine", f"the native engine cannot be used here, {reason}: set engine to auto")
    return (there,), f"the {asked} engine is not here any more, {reason}: {there} goes on, not bit for bit as before"


def _kept_or_measured(spec: RunSpec, vocabulary: int, ids: Tensor, paces: list[Pace], cache: Path | None) -> Pace:
    path = cache / "paces" / f"{_key(spec, vocabulary, paces)}.json" if cache else None
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        kept = msgspec.json.decode(path.read_bytes(), type=_Measured) if path else None
        asked = kept and msgspec.structs.replace(kept.pace, layout="") in paces
        if kept and asked and 0 <= time.time() - kept.at < _KEPT:
            return kept.pace
    model = LanguageModel(spec.model, vocabulary)
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    x, y = EpochBatches(ids, spec.data, epoch=1, seed=0)[0]

    def step(pace: Pace) -> None:
        model.use(pace.engine, pace.layout or model.layouts_of(pace.engine)[0])
        model.learn(x, y)

    # Layouts differ by less than engines and threads do: those of the best are enough.
    pace = fastest(step, paces) if len(paces) > 1 else paces[0]
    torch.set_num_threads(pace.threads)
    pace = laid_out(step, pace, model.layouts_of(pace.engine))
    if path:
        # A cache that cannot be written costs the next start a moment.
        with contextlib.suppress(StorageError):
            make_directory(path.parent)
            write_atomic(path, msgspec.json.encode(_Measured(pace, time.time())))
    return pace


def _key(spec: RunSpec, vocabulary: int, paces: list[Pace]) -> str:
    """A name for all that a measurement depends on."""
    known = {name: getattr(spec.model, name) for name in ("cell", "hidden", "layers", "embedding", "bidirectional")}
    known |= {
        "batch": spec.data.batch,
        "steps": spec.data.steps,
        "vocabulary": vocabulary,
        "torch": str(torch.__version__),
    }
    kernels = finding.kernels()
    known |= {"machine": platform.node(), "paces": msgspec.to_builtins(paces), "tiles": bool(kernels and kernels.tiles)}
    return hashlib.sha256(msgspec.json.encode(known)).hexdigest()[:32]
