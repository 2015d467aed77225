"""Snapshots to checkpoints and back: safetensors bytes, never pickle. It must not know why a checkpoint is made."""

from __future__ import annotations

import msgspec
import safetensors.torch
from torch import Tensor

from rnnlab.errors import CheckpointError
from rnnlab.runs import checkpoints
from rnnlab.runs.checkpoints import CheckpointManifest
from rnnlab.runs.paths import STATE, WEIGHTS, RunPaths
from rnnlab.training.snapshot import Snapshot
from rnnlab.worker.arrays import BROKEN, check_header
from rnnlab.worker.log import say


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot with what a checkpoint says of it."""

    snapshot: Snapshot
    step: int
    epoch: int
    split: str
    perplexity: float | None


def save(paths: RunPaths, kept: Kept, *, best: bool = False) -> None:
    """Keep a snapshot as the run's checkpoint of its step."""
    snapshot = kept.snapshot
    contents = {WEIGHTS: safetensors.torch.save(snapshot.weights), STATE: safetensors.torch.save(snapshot.tensors)}
    manifest = CheckpointManifest(
        step=kept.step,
        epoch=kept.epoch,
        split=kept.split,
        perplexity=kept.perplexity,
        state=snapshot.document,
        files={},
    )
    checkpoints.save(paths, manifest, contents, best=best)


def load(paths: RunPaths, step: int) -> Snapshot:
    """The snapshot of that step, with no tensors beside the weights where they came without; raises CheckpointError
    where it is damaged.
    """
    manifest = checkpoints.read_manifest(paths, step)
    state = tensors_of(checkpoints.read_file(paths, manifest, STATE)) if STATE in manifest.files else {}
    return Snapshot(
        weights=tensors_of(checkpoints.read_file(paths, manifest, WEIGHTS)),
        tensors=state,
        document=manifest.state,
    )


def load_newest(paths: RunPaths) -> Snapshot | None:
    """The newest snapshot that is whole, or None where the run has saved nothing yet.

    Raises CheckpointError where there are checkpoints and none is whole.
    """
    damage: CheckpointError | None = None
    for step in reversed(checkpoints.steps(paths)):
        try:
            return load(paths, step)
        except CheckpointError as error:
            say(error)
            damage = error
    if damage is not None:
        raise CheckpointError("no checkpoint of this run is whole: start a new run from its spec") from damage
    return None


def tensors_of(data: bytes) -> dict[str, Tensor]:
    """The tensors of a safetensors file; raises CheckpointError where it is not one or too large to be ours."""
    try:
        check_header(data)
        return safetensors.torch.load(data)
    except BROKEN as error:
        raise CheckpointError(f"a checkpoint's tensors do not read: {error}") from None
