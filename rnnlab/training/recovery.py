"""What to do about losses and gradients that are not finite, or explode: which steps are sound to go back to, when to
go back to them, and when to give up.

A step without a finite gradient never moves the weights, so that every snapshot holds finite ones; what led to the
trouble may have begun before. After losses that are not finite, a training goes back to where it stood and tries again
at a smaller rate. After an explosion it takes weights and optimizer from there and leaves out the batches that led to
it, as PaLM's authors did (https://arxiv.org/abs/2204.02311, 5.1), but only where the spec asks for it, because such a
run is no longer comparable with others. It must not know how a snapshot is taken.
"""

from __future__ import annotations

from typing import Any

from rnnlab.errors import CheckpointError
from rnnlab.specs import TrainSpec
from rnnlab.training.progress import Progress
from rnnlab.training.snapshot import Snapshot
from rnnlab.training.usual import WINDOW

MAX_SKIPS = 10
"""Steps in a row without a finite gradient after which a training that only skips gives up."""
REWIND_AFTER = 3
"""Such steps after which one that rewinds goes back."""
MAX_REWINDS = 2
"""Times that a training goes back; at the next trouble it gives up."""
EASED = 0.5
"""What each going back multiplies the learning rate with."""
MAX_BACKS = 2
"""Times that it goes back after explosions that follow each other within WINDOW steps; at the next it gives up."""
SOUND_EVERY = 100
"""Steps between snapshots to go back to; they are held in memory and go along in checkpoints."""

_PREFIX = "sound"


def keeps(train: TrainSpec, progress: Progress, *, first: bool) -> bool:
    """Whether this is a step to go back to; the `first` that a training has in memory is one wherever it begins."""
    wanted = train.recover == "rewind" or train.explosions == "back"
    return wanted and (first or progress.step % SOUND_EVERY == 0) and progress.skipped_in_a_row == 0


def goes_back(train: TrainSpec, progress: Progress) -> bool:
    """Whether it is time to go back."""
    troubled = train.recover == "rewind" and progress.skipped_in_a_row >= REWIND_AFTER
    return troubled and progress.rewinds < MAX_REWINDS


def gives_up(train: TrainSpec, progress: Progress) -> bool:
    """Whether there is nothing more to try."""
    enough = {"stop": 1, "skip": MAX_SKIPS, "rewind": REWIND_AFTER}[train.recover]
    spoiled = progress.skipped_in_a_row >= enough and not goes_back(train, progress)
    return spoiled or _explodes_on(train, progress)


def last_words(train: TrainSpec, progress: Progress) -> str:
    """Why there is nothing more to try."""
    if _explodes_on(train, progress):
        what = f"the loss or its gradient exploded {progress.explosions} times, each soon after the one before"
    else:
        times = f"{progress.skipped_in_a_row} steps in a row" if progress.skipped_in_a_row > 1 else "a step"
        what = f"the loss or its gradient was not finite in {times}"
        what += f", after going back {progress.rewinds} times" if progress.rewinds else ""
    return f"{what}: take a smaller learning rate, or clip the gradient lower"


def explosion(train: TrainSpec, progress: Progress) -> str:
    """Count an explosion; gives what to do about it: `note` it, go `back`, or nothing where one was told just now."""
    soon = _soon(progress, progress.exploded_at)
    if soon and train.explosions == "note":
        return ""
    progress.explosions = progress.explosions + 1 if soon else 1
    progress.exploded_at = progress.step
    return "note" if _explodes_on(train, progress) else train.explosions


def tells_spike(progress: Progress) -> bool:
    """Count a spike of the gradient that clipping tamed; gives whether to tell of it: one was not told just now."""
    tells = not _soon(progress, progress.spiked_at)
    if tells:
        progress.spiked_at = progress.step
    return tells


def _soon(progress: Progress, last: int | None) -> bool:
    return last is not None and progress.step - last <= WINDOW


def _explodes_on(train: TrainSpec, progress: Progress) -> bool:
    return train.explosions == "back" and progress.explosions > MAX_BACKS


def with_sound(snapshot: Snapshot, sound: Snapshot | None) -> Snapshot:
    """A snapshot with the one to go back to inside."""
    if sound is None:
        return snapshot
    weights = {f"{_PREFIX}.weights.{name}": tensor for name, tensor in sound.weights.items()}
    tensors = {f"{_PREFIX}.tensors.{name}": tensor for name, tensor in sound.tensors.items()}
    return Snapshot(
        snapshot.weights, {**snapshot.tensors, **weights, **tensors}, {**snapshot.document, _PREFIX: sound.document}
    )


def sound_in(snapshot: Snapshot) -> Snapshot | None:
    """The snapshot to go back to that is inside another, or None; raises CheckpointError where it does not read."""
    document: Any = snapshot.document.get(_PREFIX)
    if document is None:
        return None
    if not isinstance(document, dict):
        raise CheckpointError("the checkpoint's sound step does not read")

    def under(kind: str) -> dict[str, Any]:
        begin = f"{_PREFIX}.{kind}."
        return {n.removeprefix(begin): t for n, t in snapshot.tensors.items() if n.startswith(begin)}

    return Snapshot(under("weights"), under("tensors"), document)
