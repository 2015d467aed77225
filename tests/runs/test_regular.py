"""What a stranger may put in the place of a file: nothing of it is followed, waited for, or swallowed."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from rnnlab.errors import CheckpointError, RunError, StorageError
from rnnlab.hosts import launch
from rnnlab.runs import manifest, requests
from rnnlab.runs.paths import MAX_VOCABULARY, RunPaths
from rnnlab.runs.regular import open_regular, read_regular, refuse_links
from rnnlab.runs.requests import Request


@pytest.fixture
def run(tmp_path: Path) -> RunPaths:
    paths = RunPaths(tmp_path / "gru-8-shy-owl")
    paths.directory.mkdir()
    return paths


def in_the_way(kind: str, path: Path) -> None:
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        socket.socket(socket.AF_UNIX).bind(str(path))
    elif kind == "directory":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path)
    else:
        path.symlink_to(kind)


@pytest.mark.parametrize("kind", ["pipe", "socket", "directory", "loop", "/dev/zero", "/etc/passwd", "/proc/self/maps"])
def test_only_a_plain_file_is_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "v"
    in_the_way(kind, path)
    with pytest.raises(OSError, match=r".+"):
        open_regular(path)


def test_a_file_that_is_too_large_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_regular(path, 5) == b"12345"
    with pytest.raises(OSError, match="too large"):
        read_regular(path, 4)


@pytest.mark.parametrize("kind", ["pipe", "/dev/zero", "loop"])
def test_a_vocabulary_that_is_no_file_or_a_giant_is_a_sentence(run: RunPaths, kind: str) -> None:
    in_the_way(kind, run.vocabulary)
    with pytest.raises(CheckpointError, match="vocabulary of gru-8-shy-owl cannot be read"):
        manifest.read_vocabulary(run)
    run.vocabulary.unlink()
    with run.vocabulary.open("wb") as giant:
        giant.truncate(MAX_VOCABULARY + 1)
    with pytest.raises(CheckpointError, match="too large"):
        manifest.read_vocabulary(run)


@pytest.mark.parametrize("name", ["requests", "checkpoints", "origin"])
def test_nothing_is_written_or_removed_where_a_link_in_a_run_leads(run: RunPaths, tmp_path: Path, name: str) -> None:
    """A worker removes what it takes and what is superfluous: through a link, that would be somebody's own files."""
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "letters.json").write_text("mine")
    (precious / "step-1").mkdir()
    (run.directory / name).symlink_to(precious)
    with pytest.raises(RunError, match="is a link"):
        refuse_links(run)
    with pytest.raises(RunError, match="is a link"):
        launch.start_worker(run)
    if name == "requests":
        assert requests.take(run.requests) == []
        with pytest.raises(StorageError, match="is a link"):
            requests.post(run.requests, Request(action="stop"))
    assert sorted(path.name for path in precious.iterdir()) == ["letters.json", "step-1"]
