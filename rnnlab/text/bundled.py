"""The corpora that come with rnnlab: their index, and where their files lie.

They are beside the package in a checkout and inside it in a wheel. It must not know how a text is tokenized.
"""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path

import msgspec

from rnnlab.errors import NotFound
from rnnlab.specs.fields import closest
from rnnlab.text.visible import visible

_PACKAGE = Path(__file__).parent.parent
INDEX = "index.toml"


class BundledCorpus(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of the index."""

    name: str
    """What `data.corpus` takes."""
    file: str
    title: str
    about: str
    """One line on what it is for."""
    language: str
    prefixes: tuple[str, ...]
    """What samples may begin with."""
    characters: int
    distinct: int
    """Different characters among them."""
    sha256: str


@functools.cache
def folder() -> Path:
    """Where the corpora lie."""
    inside = _PACKAGE / "corpora"
    return inside if inside.is_dir() else _PACKAGE.parent / "corpora"


@functools.cache
def entries() -> tuple[BundledCorpus, ...]:
    """Every bundled corpus, in the order of the index."""
    return read_index((folder() / INDEX).read_text(encoding="utf-8"))


def read_index(text: str) -> tuple[BundledCorpus, ...]:
    """The entries of an index: TOML with one `[[corpus]]` table each."""
    return tuple(msgspec.convert(tomllib.loads(text)["corpus"], list[BundledCorpus]))


def find(name: str) -> BundledCorpus:
    """The entry of that name; raises NotFound that names the nearest."""
    for entry in entries():
        if entry.name == name:
            return entry
    known = [entry.name for entry in entries()]
    near = closest(name[:80], known)
    raise NotFound(f"there is no bundled corpus {visible(name[:80])!r}: they are {', '.join(known)}{near}")


def path_of(name: str) -> Path:
    """The file of the bundled corpus of that name; raises NotFound."""
    return folder() / find(name).file
