"""`checkpoints/step-N/`: directories that appear whole, each with a manifest of sizes and SHA-256 digests.

Bytes in, bytes out: what is in the files is the worker's business. An old checkpoint goes only after a newer one has
been read back and verified; the best one stays beside the newest.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from typing import Any

import msgspec

from rnnlab.decoding import decode
from rnnlab.errors import CheckpointError, NotFound
from rnnlab.files import commit_directory, remove_tree, write_atomic
from rnnlab.runs.paths import CHECKPOINT_MANIFEST, RunPaths, checkpoint_step
from rnnlab.runs.regular import open_regular

VERSION = 1
"""Of a checkpoint's format; a larger one than this was written by a newer rnnlab."""
KEEP = 3
"""Newest checkpoints that stay, besides the best and the untrained one."""
_MAX_MANIFEST = 4 << 20


class StoredFile(msgspec.Struct, frozen=True):
    """A file of a checkpoint as its manifest knows it."""

    bytes: int
    sha256: str


class CheckpointManifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a checkpoint is, beside its tensors."""

    version: int = VERSION
    step: int
    epoch: int
    split: str = ""
    """What `perplexity` was measured on: validation, train, or nothing."""
    perplexity: float | None = None
    state: dict[str, Any] = {}
    """The trainer's own numbers."""
    files: dict[str, StoredFile]
    sha256: str = ""
    """Of all the above, so that a damaged number is not taken for the data's position or the best score."""

    def sealed(self) -> CheckpointManifest:
        """The same with the digest that it should have."""
        bare = msgspec.json.encode(msgspec.structs.replace(self, sha256=""))
        return msgspec.structs.replace(self, sha256=hashlib.sha256(bare).hexdigest())


class BestPointer(msgspec.Struct, frozen=True):
    """Which checkpoint was best so far."""

    step: int


def save(paths: RunPaths, manifest: CheckpointManifest, contents: Mapping[str, bytes], *, best: bool = False) -> None:
    """Write a checkpoint; when this returns it is on the disk and verified, and superfluous ones are gone.

    `best` lets it stay as the best one, in the place of the one before.
    """
    stored = {name: _stored(data) for name, data in contents.items()}
    manifest = msgspec.structs.replace(manifest, files=stored).sealed()
    directory = paths.checkpoint(manifest.step)
    commit_directory(directory, {**contents, CHECKPOINT_MANIFEST: msgspec.json.encode(manifest)})
    written = read_manifest(paths, manifest.step)
    for name in contents:
        read_file(paths, written, name)
    if best:
        write_atomic(paths.best, msgspec.json.encode(BestPointer(manifest.step)))
    _prune(paths, manifest.step)


def steps(paths: RunPaths) -> list[int]:
    """The steps that have a checkpoint, smallest first."""
    try:
        found = [checkpoint_step(entry.name) for entry in paths.checkpoints.iterdir()]
    except OSError:
        return []
    return sorted(step for step in found if step is not None)


def best_step(paths: RunPaths) -> int | None:
    """The step of the best checkpoint, or None where none is marked or it is gone."""
    try:
        with open_regular(paths.best) as file:
            step = decode(file.read(_MAX_MANIFEST), BestPointer).step
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return step if paths.checkpoint(step).is_dir() else None


def read_manifest(paths: RunPaths, step: int) -> CheckpointManifest:
    """A checkpoint's manifest; raises CheckpointError where it does not read."""
    try:
        with open_regular(paths.checkpoint(step) / CHECKPOINT_MANIFEST) as file:
            written = file.read(_MAX_MANIFEST)
        manifest = decode(written, CheckpointManifest)
        # Byte for byte: what is read may be right where a field's name is damaged whose value is the usual one.
        whole = written == msgspec.json.encode(manifest.sealed())
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        raise CheckpointError(f"the checkpoint of step {step} is damaged: {error}") from None
    if manifest.version > VERSION:
        raise CheckpointError(f"the checkpoint of step {step} was saved by a newer rnnlab: upgrade to open it")
    if not whole:
        raise CheckpointError(f"the checkpoint of step {step} is damaged: its manifest is not what was saved")
    if manifest.step != step:
        raise CheckpointError(f"the checkpoint of step {step} is damaged: it says it is of step {manifest.step}")
    return manifest


def read_file(paths: RunPaths, manifest: CheckpointManifest, name: str) -> bytes:
    """A file of a checkpoint, verified; raises CheckpointError where it is not what its manifest says."""
    stored = manifest.files.get(name)
    if stored is None:
        raise CheckpointError(f"the checkpoint of step {manifest.step} has no {name}")
    try:
        with open_regular(paths.checkpoint(manifest.step) / name) as file:
            # Its size first: what a manifest says must not decide how much memory is taken.
            data = file.read() if os.fstat(file.fileno()).st_size == stored.bytes else b""
    except OSError as error:
        raise CheckpointError(f"the checkpoint of step {manifest.step} is damaged: {error}") from None
    if _stored(data) != stored:
        raise CheckpointError(f"the checkpoint of step {manifest.step} is damaged: {name} is not what was saved")
    return data


def resolve(paths: RunPaths, at: str) -> int:
    """The step that `last`, `best` or a number means; raises NotFound with the steps there are."""
    there = steps(paths)
    if not there:
        raise NotFound(f"{paths.directory.name} has saved no weights yet: train it to its first checkpoint")
    if at == "last":
        return there[-1]
    if at == "best":
        best = best_step(paths)
        return there[-1] if best is None else best
    if at.isascii() and at.isdigit() and len(at) < 16 and int(at) in there:
        return int(at)
    raise NotFound(
        f"{paths.directory.name} has no checkpoint at {at[:20]!a}: it has {', '.join(map(str, there))}, last and best"
    )


def _prune(paths: RunPaths, saved: int) -> None:
    """Remove what is superfluous now that `saved` is whole.

    A later checkpoint than that is one that a resume found damaged and went back from: it counts for nothing.
    """
    there = steps(paths)
    lasting = [step for step in there if step <= saved]
    stay = {*lasting[-KEEP:], lasting[0]}
    if (best := best_step(paths)) in lasting:
        stay.add(best)
    for step in there:
        if step not in stay:
            remove_tree(paths.checkpoint(step))


def _stored(data: bytes) -> StoredFile:
    return StoredFile(len(data), hashlib.sha256(data).hexdigest())
