"""Suffix arrays that were made before, kept in files and found again by the digest of their text.

A file holds the order of the suffixes and a checksum; it appears whole or not at all, and can be removed at any time:
it is made again. It must not know corpora, runs or what is looked for.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import zlib
from pathlib import Path

import numpy as np

from rnnlab.errors import StorageError
from rnnlab.files import growing_file, remove_file
from rnnlab.text.suffixes import Pace, SuffixArray, no_pace, order_type

VERSION = 1
"""Of what a file holds."""
WORTH_KEEPING = 200_000
"""Characters from which on an array is kept: a shorter one is sorted sooner than it is looked for."""
MAX_BYTES = 4 << 30
"""What all of them may take on the disk; the longest unused goes first."""
_CHECKSUM = 4


class Indexes:
    """Suffix arrays below one directory. Several processes may use it at the same time."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory

    def of(self, text: str, pace: Pace = no_pace) -> SuffixArray:
        """The suffix array of a text: the kept one, or a new one; how far that is goes to `pace`, which may raise."""
        place = self._place(text) if len(text) >= WORTH_KEEPING else None
        if place is None:
            return SuffixArray(text, pace=pace)
        order = _read(place, text)
        if order is None:
            order = SuffixArray(text, pace=pace).order
            # Where it cannot be kept, it is made again the next time.
            with contextlib.suppress(StorageError, OSError):
                self._keep(place, order)
        return SuffixArray(text, order)

    def _place(self, text: str) -> Path | None:
        digest = hashlib.sha256(f"{VERSION} ".encode() + text.encode("utf-8", "surrogatepass")).hexdigest()
        return self._directory / f"{digest[:40]}.suffixes" if self._directory else None

    def _keep(self, place: Path, order: np.ndarray) -> None:
        data = np.ascontiguousarray(order.astype(order.dtype.newbyteorder("<"), copy=False)).data.cast("B")
        with growing_file(place) as file:
            file.append(data)
            file.append(zlib.crc32(data).to_bytes(_CHECKSUM, "little"))
        self._prune(place)

    def _prune(self, keep: Path) -> None:
        others = [place for place in keep.parent.glob("*.suffixes") if place != keep]
        left = MAX_BYTES - keep.stat().st_size
        for place in sorted(others, key=lambda place: -place.stat().st_mtime_ns):
            left -= place.stat().st_size
            if left < 0:
                remove_file(place)


def _read(place: Path, text: str) -> np.ndarray | None:
    """The order that a file holds, or None where there is none that is whole."""
    kind = np.dtype(order_type(len(text))).newbyteorder("<")
    try:
        data = np.memmap(place, dtype=np.uint8, mode="r")
        if len(data) != len(text) * kind.itemsize + _CHECKSUM:
            return None
        order, checksum = data[:-_CHECKSUM], data[-_CHECKSUM:]
        if zlib.crc32(order.data) != int.from_bytes(checksum.tobytes(), "little"):
            return None
        os.utime(place)
    except (OSError, ValueError):
        return None
    return order.view(kind)
