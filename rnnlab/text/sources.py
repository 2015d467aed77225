"""Which files a corpus reference means.

| reference                 | means                                                                         |
|---------------------------|-------------------------------------------------------------------------------|
| `gazette`                 | the bundled corpus; it goes before a file of that name (write `./gazette`)    |
| `time-machine`            | the text of the catalogue, where it was fetched and no file has that name     |
| `notes.txt`, `~/notes.txt`| the file                                                                      |
| `letters/`                | every .txt file in the folder and below it, hidden ones left out              |
| `letters/**/*.md`         | the files that match; `**` is any number of folders                           |
| `a.txt:b.txt`             | each of them in this order; the parts may be of any of these kinds            |
| `-`                       | standard input                                                                |

A file that exists under the whole reference goes before its reading as a pattern or a list. Files of a folder or
pattern come in the order a person would give them: chapter 2 before chapter 10. It must not know what is in them.
"""

from __future__ import annotations

import glob
import itertools
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from rnnlab import settings
from rnnlab.errors import CorpusError
from rnnlab.specs.fields import closest
from rnnlab.text import bundled, catalogue
from rnnlab.text.amounts import counted
from rnnlab.text.catalogue import CatalogueEntry, Shelf
from rnnlab.text.visible import visible

STANDARD_INPUT = "-"
SHELF = "texts"
"""The folder below the home directory for what was fetched."""
SUFFIXES = (".txt", ".text")
"""Of the files that a folder stands for."""
MAX_FILES = 10_000
MAX_SEEN = 50_000
"""Names that are looked at below a folder: who says `/` must not wait for a whole disk."""

