"""P7: a disk that is full at any byte damages nothing that was there, says so once, and training goes on when there is
room; a disk that fails is not trusted again.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from rnnlab import files
from rnnlab.errors import StorageError
from rnnlab.events import Finished, Saved, Step
from rnnlab.hosts.local import LocalHost
from rnnlab.hosts.values import Session
from rnnlab.runs import journal, requests, status
from rnnlab.runs.journal import JournalWriter
from rnnlab.runs.paths import RunPaths
from rnnlab.runs.requests import Request
from rnnlab.runs.status import Status
from tests.reliability import mounts
from tests.reliability.test_kill_points import checkpoint, saved, whole
from tests.worker.processes import Run

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

OFFSETS = 50


class SmallDisk:
    """`os.write` of this process, to which so many bytes are left; the last write is cut short, as a disk's is."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = 1 << 60
        self.written = 0
        self._write = os.write
        monkeypatch.setattr(os, "write", self._instead)

    def _instead(self, descriptor: int, data: bytes | memoryview) -> int:
        if not self.left:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        done = self._write(descriptor, data[: self.left])
        self.left -= done
        self.written += done
        return done


def tree(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file()}


def everything(home: Path, number: int) -> None:
    """Every artefact once, on top of those of the number before."""
    host, paths = LocalHost(home), RunPaths(home / "sessions" / "main" / "runs" / "gru-8-shy-owl")
    files.make_directory(paths.checkpoints)
    writer = JournalWriter(paths.journal)
    try:
        writer.write(saved(number))
    finally:
        writer.close()
    status.write(paths.status, Status(state="running", step=number))
    status.write(paths.status, Status(state="running", step=number), lasting=True)
    checkpoint(paths, number, best=True)
    requests.post(paths.requests, Request(action=f"pause {number}"))
    host.save_session(Session(name="main", draft={"train.seed": str(number)}))
    with files.growing_file(home / "corpora" / "text.txt") as growing:
        for _ in range(3):
            growing.append(f"{number}".encode() * 5000)


