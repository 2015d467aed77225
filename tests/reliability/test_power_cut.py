"""P6: what is said to be saved is there after a power cut, on an ext4 of its own whose power is cut."""

from __future__ import annotations

import multiprocessing
import os
import random
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from unittest import mock

import pytest

from rnnlab import files
from rnnlab.dialogue import Turn
from rnnlab.errors import RnnlabError
from rnnlab.events import Finished, Saved, Step
from rnnlab.hosts.local import LocalHost
from rnnlab.hosts.values import Session
from rnnlab.runs import checkpoints, journal, status
from rnnlab.runs.checkpoints import CheckpointManifest
from rnnlab.runs.journal import JournalWriter
from rnnlab.runs.paths import WEIGHTS, RunPaths
from rnnlab.runs.status import Status
from tests.reliability import mounts
from tests.reliability.mounts import Disk
from tests.worker.processes import Run, forget_server

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]
if mounts.missing():
    pytestmark.append(pytest.mark.skip(reason=mounts.missing()))

TRIALS = 20
CUT_JOURNAL = 20
JOURNAL_SECONDS = 2.0
Write = Callable[[RunPaths, int], object]
Holds = Callable[[RunPaths, int], bool]


def in_a_process_of_its_own(work: Callable[[Connection, Path], None], place: Path) -> object:
    """Mounts go with the process that made them."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=_alone, args=(work, theirs, place))
    process.start()
    theirs.close()
    try:
        answer = ours.recv()
    finally:
        process.join()
    assert process.exitcode == 0
    return answer


def _alone(work: Callable[[Connection, Path], None], answer: Connection, place: Path) -> None:
    mounts.alone()
    forget_server()
    work(answer, place)


def write_journal(paths: RunPaths, number: int) -> None:
    writer = JournalWriter(paths.journal)
    writer.write(Saved(step=number, epoch=1, reason="interval"))
    writer.sync()
    writer.close()


def read_journal(paths: RunPaths, number: int) -> bool:
    chunk = journal.read(paths.journal)
    return chunk.damaged == 0 and [record.event.step for record in chunk.records] == list(range(number + 1))


def write_checkpoint(paths: RunPaths, number: int) -> None:
    files.settle(paths.checkpoints)
    contents = {WEIGHTS: bytes([number]) * 100_000}
    checkpoints.save(paths, CheckpointManifest(step=number, epoch=1, files={}), contents, best=True)


def read_checkpoint(paths: RunPaths, number: int) -> bool:
    try:
        for step in checkpoints.steps(paths):
            found = checkpoints.read_manifest(paths, step)
            checkpoints.read_file(paths, found, WEIGHTS)
    except RnnlabError:
        return False
    return checkpoints.steps(paths)[-1:] == [number] and checkpoints.best_step(paths) == number


def home_of(paths: RunPaths) -> Path:
    return paths.directory.parents[3]


def write_desk(paths: RunPaths, number: int) -> None:
    LocalHost(home_of(paths)).save_session(Session(name="main", draft={"train.seed": str(number)}))


def read_desk(paths: RunPaths, number: int) -> bool:
    return LocalHost(home_of(paths)).session("main").draft.get("train.seed") == str(number)


def write_status(paths: RunPaths, number: int) -> None:
    status.write(paths.status, Status(state="finished", step=number), lasting=True)


def read_status(paths: RunPaths, number: int) -> bool:
    now = status.read(paths.status)
    return now is not None and now.step == number


def write_vocabulary(paths: RunPaths, number: int) -> None:
    files.write_atomic(paths.vocabulary, b"{}" * (number + 1))


def read_vocabulary(paths: RunPaths, number: int) -> bool:
    return paths.vocabulary.read_bytes() == b"{}" * (number + 1)


def write_transcript(paths: RunPaths, number: int) -> None:
    LocalHost(home_of(paths)).remember("main", Turn(prefix="x", text="y", run="r", step=number))


def read_transcript(paths: RunPaths, number: int) -> bool:
    return [turn.step for turn in LocalHost(home_of(paths)).transcript("main")] == list(range(number + 1))


def write_copy(paths: RunPaths, number: int) -> None:
    with files.growing_file(home_of(paths) / "corpora" / f"{number}.txt") as growing:
        growing.append(b"the tide " * 10_000)


def read_copy(paths: RunPaths, number: int) -> bool:
    copies = (home_of(paths) / "corpora" / f"{each}.txt" for each in range(number + 1))
    return all(copy.exists() and copy.stat().st_size == 90_000 for copy in copies)


ARTEFACTS: dict[str, tuple[Write, Holds]] = {
    "journal": (write_journal, read_journal),
    "checkpoint": (write_checkpoint, read_checkpoint),
    "status": (write_status, read_status),
    "spec and vocabulary": (write_vocabulary, read_vocabulary),
    "copy of a text": (write_copy, read_copy),
    "desk": (write_desk, read_desk),
    "transcript": (write_transcript, read_transcript),
}


def cut_again_and_again(name: str, answer: Connection, place: Path) -> None:
    """Write, cut the power at once, look; gives in how many of the trials something was not there."""
    write, holds = ARTEFACTS[name]
    disk, lost = Disk(place), 0
    paths = RunPaths(disk.root / "home" / "sessions" / "main" / "runs" / "gru-8-shy-owl")
    files.make_directory(paths.checkpoints)
    for number in range(TRIALS):
        write(paths, number)
        disk.cut_power()
        disk.restart()
        lost += not (paths.directory.is_dir() and holds(paths, number))
        if not paths.directory.is_dir():
            files.make_directory(paths.checkpoints)
    disk.unmount()
    answer.send(lost)


@pytest.mark.parametrize("name", [*ARTEFACTS])
def test_what_was_written_is_there_after_a_power_cut(tmp_path: Path, name: str) -> None:
    lost = in_a_process_of_its_own(lambda answer, place: cut_again_and_again(name, answer, place), tmp_path)
    print(f"{name}: {TRIALS} power cuts, {lost} losses")
    assert lost == 0


@pytest.mark.parametrize("name", ["checkpoint", "status", "journal"])
def test_without_syncing_a_power_cut_is_found_out(tmp_path: Path, name: str) -> None:
    with mock.patch.object(os, "fsync", return_value=None):
        lost = in_a_process_of_its_own(lambda answer, place: cut_again_and_again(name, answer, place), tmp_path)
    print(f"{name} without fsync: {TRIALS} power cuts, {lost} losses")
    assert lost


def cut_while_it_trains(answer: Connection, place: Path) -> None:
    """A worker on that disk; gives (losses of what was said to be saved, the most seconds of journal lost)."""
    disk, chance, lost, most = Disk(place), random.Random(3), 0, 0.0
    run = Run(disk.root / "home", {"train.epochs": 10**6, "train.checkpoint_every": 200, "train.log_every": 5})
    os.sync()
    for _ in range(CUT_JOURNAL):
        run = Run(disk.root / "home", {}, paths=run.paths)
        before = len(run.events())
        run.start()
        assert run.lives_until(lambda run=run, before=before: any(isinstance(e, Step) for e in run.events()[before:]))
        run.lives_until_time(chance.uniform(0.2, 4.0))
        told = journal.read(run.paths.journal, 0, 10**6).records
        disk.cut_power()
        run.kill()
        disk.restart()
        left = journal.read(run.paths.journal, 0, 10**6)
        kept = left.records[-1].seq if left.records else 0
        assert [record.seq for record in left.records] == list(range(1, kept + 1)), "only a suffix may be lost"
        most = max(most, max((told[-1].at - record.at for record in told if record.seq > kept), default=0.0))
        saved = [record.event.step for record in told if isinstance(record.event, Saved)]
        there = checkpoints.steps(run.paths)
        lost += bool(saved) and (not there or there[-1] < saved[-1])
        lost += not all(checkpoints.read_manifest(run.paths, step) for step in there)
        lost += any(isinstance(record.event, Finished) for record in told)
    disk.unmount()
    answer.send((lost, most))


def test_power_cuts_while_it_trains_cost_at_most_two_seconds_of_the_journal_and_nothing_that_was_saved(
    tmp_path: Path,
) -> None:
    answer = in_a_process_of_its_own(cut_while_it_trains, tmp_path)
    assert isinstance(answer, tuple)
    lost, most = answer
    print(f"training: {CUT_JOURNAL} power cuts, {lost} losses of saved things, at most {most:.2f} s of journal lost")
    assert lost == 0
    # On a machine with other work a step may take longer than usual, and a sync waits for its step.
    assert most <= JOURNAL_SECONDS
