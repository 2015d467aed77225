"""What a launcher can say without torch: the end of a log, and what the worker inherits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rnnlab.errors import RunError, StorageError
from rnnlab.hosts import launch
from rnnlab.hosts.launch import last_lines
from rnnlab.runs import lock
from rnnlab.runs.paths import RunPaths


@pytest.mark.parametrize(
    ("text", "count", "lines"),
    [
        (b"", 3, ()),
        (b"\n", 3, ()),
        (b"one\n", 3, ("one",)),
        (b"one\ntwo\nthree\nfour\n", 2, ("three", "four")),
        (b"one\ntwo\nthree", 2, ("two", "three")),
        (b"a\x85b\xe2\x80\xa8c\r\nd\n", 5, ("a\ufffdb\u2028c\r", "d")),
        (b"\xff\x1b[2J\n", 1, ("\ufffd\x1b[2J",)),
    ],
)
def test_a_log_gives_its_last_lines(tmp_path: Path, text: bytes, count: int, lines: tuple[str, ...]) -> None:
    (tmp_path / "log.txt").write_bytes(text)
    assert last_lines(tmp_path / "log.txt", count) == lines


def test_a_huge_log_costs_little_and_none_is_nothing(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "log.txt", 5) == ()
    assert last_lines(tmp_path, 5) == ()
    (tmp_path / "log.txt").write_bytes(b"x" * 10_000_000 + b"\nlast\n")
    assert last_lines(tmp_path / "log.txt", 1) == ("last",)
    assert len(last_lines(tmp_path / "log.txt", 5)[0]) < 100_000


def test_a_worker_that_cannot_be_started_leaves_the_run_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = RunPaths(tmp_path)
    monkeypatch.setattr(launch.sys, "executable", str(tmp_path / "no-python"))
    with pytest.raises(RunError, match="could not be started: No such file"):
        launch.start_worker(paths)
    assert not lock.held(paths.lock)


def test_a_log_that_leads_elsewhere_is_not_written(tmp_path: Path) -> None:
    paths = RunPaths(tmp_path / "run")
    paths.directory.mkdir()
    paths.log.symlink_to(tmp_path / "precious")
    with pytest.raises(RunError, match="could not be started"):
        launch.start_worker(paths)
    assert not (tmp_path / "precious").exists()
    assert not lock.held(paths.lock)


def test_where_there_is_no_directory_nothing_is_started(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot open the lock"):
        launch.start_worker(RunPaths(tmp_path / "gone"))


HAIL = """
import os, signal, subprocess, sys, threading
from rnnlab.hosts import launch

signal.signal(signal.SIGHUP, lambda *_: None)
over = threading.Event()

def hail():
    while not over.is_set():
        os.kill(0, signal.SIGHUP)

threading.Thread(target=hail).start()
ends = []
with open(os.devnull, "wb") as log:
    for _ in range(60):
        if sys.argv[1] == "spawned":
            launch.spawn(["/bin/true"], log.fileno(), log.fileno())
            child = launch._children[-1]
        else:
            child = subprocess.Popen(["/bin/true"], start_new_session=True)
        ends.append(child.wait())
over.set()
print(sum(end == -signal.SIGHUP for end in ends), sum(end == 0 for end in ends))
"""


@pytest.mark.parametrize("how", ["spawned", "started"])
def test_a_terminal_that_hangs_up_at_the_very_start_takes_nobody_along_that_was_spawned(how: str) -> None:
    hail = [sys.executable, "-c", HAIL, how]
    said = subprocess.run(hail, start_new_session=True, capture_output=True, text=True, check=True, timeout=60)
    died, lived = map(int, said.stdout.split())
    assert died + lived == 60
    assert (died == 0) == (how == "spawned"), f"{died} of 60 died"
