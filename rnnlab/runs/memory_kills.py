"""How many processes the kernel has killed for want of memory: the difference around a death is evidence of its cause.

Counted for the control group of this process where the kernel does that (cgroup v2, then v1), else for the machine. It
must not know who died.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

_COUNTED = re.compile(r"^oom_kill ([0-9]{1,18})$", re.MULTILINE)


class MemoryKills(msgspec.Struct, frozen=True):
    """A counter as it stood."""

    source: str = ""
    """The file that counts; nothing where the system has none."""
    count: int = 0

    def more_than(self, before: MemoryKills) -> int:
        """Processes killed between the two, as far as the same file counted both times."""
        return max(0, self.count - before.count) if self.source and self.source == before.source else 0


def memory_kills(root: Path = Path("/")) -> MemoryKills:
    """The counter that is nearest to this process, below `root`."""
    for file in _sources(root):
        with contextlib.suppress(OSError):
            if found := _COUNTED.search(file.read_text(errors="replace")):
                return MemoryKills(str(file), int(found.group(1)))
    return MemoryKills()


def _sources(root: Path) -> Iterator[Path]:
    groups: dict[str, str] = {}
    with contextlib.suppress(OSError):
        for line in (root / "proc/self/cgroup").read_text(errors="replace").splitlines():
            _, _, named = line.partition(":")
            controllers, _, path = named.partition(":")
            groups |= dict.fromkeys(controllers.split(","), path.strip("/"))
    mounts = root / "sys/fs/cgroup"
    if "" in groups:
        yield mounts / groups[""] / "memory.events"
    if "memory" in groups:
        yield mounts / "memory" / groups["memory"] / "memory.oom_control"
        # In a container the path is the host's; the container's own group is what is mounted.
        yield mounts / "memory" / "memory.oom_control"
    yield root / "proc/vmstat"