_NUMBER = re.compile(r"(\d+)")


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a corpus and what people call it."""

    name: str
    title: str
    about: str = ""
    paths: tuple[Path, ...] = ()
    """In order; empty for standard input."""

    @property
    def standard_input(self) -> bool:
        return not self.paths


def resolve(reference: str, shelf: Shelf | None = None) -> Source:
    """What the reference means; raises CorpusError where it means nothing that is there.

    A single path is taken at its word: whether it can be read shows when it is.
    """
    if not reference:
        raise CorpusError("no corpus is named: give a bundled corpus's name or the path of a text file")
    if reference == STANDARD_INPUT:
        return Source(name="stdin", title="standard input")
    parts = reference.split(os.pathsep)
    if len(parts) == 1 or _exists(reference):
        return _one(reference, shelf)
    found = [_one(part, shelf) for part in parts if part]
    if not found:
        raise CorpusError(f"{visible(reference[:80])!r} names no file: give names with {os.pathsep!r} between them")
    return Source(
        name="+".join(source.name for source in found),
        title=" + ".join(source.title for source in found),
        paths=_few(tuple(path for source in found for path in source.paths), reference),
    )


def absolute(reference: str) -> str:
    """The reference as it can be used from any folder: names of bundled corpora and standard input stay."""
    if reference == STANDARD_INPUT or not reference:
        return reference
    if _exists(reference):
        return _absolute_one(reference)
    return os.pathsep.join(_absolute_one(part) for part in reference.split(os.pathsep) if part)


def stamp(reference: str, shelf: Shelf | None = None) -> tuple[tuple[object, ...], ...]:
    """What changes when a file of the corpus does; empty where there is none."""
    try:
        return stamp_of(resolve(reference, shelf).paths)
    except CorpusError:
        return ()


def stamp_of(paths: Iterable[Path]) -> tuple[tuple[object, ...], ...]:
    """For each file its path, time, size and number; empty where one cannot be looked at."""
    try:
        facts = [(path, os.stat(path)) for path in paths]
    except (OSError, ValueError):
        return ()
    return tuple((os.path.abspath(path), fact.st_mtime_ns, fact.st_size, fact.st_ino) for path, fact in facts)


def _absolute_one(reference: str) -> str:
    if any(entry.name == reference for entry in bundled.entries()) or _catalogued(reference):
        return reference
    return os.path.abspath(_expanded(reference))


def _one(reference: str, shelf: Shelf | None) -> Source:
    entry = next((entry for entry in bundled.entries() if entry.name == reference), None)
    if entry:
        return Source(name=entry.name, title=entry.title, about=entry.about, paths=(bundled.path_of(entry.name),))
    if text := _catalogued(reference):
        return _fetched(text, shelf or Shelf(settings.home_directory() / SHELF))
    path = _expanded(reference)
    if _is_folder(path):
        return _several(path.resolve().name or str(path), _text_files(path), reference)
    if not _exists(reference) and glob.has_magic(reference):
        _look_through(path)
        matching = glob.iglob(str(path), recursive=True)
        return _several(path.name, (Path(match) for match in matching if _holds_something(match)), reference)
    _refuse_misspelt(reference, path)
    stem = visible(path.stem)
    return Source(name=stem, title=stem, paths=(path,))


def _catalogued(reference: str) -> CatalogueEntry | None:
    """The text of the catalogue that a reference means, if it means one."""
    entry = next((entry for entry in catalogue.entries() if entry.name == reference), None)
    return None if _exists(reference) else entry


def _fetched(entry: CatalogueEntry, shelf: Shelf) -> Source:
    path = shelf.path(entry.name)
    if path is None:
        raise CorpusError(catalogue.not_here(entry))
    return Source(name=entry.name, title=entry.title, about=entry.about, paths=(path,))


def _several(name: str, paths: Iterable[Path], reference: str) -> Source:
    """The files in the order a person would give them."""
    few = _few(paths, reference)
    shown = visible(name)
    return Source(name=shown, title=f"{shown} ({counted(len(few), 'file')})", paths=tuple(sorted(few, key=_natural)))


def _few(paths: Iterable[Path], reference: str) -> tuple[Path, ...]:
    """All the paths; raises CorpusError where there are none or too many, without looking at the rest."""
    few = tuple(itertools.islice(paths, MAX_FILES + 1))
    shown = visible(reference[:80])
    if not few:
        raise CorpusError(
            f"{shown} holds no .txt file that could be read: name files, or a pattern such as 'texts/*.md'"
        )
    if len(few) > MAX_FILES:
        raise CorpusError(f"{shown} means more than {MAX_FILES:,} files: join them into fewer")
    return few


def _text_files(folder: Path) -> Iterator[Path]:
    for path in _below(folder):
        if path.suffix.lower() in SUFFIXES and _holds_something(path):
            yield path


def _holds_something(path: Path | str) -> bool:
    """Whether it is a file with anything in it: among many, an empty one is no mistake, and has no text."""
    return os.path.isfile(path) and os.path.getsize(path) > 0


def _below(folder: Path) -> Iterator[Path]:
    """Every file below the folder but hidden ones; raises CorpusError where there are too many to look at."""
    seen = 0
    # os.walk does not follow links to folders, which may lead round in a circle.
    for place, folders, names in os.walk(folder):
        seen += len(folders) + len(names)
        if seen > MAX_SEEN:
            shown = visible(str(folder))
            raise CorpusError(
                f"{shown} holds more than {MAX_SEEN:,} files: name the folder with the texts, or the files"
            )
        folders[:] = (name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in names if not name.startswith("."))


def _look_through(pattern: Path) -> None:
    """Refuse a pattern that goes through too many folders."""
    parts = pattern.parts
    if "**" in parts:
        for _ in _below(Path(*parts[: next(i for i, part in enumerate(parts) if glob.has_magic(part))])):
            pass


def _natural(path: Path) -> list[tuple[str, int, str]]:
    """Numbers in names are compared as numbers; the digits themselves break ties, so that the order is one."""
    pieces = _NUMBER.split(str(path))
    numbers = [*pieces[1::2], ""]
    return [(text, int(number or 0), number) for text, number in zip(pieces[::2], numbers, strict=True)]


def _refuse_misspelt(reference: str, path: Path) -> None:
    """Where nothing is there and it looks like a name more than like a path, the names that there are help."""
    if path.name != reference or path.suffix or _exists(reference):
        return
    names = [entry.name for entry in bundled.entries()]
    near = closest(reference[:80], names)
    shown = visible(reference[:80])
    raise CorpusError(f"there is no corpus or file {shown!r}: the bundled corpora are {', '.join(names)}{near}")


def _expanded(reference: str) -> Path:
    return Path(os.path.expanduser(reference))


def _exists(reference: str) -> bool:
    try:
        return os.path.lexists(_expanded(reference))
    except ValueError:
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
