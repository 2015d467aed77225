"""Whether a process stands still because another one stopped it (SIGSTOP): it lives, and says nothing.

It must not know whose process it is.
"""

from __future__ import annotations

from pathlib import Path


def suspended(pid: int, proc: Path = Path("/proc")) -> bool:
    """Whether that process of this machine stands still; no where there is none, or the system does not say."""
    try:
        told = (proc / str(pid) / "stat").read_bytes()
    except OSError:
        return False
    # The process's name stands before the state, in brackets, and may have brackets and spaces in it.
    return told.rpartition(b")")[2].split()[:1] == [b"T"]
