"""What the system says of a process of this machine: whether it lives, and whether another one stopped it (SIGSTOP).

It must not know whose process it is.
"""

from __future__ import annotations

from pathlib import Path

_PROC = Path("/proc")


def lives(pid: int, proc: Path = _PROC) -> bool:
    """Whether that process is there and has not ended; no where the system does not say."""
    return _state(pid, proc) not in (b"", b"Z", b"X")


def suspended(pid: int, proc: Path = _PROC) -> bool:
    """Whether that process lives and stands still; no where there is none, or the system does not say."""
    return _state(pid, proc) == b"T"


def _state(pid: int, proc: Path) -> bytes:
    """The letter of proc(5); nothing where there is none."""
    try:
        # No Path: each part of one is interned, and Python never cleans its table of names of those that are gone.
        with open(f"{proc}/{pid}/stat", "rb") as file:
            told = file.read()
    except OSError:
        return b""
    # The process's name stands before the state, in brackets, and may have brackets and spaces in it.
    return b"".join(told.rpartition(b")")[2].split()[:1])
