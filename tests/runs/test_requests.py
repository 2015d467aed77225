"""Requests: consumed once, in order, and whatever else lies there stops nobody."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from rnnlab.errors import StorageError
from rnnlab.runs import requests
from rnnlab.runs.requests import Request, post, take


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "requests"


def test_requests_are_taken_once_in_the_order_they_were_made(directory: Path) -> None:
    actions = ["pause", "checkpoint", "unpause", "stop"] * 5
    for action in actions:
        post(directory, Request(action=action))
    assert [request.action for request in take(directory)] == actions
    assert take(directory) == []
    assert list(directory.iterdir()) == []


def test_a_change_brings_its_values(directory: Path) -> None:
    change = Request(action="change", changes={"train.lr": 0.5, "train.clip": "none", "train.patience": 3})
    post(directory, change)
    assert take(directory) == [change]


def test_there_are_no_requests_before_somebody_asked(directory: Path) -> None:
    assert take(directory) == []


def test_requests_are_private(directory: Path) -> None:
    post(directory, Request(action="stop"))
    (request,) = directory.iterdir()
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert stat.S_IMODE(request.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "junk",
    [b"", b"{", b"[]", b"\xff", b'{"action":3}', b"x" * 200_000, b'{"action":"stop","x":' + b"[" * 30_000, b"{}"],
)
def test_files_that_do_not_read_are_removed_and_the_others_obeyed(directory: Path, junk: bytes) -> None:
    post(directory, Request(action="pause"))
    (directory / "00-junk.json").write_bytes(junk)
    assert take(directory) == [Request(action="pause")]
    assert list(directory.iterdir()) == []


def test_what_is_no_file_is_left_alone(directory: Path, tmp_path: Path) -> None:
    post(directory, Request(action="pause"))
    os.mkfifo(directory / "0-pipe.json")
    (directory / "1-folder.json").mkdir()
    (directory / "2-link.json").symlink_to(tmp_path / "elsewhere.json")
    (tmp_path / "elsewhere.json").write_bytes(b'{"action":"stop"}')
    (directory / "notes.txt").write_bytes(b"mine")
    (directory / ".half.json.tmp").write_bytes(b'{"action":"stop"}')
    begun = time.monotonic()
    assert take(directory) == [Request(action="pause")]
    assert time.monotonic() - begun < 2
    assert (tmp_path / "elsewhere.json").exists()
    assert len(list(directory.iterdir())) == 5


def test_a_request_that_cannot_be_removed_is_not_obeyed_for_ever_and_those_before_it_are_not_lost(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for action in ("pause", "stop"):
        post(directory, Request(action=action))
    whole, stuck = requests.remove_file, sorted(directory.iterdir())[1]

    def refusing(path: Path) -> None:
        if path == stuck:
            raise StorageError(f"cannot write {path}: read-only file system")
        whole(path)

    monkeypatch.setattr(requests, "remove_file", refusing)
    assert take(directory) == [Request(action="pause")]
    with pytest.raises(StorageError):
        take(directory)
    monkeypatch.undo()
    assert take(directory) == [Request(action="stop")]


def test_a_request_waits_until_it_is_taken(directory: Path) -> None:
    assert not requests.waits(directory, "stop")
    post(directory, Request(action="stop"))
    assert requests.waits(directory, "stop")
    assert not requests.waits(directory, "pause")
    take(directory)
    assert not requests.waits(directory, "stop")
