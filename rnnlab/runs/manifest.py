"""`spec.json`: what a run is, written once by its launcher. It must not know how the run fares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from rnnlab.decoding import decode
from rnnlab.errors import CheckpointError, NotFound, RunError, SpecError
from rnnlab.files import write_atomic
from rnnlab.runs.paths import MAX_VOCABULARY, RunPaths
from rnnlab.runs.regular import open_regular, read_regular
from rnnlab.specs import RunSpec, from_document, to_document

VERSION = 1
"""Of the run directory's format; a larger one than this was written by a newer rnnlab."""
_MAX_BYTES = 1 << 20


class CorpusIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Which text a run was trained on."""

    name: str
    source: str
    """The name or absolute path it was opened by."""
    sha256: str
    bytes: int
    encoding: str = ""
    """What the kept copy has to be read as; nothing for UTF-8 or what its mark says."""


class Parent(msgspec.Struct, frozen=True, kw_only=True):
    """The run whose weights a run begins with."""

    run: str
    """Its id; it may be gone by now."""
    step: int
    kind: str
    """fork: the same model and vocabulary go on; init: a model whose vocabulary is mapped token by token."""
    keeps: tuple[str, ...] = ()
    """What a fork takes over beside the weights, as `training.beginning` names it."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is."""

    version: int
    id: str
    session: str
    created_at: float
    corpus: CorpusIdentity
    spec: RunSpec
    parent: Parent | None = None


class _Version(msgspec.Struct, frozen=True):
    version: int


class _Stored(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    id: str
    session: str
    created_at: float
    corpus: CorpusIdentity
    spec: dict[str, Any]
    parent: Parent | None = None


def write(path: Path, manifest: Manifest) -> None:
    stored = {**msgspec.to_builtins(manifest), "spec": to_document(manifest.spec)}
    write_atomic(path, msgspec.json.format(msgspec.json.encode(stored), indent=2))


def read(path: Path) -> Manifest:
    """The manifest; raises NotFound where there is none, RunError with the reason where it does not read."""
    run = path.parent.name
    try:
        with open_regular(path) as file:
            data = file.read(_MAX_BYTES)
        # Alone and first: what else a newer format holds is not known here.
        newer = decode(data, _Version).version > VERSION
        stored = None if newer else decode(data, _Stored)
    except FileNotFoundError:
        raise NotFound(f"there is no run {run}: `rnnlab runs` lists those there are") from None
    except OSError as error:
        raise RunError(f"the spec of the run {run} cannot be read: {(error.strerror or str(error)).lower()}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise RunError(f"the spec of the run {run} is damaged: {error}") from None
    if stored is None:
        raise RunError(f"the run {run} was made by a newer rnnlab: upgrade to open it")
    try:
        return Manifest(
            version=stored.version,
            id=stored.id,
            session=stored.session,
            created_at=stored.created_at,
            corpus=stored.corpus,
            spec=from_document(stored.spec),
            parent=stored.parent,
        )
    except SpecError as error:
        raise RunError(f"the spec of the run {run} does not hold: {error}") from None


def read_vocabulary(paths: RunPaths) -> bytes:
    """The document of the run's vocabulary; raises CheckpointError where it cannot be read."""
    try:
        return read_regular(paths.vocabulary, MAX_VOCABULARY)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CheckpointError(f"the vocabulary of {paths.directory.name} cannot be read: {reason}") from None
