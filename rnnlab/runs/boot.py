"""Which boot of the machine this is: what tells a restart from a death. It must not know who asks."""

from __future__ import annotations

from pathlib import Path


def boot_id() -> str:
    """The kernel's name for this boot, or nothing where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
