"""`spec.json`: what a run is, written once by its launcher. It must not know how the run fares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from rnnlab.errors import NotFound, RnnlabError, RunError
from rnnlab.files import write_atomic
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


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is."""

    version: int
    id: str
    session: str
    created_at: float
    corpus: CorpusIdentity
    spec: RunSpec


class _Stored(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    id: str
    session: str
    created_at: float
    corpus: CorpusIdentity
    spec: dict[str, Any]


def write(path: Path, manifest: Manifest) -> None:
    stored = {**msgspec.to_builtins(manifest), "spec": to_document(manifest.spec)}
    write_atomic(path, msgspec.json.format(msgspec.json.encode(stored), indent=2))


def read(path: Path) -> Manifest:
    """The manifest; raises NotFound where there is none, RunError with the reason where it does not read."""
    try:
        with path.open("rb") as file:
            stored = msgspec.json.decode(file.read(_MAX_BYTES), type=_Stored)
        if stored.version > VERSION:
            raise RunError(f"the run {path.parent.name} was made by a newer rnnlab: upgrade to open it")
        return Manifest(
            version=stored.version,
            id=stored.id,
            session=stored.session,
            created_at=stored.created_at,
            corpus=stored.corpus,
            spec=from_document(stored.spec),
        )
    except FileNotFoundError:
        raise NotFound(f"there is no run {path.parent.name}: `rnnlab runs` lists those there are") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise RunError(f"the spec of the run {path.parent.name} is damaged: {error}") from None
    except RnnlabError as error:
        raise RunError(f"the spec of the run {path.parent.name} does not hold: {error}") from None