def test_a_disk_that_is_full_at_any_of_fifty_bytes_damages_nothing_older(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = SmallDisk(monkeypatch)
    everything(tmp_path / "whole", 1)
    before = disk.written
    everything(tmp_path / "whole", 2)
    total, refused = disk.written - before, 0
    for trial in range(OFFSETS):
        home = tmp_path / str(trial)
        disk.left = 1 << 60
        everything(home, 1)
        old = tree(home)
        disk.left = total * trial // OFFSETS
        with pytest.raises(StorageError) as caught:
            everything(home, 2)
        refused += 1
        assert str(home) in str(caught.value)
        assert "no space left on device" in str(caught.value)
        assert "bytes are free there" in str(caught.value)
        disk.left = 1 << 60
        unharmed(home, old)
        everything(home, 3)
    print(f"full at {refused} bytes: 0 older artefacts damaged, 0 half files at a final name, {refused} messages")


def unharmed(home: Path, old: dict[str, bytes]) -> None:
    """Each file is the old one, whole, or the new one, whole; nothing else has a name that is read."""
    paths = RunPaths(home / "sessions" / "main" / "runs" / "gru-8-shy-owl")
    assert [r.event.step for r in journal.read(paths.journal).records] in ([1], [1, 2])
    assert journal.read(paths.journal).damaged == 0
    now = status.read(paths.status)
    assert now is not None
    assert now.step in (1, 2)
    assert whole(paths) in ([1], [1, 2])
    assert LocalHost(home).session("main").draft["train.seed"] in ("1", "2")
    text = (home / "corpora" / "text.txt").read_bytes()
    assert text in (b"1" * 15_000, b"2" * 15_000)
    new = {name for name in tree(home) if name not in old}
    assert not [name for name in new if name.split("/")[-1].startswith(".")], "half written files were left"


def test_where_files_are_overwritten_in_place_a_full_disk_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = SmallDisk(monkeypatch)

    def overwrite(path: Path, data: bytes) -> None:
        with files.explained(path):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            files.write_all(descriptor, data)

    for name in ("rnnlab.runs.status.write_atomic", "rnnlab.runs.status.replace_quickly"):
        monkeypatch.setattr(name, overwrite)
    everything(tmp_path, 1)
    harmed = 0
    for left in range(0, 1000, 40):
        disk.left = left
        with pytest.raises(StorageError):
            everything(tmp_path, 2)
        disk.left = 1 << 60
        harmed += status.read(RunPaths(tmp_path / "sessions" / "main" / "runs" / "gru-8-shy-owl").status) is None
    assert harmed


def trains_through_a_full_disk(answer: Connection, place: Path) -> None:
    """A worker on a small file system in memory that somebody else fills, four times over."""
    found: list[tuple[str, str, int, int, bool]] = []
    with mounts.memory(place / "small", "6m") as root:
        run = Run(root / "home", {"train.epochs": 10**6, "train.checkpoint_every": 300, "train.log_every": 1})
        host = LocalHost(root / "home")
        run.begin()
        for _ in range(4):
            assert run.reaches(run.events()[-1].step + 20)
            fill(root / "filler")
            assert run.lives_until(lambda: host.runs()[0].state == "waiting")
            waits = host.runs()[0]
            at = run.events()[-1].step
            run.lives_until_time(2.5)
            still = run.events()[-1].step - at
            (root / "filler").unlink()
            assert run.reaches(at + 50)
            assert run.lives_until(lambda: host.runs()[0].state == "running")
            found.append((waits.state, waits.message, at, still, bool(whole(run.paths))))
        fill(root / "filler")
        assert run.lives_until(lambda: host.runs()[0].state == "waiting")
        assert run.process is not None
        os.kill(run.process.pid or 0, signal.SIGTERM)
        run.process.join(30)
        end = [event.cause for event in run.of(Finished)], host.runs()[0].state, host.runs()[0].message
        (root / "filler").unlink()
        steps = [event.step for event in run.of(Step)]
        answer.send((found, run.paths.log.read_text(), steps == list(range(1, len(steps) + 1)), end, whole(run.paths)))


def fill(path: Path) -> None:
    with path.open("ab", buffering=0) as filler:
        for size in (1 << 16, 4096, 512, 1):
            while True:
                try:
                    filler.write(bytes(size))
                except OSError:
                    break


@pytest.mark.skipif(bool(mounts.missing()), reason=mounts.missing())
def test_a_training_waits_for_room_says_so_once_and_goes_on(tmp_path: Path) -> None:
    from tests.reliability.test_power_cut import in_a_process_of_its_own

    answer = in_a_process_of_its_own(trains_through_a_full_disk, tmp_path)
    assert isinstance(answer, tuple)
    found, log, gapless, end, there = answer
    for state, message, _, still, loadable in found:
        assert state == "waiting"
        assert str(tmp_path) in message
        assert "no space left on device" in message
        assert "bytes are free there" in message
        assert still <= 1, "it trained on though nothing could be written"
        assert loadable
    assert gapless
    assert there
    assert log.count("no space left on device") <= 10
    print(f"a full disk, {len(found)} times: each waited for and left behind, no step lost; told to end on it: {end}")


@pytest.mark.parametrize("kind", ["journal", "checkpoint"])
def test_a_disk_that_fails_to_sync_is_not_trusted_again(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fifth sync of such a file fails once, as Linux reports a lost write; the kernel forgets it at once."""
    run = Run(tmp_path, {"train.epochs": 10**6, "train.checkpoint_every": 20})
    process = multiprocessing.get_context("fork").Process(target=_works_on_a_bad_disk, args=(run, kind))
    process.start()
    run.process = process
    if kind == "journal":
        process.join(60)
        assert process.exitcode == 1
        (end,) = run.of(Finished)
        assert end.cause == "failed"
        assert "may be lost" in end.message
        assert LocalHost(tmp_path).runs()[0].message == end.message
    else:
        assert run.lives_until(lambda: len(run.of(Saved)) > 12)
        assert "input/output error" in run.paths.log.read_text()
        run.kill()
    assert (tmp_path / "synced after").read_text() == ""
    assert whole(run.paths)
    run.process = None
    run.begin()
    assert run.reaches(run.events()[-1].step + 5)
    run.kill()


def _works_on_a_bad_disk(run: Run, kind: str) -> None:
    from tests.worker.processes import work

    sys.stdout = sys.__stdout__  # not the one that pytest put there: the log's descriptor
    fsync: Callable[[int], None] = os.fsync
    spoilt: list[int] = []
    seen = iter(range(10**6))
    note = (run.paths.directory.parents[3] / "synced after").open("w")

    def instead(descriptor: int) -> None:
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        if os.fstat(descriptor).st_ino in spoilt:
            print(path, file=note, flush=True)
        hit = path == str(run.paths.journal) if kind == "journal" else path.endswith("state.safetensors")
        if hit and next(seen) == 4:
            # Held, so that no other file gets its number.
            spoilt.append(os.fstat(os.dup(descriptor)).st_ino)
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        fsync(descriptor)

    os.fsync = instead  # ty: ignore[invalid-assignment]
    work(str(run.paths.directory))
