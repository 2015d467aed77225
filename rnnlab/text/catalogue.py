"""Famous texts by name: where they are to be had, and what they must be when they come.

A text that was fetched lies below the home directory, its digest beside it, and is found by its name like a bundled
one. Fetching is done by `pooch`, imported only then; somebody without a network may adopt a file instead. Nothing is
there under a text's name before its digest is right. It must not know tokenizations or screens.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from rnnlab.errors import CorpusError, NotFound, StorageError
from rnnlab.files import growing_file, make_directory, write_atomic
from rnnlab.specs.fields import closest
from rnnlab.text.encoding import Pace
from rnnlab.text.reading import read_bytes
from rnnlab.text.visible import visible

SECONDS = 30
"""How long a server may be silent."""
_INDEX = Path(__file__).with_name("catalogue.toml")


class CatalogueEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One text of the catalogue."""

    name: str
    """What `data.corpus` takes."""
    title: str
    about: str
    """One line on what it is for."""
    url: str
    bytes: int
    """Of the text itself; 0 where that is not known."""
    licence: str
    sha256: str
    """Of the text itself; empty where that is not known, and the first download's is kept."""


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """What a text was when it came."""

    sha256: str
    bytes: int
    source: str
    """The URL or file that it came from."""


@functools.cache
def entries() -> tuple[CatalogueEntry, ...]:
    """Every text of the catalogue."""
    return tuple(msgspec.convert(tomllib.loads(_INDEX.read_text(encoding="utf-8"))["text"], list[CatalogueEntry]))


def find(name: str) -> CatalogueEntry:
    """The entry of that name; raises NotFound that names the nearest."""
    for entry in entries():
        if entry.name == name:
            return entry
    known = [entry.name for entry in entries()]
    near = closest(name[:80], known)
    raise NotFound(f"there is no text {visible(name[:80])!r} to fetch: there are {', '.join(known)}{near}")


class Shelf:
    """The texts that were fetched, below one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def path(self, name: str) -> Path | None:
        """Where a text of the catalogue lies, or None where it was not fetched."""
        place = self._place(name)
        return place if place.is_file() else None

    def pin(self, name: str) -> Pin | None:
        """What the text was when it came first, or None."""
        try:
            return msgspec.json.decode(self._pin(name).read_bytes(), type=Pin)
        except (OSError, msgspec.MsgspecError):
            return None

    def fetch(self, entry: CatalogueEntry, pace: Pace | None = None) -> Path:
        """Get the text from its server; raises CorpusError in one sentence where that fails or it is another text."""
        make_directory(self._directory)
        with tempfile.TemporaryDirectory(dir=self._directory, prefix=f".{entry.name}.", suffix=".tmp") as aside:
            got = _download(entry, Path(aside), pace)
            return self._accept(entry, got, entry.url)

    def adopt(self, entry: CatalogueEntry, file: Path) -> Path:
        """Take a file as the text; raises CorpusError where it is another one."""
        return self._accept(entry, file, str(file))

    def _accept(self, entry: CatalogueEntry, file: Path, source: str) -> Path:
        place, pin = self._place(entry.name), self.pin(entry.name)
        expected = entry.sha256 or (pin.sha256 if pin else "")
        digest, size = hashlib.sha256(), 0
        with growing_file(place) as growing:
            for piece in read_bytes(file):
                digest.update(piece)
                size += len(piece)
                growing.append(piece)
            found = digest.hexdigest()
            if not size or (expected and found != expected):
                raise CorpusError(self._other_text(entry, found, size, pinned=not entry.sha256))
        write_atomic(self._pin(entry.name), msgspec.json.encode(Pin(sha256=found, bytes=size, source=source)))
        return place

    def _other_text(self, entry: CatalogueEntry, found: str, size: int, *, pinned: bool) -> str:
        told = f"what came for {entry.name} is another text: {size:,} bytes with SHA-256 {found[:12]}…"
        if pinned:
            return f"{told}, not what came the first time; remove {self._pin(entry.name)} to accept it"
        return f"{told}, not {entry.bytes:,} with {entry.sha256[:12]}…; nothing was kept"

    def _place(self, name: str) -> Path:
        return self._directory / f"{find(name).name}.txt"

    def _pin(self, name: str) -> Path:
        return self._directory / f"{find(name).name}.json"


def not_here(entry: CatalogueEntry) -> str:
    """What to do about a text that was not fetched."""
    return (
        f"{entry.name} ({entry.title}) is not on this machine: `rnnlab corpus fetch {entry.name}` gets it, or "
        f"`rnnlab corpus fetch {entry.name} --from FILE` takes a copy that you have"
    )


class _Meter:
    """What pooch believes to be a progress bar; it may end the download by raising."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._done = 0
        self.total = 0

    def update(self, count: int) -> None:
        self._done += count
        total = int(self.total or 0)
        self._pace("fetching", min(self._done, total) if total else self._done, total)

    def reset(self) -> None:
        # pooch resets the bar to its end when all has come.
        self._done = 0

    def close(self) -> None:
        pass


def _download(entry: CatalogueEntry, folder: Path, pace: Pace | None) -> Path:
    """The text from its server, unpacked, in that folder."""
    import pooch
    import requests

    pooch.get_logger().setLevel(logging.ERROR)
    downloader: Any = pooch.HTTPDownloader(progressbar=_Meter(pace or _unheard), timeout=SECONDS)
    host = visible(urlsplit(entry.url).hostname or "")
    own = f"or get it yourself and `rnnlab corpus fetch {entry.name} --from FILE`"
    try:
        # The digest is of the text and not of what it is packed in: it is checked when that is put in its place.
        got: Any = pooch.retrieve(
            entry.url,
            known_hash=None,
            fname="packed",
            path=folder,
            downloader=downloader,
            processor=pooch.Unzip() if entry.url.endswith(".zip") else None,
        )
    except requests.HTTPError as error:
        status = error.response.status_code if error.response is not None else "error"
        raise CorpusError(f"{host} has no {entry.name} any more (HTTP {status}): try again later, {own}") from None
    except requests.Timeout:
        raise CorpusError(f"{host} did not answer within {SECONDS} s: try again later, {own}") from None
    except requests.RequestException:
        raise CorpusError(
            f"the connection to {host} failed or broke off: check the network and try again, {own}"
        ) from None
    except OSError as error:
        raise StorageError(
            f"cannot keep {entry.name} in {folder.parent}: {(error.strerror or str(error)).lower()}"
        ) from None
    return Path(_only(got)) if isinstance(got, list) else Path(got)


def _only(files: list[str]) -> str:
    if len(files) != 1:
        raise CorpusError(f"the archive that came holds {len(files)} files, not one text: nothing was kept")
    return files[0]


def _unheard(stage: str, done: int, total: int) -> None:
    pass


def texts(shelf: Shelf) -> Iterator[tuple[CatalogueEntry, Pin | None]]:
    """Every text with what it was when it came, or None where it is not here."""
    for entry in entries():
        yield entry, shelf.pin(entry.name) if shelf.path(entry.name) else None
