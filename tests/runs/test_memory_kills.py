"""The kernel's counters of processes killed for memory: the nearest one is read, and only likes are compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnlab.runs.memory_kills import MemoryKills, memory_kills

V2 = ("0::/user/job\n", "sys/fs/cgroup/user/job/memory.events", "low 0\noom 4\noom_kill 3\n")
V1 = ("4:memory:/job\n0::/\n", "sys/fs/cgroup/memory/job/memory.oom_control", "under_oom 0\noom_kill 3\n")
CONTAINER = ("4:memory:/host/path\n", "sys/fs/cgroup/memory/memory.oom_control", "oom_kill_disable 0\noom_kill 3\n")
MACHINE = ("1:cpu:/\n", "proc/vmstat", "pgfault 7\noom_kill 3\nfoo 1\n")


def put(root: Path, groups: str, file: str, text: str) -> None:
    for name, content in (("proc/self/cgroup", groups), (file, text)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)


@pytest.mark.parametrize("system", [V2, V1, CONTAINER, MACHINE], ids=["v2", "v1", "container", "machine"])
def test_the_nearest_counter_is_read(tmp_path: Path, system: tuple[str, str, str]) -> None:
    if system is not MACHINE:
        put(tmp_path, system[0], "proc/vmstat", "oom_kill 99\n")
    put(tmp_path, *system)
    assert memory_kills(tmp_path) == MemoryKills(str(tmp_path / system[1]), 3)


@pytest.mark.parametrize("text", ["", "oom_kill\n", "oom_kill x\n", "oom_kill -1\n", "not_oom_kill 5\n"])
def test_what_counts_nothing_is_nothing(tmp_path: Path, text: str) -> None:
    put(tmp_path, *V2[:2], text)
    assert memory_kills(tmp_path) == MemoryKills()


def test_only_what_the_same_file_counted_is_compared() -> None:
    before = MemoryKills("a", 3)
    assert MemoryKills("a", 5).more_than(before) == 2
    assert MemoryKills("a", 1).more_than(before) == 0
    assert MemoryKills("b", 5).more_than(before) == 0
    assert MemoryKills("", 5).more_than(MemoryKills("", 3)) == 0


def test_this_machine_has_one() -> None:
    if Path("/proc/vmstat").exists():
        assert memory_kills().source
