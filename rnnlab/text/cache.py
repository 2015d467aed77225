"""Texts that were encoded before: ids in memory-mapped files, found again by what the text was and how it was cut.

`<cache>/encoded/<key>/` holds one text in one tokenization and appears whole or not at all; `<cache>/identities/` knows
the digests of files that were read, as long as they do not change. All of it can be removed at any time: it is made
again. It must not know corpora, runs or screens.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np

from rnnlab.decoding import decode
from rnnlab.errors import RnnlabError, StorageError
from rnnlab.files import Appender, growing_directory, make_directory, remove_tree, settle, write_atomic
from rnnlab.specs import DataSpec
from rnnlab.text.encoding import Encoded, Found, Sink, characters
from rnnlab.text.reading import Identity
from rnnlab.text.tokens import id_type
from rnnlab.text.vocabulary import Vocabulary

VERSION = 1
"""Of what is kept and of the rules by which texts are cut: a newer one leaves the old alone."""
MAX_BYTES = 16 << 30
"""What all of it may take on the disk; the longest unused goes first."""
SETTLED_SECONDS = 2.0
"""A file that was written less long ago may change again without its time's telling."""

Stamp = tuple[tuple[object, ...], ...]
"""What changes when a file does (see `sources.stamp`)."""


class _Meta(msgspec.Struct, frozen=True, kw_only=True):
    """The file `meta.json`."""

    version: int
    identity: Identity
    characters: int
    lines: int
    tokens: int
    type: str


Write = Callable[[Sink], np.ndarray]
"""Gives all ids to a sink and returns their counts."""


class Cache:
    """Encoded texts below one directory. Several processes may use it at the same time."""

    def __init__(self, directory: Path) -> None:
        self._encoded = directory / "encoded"
        self._identities = directory / "identities"

    def identity(self, stamp: Stamp, encoding: str) -> Identity | None:
        """What the files with that stamp were when they were last read, if that is known."""
        try:
            return decode(self._identity_file(stamp, encoding).read_bytes(), Identity)
        except (OSError, msgspec.MsgspecError):
            return None

    def remember(self, stamp: Stamp, encoding: str, identity: Identity) -> None:
        """Know the files with that stamp again, unless they are so new that a change may not show."""
        newest = max((int(str(file[1])) for file in stamp), default=0)
        if stamp and time.time() - newest / 1e9 > SETTLED_SECONDS:
            make_directory(self._identities)
            write_atomic(self._identity_file(stamp, encoding), msgspec.json.encode(identity))

    def find(self, sha256: str, data: DataSpec) -> Encoded | None:
        """The text of that digest as these settings cut it, if it is there and whole."""
        place = self._place(sha256, data)
        try:
            return _read(place)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RnnlabError):
            # Damaged, whatever by: it is made again.
            remove_tree(place)
            return None

    def keep(self, identity: Identity, data: DataSpec, found: Found, write: Write) -> Encoded:
        """Write the ids into a file of their own, as `write` gives them."""
        place = self._place(identity.sha256, data)
        with growing_directory(place) as aside:
            appender = Appender(aside / "ids.bin")
            try:
                counts = write(lambda ids: appender.append(np.ascontiguousarray(ids).data.cast("B")))
                appender.sync()
            finally:
                appender.close()
            write_atomic(aside / "counts.bin", counts.astype("<i8").tobytes())
            write_atomic(aside / "vocabulary.json", msgspec.json.encode(found.vocabulary.to_document()))
            meta = _Meta(
                version=VERSION,
                identity=identity,
                characters=characters(found, counts),
                lines=found.lines,
                tokens=int(counts.sum()),
                type=id_type(len(counts)).newbyteorder("<").str,
            )
            write_atomic(aside / "meta.json", msgspec.json.encode(meta))
        self._prune(keep=place)
        return _read(place)

    def _place(self, sha256: str, data: DataSpec) -> Path:
        # What else is in the spec changes batches, not ids.
        facts = [
            VERSION, unicodedata.unidata_version, sha256, data.tokens, sorted(data.clean), data.encoding,
            data.separator, data.min_count, data.max_tokens, data.limit,
        ]  # fmt: skip
        return self._encoded / hashlib.sha256(msgspec.json.encode(facts)).hexdigest()[:40]

    def _identity_file(self, stamp: Stamp, encoding: str) -> Path:
        return self._identities / f"{hashlib.sha256(msgspec.json.encode([stamp, encoding])).hexdigest()[:40]}.json"

    def _prune(self, keep: Path) -> None:
        """Remove what was not used for longest until the rest is no larger than MAX_BYTES."""
        with contextlib.suppress(OSError, StorageError):
            places = [place for place in self._encoded.iterdir() if not place.name.startswith(".") and place != keep]
            left = MAX_BYTES - _size(keep)
            for place in sorted(places, key=lambda place: -place.stat().st_mtime_ns):
                left -= _size(place)
                if left < 0:
                    remove_tree(place)


def settle_cache(directory: Path) -> None:
    """Remove what killed processes left half made; nobody else may be making anything there."""
    settle(directory / "encoded")


def _read(place: Path) -> Encoded:
    meta = decode((place / "meta.json").read_bytes(), _Meta)
    vocabulary = Vocabulary.from_document(msgspec.json.decode((place / "vocabulary.json").read_bytes()))
    counts = np.frombuffer((place / "counts.bin").read_bytes(), dtype="<i8").astype(np.int64)
    file, kind = place / "ids.bin", np.dtype(meta.type)
    whole = file.stat().st_size == meta.tokens * kind.itemsize
    if not whole or len(counts) != len(vocabulary) or counts.sum() != meta.tokens:
        raise ValueError("its parts do not fit")
    os.utime(place)
    return Encoded(
        identity=meta.identity,
        characters=meta.characters,
        lines=meta.lines,
        vocabulary=vocabulary,
        counts=counts,
        ids=np.memmap(file, dtype=kind, mode="r"),
        file=file,
    )


def _size(place: Path) -> int:
    return sum(file.stat().st_size for file in place.iterdir())
