"""Whether this process has the native engine, and in a sentence why not.

One place of the process holds what was found, because it is the machine's matter and not a model's. The library is
looked for in the home directory's cache, or where a worker says; it is never built here. It must not know models.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from rnnlab.errors import RnnlabError
from rnnlab.nn.native.building import NO_COMPILER, Workshop
from rnnlab.nn.native.kernels import Kernels
from rnnlab.settings import NATIVE_VARIABLE, home_directory, native_is_off

FOLDER = "kernels"
"""The name below the cache."""
OFF = f"{NATIVE_VARIABLE} is off"


@dataclass(frozen=True)
class Found:
    """What there is."""

    kernels: Kernels | None
    state: str
    """ready, building, missing (it could be built), unusable"""
    reason: str = ""
    """Why it is not ready, as the end of a sentence."""


_found: Found | None = None
_cache: Path | None = None


def look_in(cache: Path) -> None:
    """Look in another cache than the home directory's from now on."""
    global _cache, _found
    if cache != _cache:
        _cache, _found = cache, None


def workshop() -> Workshop:
    """Where the kernels of this process are built and kept; raises BadInput where there is no home directory."""
    return Workshop((_cache or home_directory() / "cache") / FOLDER)


def found(*, again: bool = False) -> Found:
    """What was found when it was first looked for, or is there now; a library that was opened stays."""
    global _found
    if _found is None or (again and _found.state != "ready"):
        _found = _look()
    return _found


def kernels() -> Kernels | None:
    """The kernels, if they are ready."""
    return found().kernels


def _look() -> Found:
    if native_is_off():
        return Found(None, "unusable", OFF)
    try:
        place = workshop()
    except RnnlabError as error:
        return Found(None, "unusable", str(error))
    if place.compiler is None:
        return Found(None, "unusable", NO_COMPILER)
    if place.library.exists():
        return _open(place.library)
    if place.is_building():
        return Found(None, "building", "it is being built")
    if place.failure:
        return Found(None, "unusable", place.failure)
    return Found(None, "missing", "it was not built yet")


def _open(library: Path) -> Found:
    if not _private(library):
        return Found(None, "unusable", f"{library} could be written by others: remove its directory")
    try:
        return Found(Kernels(library), "ready")
    except (OSError, AttributeError) as error:
        return Found(None, "unusable", f"the library cannot be opened: {error}")


def _private(path: Path) -> bool:
    """Whether a file and its directory belong to this user and only this user may change them."""
    return all(
        (status := place.lstat()).st_uid == os.getuid()
        and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        and not stat.S_ISLNK(status.st_mode)
        for place in (path, path.parent, path.parent.parent)
    )
