"""The writing side of a run: it waits for a disk that refuses, and its last word is true."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from rnnlab.errors import StorageError, StorageLost
from rnnlab.events import Finished, Paused, Saved, Started
from rnnlab.runs import digest, journal, requests, status
from rnnlab.runs.boot import boot_id
from rnnlab.runs.paths import RunPaths
from rnnlab.runs.requests import Request
from rnnlab.runs.status import Status
from rnnlab.worker import desk as desks
from rnnlab.worker.desk import Desk
from rnnlab.worker.log import say

STARTED = Started(
    step=40, epoch=2, attempt=2, device="cpu", engine="fused", threads=1, parameters=10, vocabulary=5, unigram=4.0,
    train_tokens=100, validation_tokens=10, characters_per_token=1.0, batches=20, total_steps=200, epochs=10,
)  # fmt: skip


class Told:
    """Whether the worker was told to end."""

    now = False

    def __call__(self) -> bool:
        return self.now


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def run(tmp_path: Path) -> RunPaths:
    paths = RunPaths(tmp_path / "gru-8-shy-owl")
    paths.directory.mkdir()
    return paths


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desks, "_RETRY_EVERY", 0.0)


def refusing(times: int, told: Told | None = None):
    """A write that is refused so many times, with another number of free bytes each time, and then gives 7."""
    calls = iter(range(times))

    def write() -> int:
        for call in calls:
            if told is not None and call == times - 2:
                told.now = True
            raise StorageError(f"cannot write /home/x: no space left on device; {call} bytes are free there")
        return 7

    return write


def test_a_desk_says_at_once_who_works(run: RunPaths, told: Told) -> None:
    status.write(run.status, Status(state="failed", message="out of memory", step=33, best_validation=4.0))
    Desk(run, told).close()
    now = status.read(run.status)
    assert now is not None
    assert (now.state, now.message, now.pid, now.boot) == ("starting", "", os.getpid(), boot_id())
    assert (now.step, now.best_validation) == (33, 4.0)


def test_events_go_into_the_journal_and_the_status(run: RunPaths, told: Told) -> None:
    desk = Desk(run, told)
    happened = [STARTED, Saved(step=40, epoch=2, reason="begin"), Paused(step=40, epoch=2)]
    progress = []
    for event in happened:
        desk.record(event)
        now = status.read(run.status)
        assert now is not None
        progress.append(now.progress)
    desk.close()
    assert [record.event for record in journal.read(run.journal).records] == happened
    assert now.state == "paused"
    assert progress == sorted(progress)
    assert progress[0] < progress[-1]


def test_a_long_journal_is_digested_as_far_as_it_is_safe(
    run: RunPaths, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest, "EVERY", 10)
    desk = Desk(run, told)
    desk.record(STARTED)
    for step in range(41, 60):
        desk.record(Saved(step=step, epoch=2, reason="interval"))
    assert digest.load(run).cursor == 0, "a power cut may still take them"
    desk.sync()
    assert digest.load(run).cursor == run.journal.stat().st_size
    desk.close()


def test_a_refusing_disk_is_waited_for_and_told_once(
    run: RunPaths, told: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(run, told)
    assert desk.persist(refusing(25)) == 7
    desk.close()
    said = capsys.readouterr().out
    assert said.count("no space left on device") == 1
    assert "/home/x" in said


def test_who_is_told_to_end_no_longer_waits(run: RunPaths, told: Told) -> None:
    desk = Desk(run, told)
    with pytest.raises(StorageError):
        desk.persist(refusing(5, told))
    desk.close()


def test_on_a_full_disk_a_worker_waits_says_so_and_does_not_use_up_what_is_kept_for_its_last_words(
    run: RunPaths, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(run, told)
    desk.record(STARTED)
    assert run.reserve.stat().st_size > 100_000
    seen: list[Status | None] = []
    full = iter([True] * 5)

    def reserve(path: Path, size: int) -> None:
        seen.append(status.read(run.status))
        assert not path.exists(), "the room was given up for the status"
        if next(full, False):
            raise StorageError("cannot write there: no space left on device")

    monkeypatch.setattr(desks, "reserve", reserve)
    assert desk.persist(refusing(1)) == 7
    assert len(seen) == 6, "it goes on when there is room for the reserve again, not before"
    (now,) = {msgspec.json.encode(each) for each in seen}
    waiting = msgspec.json.decode(now, type=Status)
    assert (waiting.state, waiting.step) == ("waiting", 40)
    assert waiting.message == "cannot write /home/x: no space left on device; 0 bytes are free there"
    after = status.read(run.status)
    assert after is not None
    assert (after.state, after.message) == ("running", "")
    desk.close()


def test_the_last_words_get_the_room_that_was_kept_for_them(run: RunPaths, told: Told) -> None:
    desk = Desk(run, told)
    told.now = True

    def write() -> str:
        if run.reserve.exists():
            raise StorageError("cannot write /home/x: no space left on device")
        return "last words"

    assert desk.persist(write) == "last words"
    desk.close()
    assert not run.reserve.exists()


def test_a_journal_that_the_disk_may_have_lost_is_never_synced_again_and_the_worker_ends(
    run: RunPaths, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(run, told)
    desk.record(STARTED)
    synced = []

    def fsync(descriptor: int) -> None:
        if os.readlink(f"/proc/self/fd/{descriptor}") == str(run.journal):
            synced.append(descriptor)
            if len(synced) == 1:  # as Linux does: once, and then all is well
                raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(StorageLost, match="may be lost"):
        desk.sync()
    desk.fail("the disk")
    desk.close()
    assert len(synced) == 1
    now = status.read(run.status)
    assert now is not None
    assert (now.state, now.message) == ("failed", "the disk")


def test_nobody_waits_for_a_directory_that_is_gone(run: RunPaths, told: Told) -> None:
    desk = Desk(run, told)
    run.directory.rename(run.directory.with_name("elsewhere"))
    with pytest.raises(StorageError):
        desk.persist(refusing(10**9))
    desk.fail("it is gone")
    desk.close()


def test_a_failure_keeps_the_step_that_was_reached(run: RunPaths, told: Told) -> None:
    desk = Desk(run, told)
    desk.record(STARTED)
    desk.fail("out of memory")
    desk.close()
    last = journal.read(run.journal).records[-1].event
    assert last == Finished(step=40, epoch=2, cause="failed", message="out of memory")
    now = status.read(run.status)
    assert now is not None
    assert (now.state, now.message, now.step) == ("failed", "out of memory", 40)


def test_a_failure_before_the_first_event_is_on_record_too(run: RunPaths, told: Told) -> None:
    desk = Desk(run, told)
    desk.fail("no such corpus")
    desk.close()
    assert journal.read(run.journal).records[0].event == Finished(
        step=0, epoch=1, cause="failed", message="no such corpus"
    )


def test_requests_are_looked_up_a_few_times_a_second_and_given_in_order(
    run: RunPaths, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(run, told)
    now = 1000.0
    monkeypatch.setattr(desks.time, "monotonic", lambda: now)
    for action in ("pause", "unpause"):
        requests.post(run.requests, Request(action=action))
    assert [request.action for request in desk.requested()] == ["pause", "unpause"]
    requests.post(run.requests, Request(action="stop"))
    assert desk.requested() == []
    now += 1
    assert [request.action for request in desk.requested()] == ["stop"]
    desk.close()


def test_what_a_killed_worker_left_half_done_is_settled(run: RunPaths, told: Told) -> None:
    run.checkpoints.mkdir()
    for name in (".step-3.x.tmp", ".step-1.y.gone", ".step-2.old"):
        (run.checkpoints / name).mkdir()
        (run.checkpoints / name / "weights").write_bytes(b"w")
    (run.directory / ".status.json.z.tmp").write_bytes(b"{")
    Desk(run, told).close()
    assert [path.name for path in run.checkpoints.iterdir()] == ["step-2"]
    assert sorted(path.name for path in run.directory.iterdir()) == ["checkpoints", "journal.jsonl", "status.json"]


def test_what_is_said_is_said_whatever_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    say("a\udcff b\u2028")
    assert capsys.readouterr().out == "a\\udcff b\u2028\n"


def test_a_log_on_a_full_disk_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

        def flush(self) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("sys.stdout", Full())
    say("nobody hears it")
