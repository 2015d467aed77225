"""Which versions are installed, without importing what they are versions of.

`importlib.metadata` costs 30 ms, more than all the rest of `rnnlab --version`, so the names of the installed
distributions' directories are read first and it is asked only where they do not say. It must not import torch.
"""

from __future__ import annotations

import os
import sys

from rnnlab import __version__


def installed_version(distribution: str) -> str:
    """The version of an installed distribution (lower case, `_` for `-`), or nothing where there is none."""
    for directory in sys.path:
        found = _version_in(directory or ".", f"{distribution}-")
        if found:
            return found
    return _version_by_metadata(distribution)


def version_line() -> str:
    """What `rnnlab --version` prints."""
    python = ".".join(map(str, sys.version_info[:3]))
    parts = [f"{name} {installed_version(name) or 'not installed'}" for name in ("torch", "textual")]
    return f"rnnlab {__version__} (python {python}, {', '.join(parts)})"


def _version_in(directory: str, beginning: str) -> str:
    ending = ".dist-info"
    try:
        names = os.listdir(directory)
    except OSError:
        return ""
    for name in names:
        if name.startswith(beginning) and name.endswith(ending):
            return name[len(beginning) : -len(ending)]
    return ""


def _version_by_metadata(distribution: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""
