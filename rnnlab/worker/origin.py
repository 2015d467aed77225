"""A run that begins with another's weights: what its launcher laid beside it, into the trainer.

It must not know which run that was, nor why.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rnnlab.runs import checkpoints
from rnnlab.runs.manifest import Parent
from rnnlab.runs.paths import RunPaths
from rnnlab.specs.model import ENGINES
from rnnlab.training.pace import FRESH, Pace
from rnnlab.training.trainer import Trainer
from rnnlab.worker import tensors
from rnnlab.worker.kept import vocabulary_of


def begin(trainer: Trainer, paths: RunPaths, parent: Parent) -> None:
    """Let the trainer begin with the weights; raises CheckpointError where they are damaged or of another model."""
    there = RunPaths(paths.origin)
    snapshot = tensors.load(there, parent.step)
    if parent.kind == "fork":
        trainer.fork(snapshot, parent=parent.run, keeps=parent.keeps)
    else:
        trainer.begin_with(snapshot, vocabulary_of(there), parent=parent.run)


def pace(paths: RunPaths, parent: Parent | None) -> Pace:
    """The engine, threads and layout that the parent trained with, which a fork takes too; none where there is nobody
    to ask."""
    if parent is None or parent.kind != "fork":
        return FRESH
    return pace_of(checkpoints.read_manifest(RunPaths(paths.origin), parent.step).state)


def pace_of(document: Mapping[str, Any]) -> Pace:
    """The pace that a checkpoint's document tells."""
    engine, threads, layout = document.get("engine", ""), document.get("threads", 0), document.get("layout", "")
    known = isinstance(engine, str) and engine in ENGINES
    return Pace(
        engine if known else "",
        threads if isinstance(threads, int) else 0,
        layout if isinstance(layout, str) else "",
    )
