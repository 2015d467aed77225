"""Why a training ends by itself. Pure arithmetic; it must not know who else may end one."""

from __future__ import annotations

from rnnlab.specs import TrainSpec
from rnnlab.training import recovery
from rnnlab.training.progress import Progress


def cause(train: TrainSpec, progress: Progress, total_steps: int) -> str | None:
    """The cause of the end as `Finished` names it, or None where training goes on."""
    if progress.step >= total_steps:
        return "finished"
    if recovery.gives_up(train, progress):
        return "diverged"
    if train.max_minutes and progress.elapsed_s >= 60 * train.max_minutes:
        return "time"
    return "patience" if train.patience and progress.evaluations_since_best >= train.patience else None


def message(cause: str, train: TrainSpec, progress: Progress) -> str:
    """What is to be said of that end, if anything."""
    return recovery.last_words(train, progress) if cause == "diverged" else ""
