"""What a launcher can say without torch: the end of a log, and what the worker inherits."""

from __future__ import annotations

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
