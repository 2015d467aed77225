"""P5 and P11: killed at every write, fsync, rename and close of every artefact, a home is whole, and what was there
before is there.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import msgspec
import numpy as np
import pytest

from rnnlab import files
from rnnlab.course import Course, fold
from rnnlab.dialogue import Turn
from rnnlab.errors import RnnlabError
from rnnlab.events import Finished, Saved, counted
from rnnlab.hosts import sharing
from rnnlab.hosts.creation import create_run, keep_corpus
from rnnlab.hosts.local import LocalHost
from rnnlab.hosts.values import Session
from rnnlab.runs import bundle, checkpoints, digest, journal, manifest, requests, status
from rnnlab.runs.checkpoints import CheckpointManifest
from rnnlab.runs.journal import JournalWriter
from rnnlab.runs.paths import STATE, WEIGHTS, HomePaths, RunPaths
from rnnlab.runs.requests import Request
from rnnlab.runs.status import Status
from rnnlab.specs import SampleSpec
from rnnlab.text.cache import Cache
from rnnlab.text.corpus import Corpus
from rnnlab.text.vocabulary import Vocabulary
from tests.reliability.points import killed_at_every_call
from tests.worker.processes import TEXT, Run, make_run
from tests.worker.test_resume import last_weights, learnt, uninterrupted

pytestmark = pytest.mark.long

Outcome = Callable[[Path], object]


def saved(step: int) -> Saved:
    return Saved(step=step, epoch=1, reason="interval")


def checkpoint(paths: RunPaths, step: int, *, best: bool = False) -> None:
    contents = {WEIGHTS: f"weights of {step}".encode() * 500, STATE: b"state" * 500}
    checkpoints.save(paths, CheckpointManifest(step=step, epoch=1, files={}), contents, best=best)


def whole(paths: RunPaths) -> list[int]:
    """The steps of the checkpoints, every one of which must read; hidden names are what a kill left."""
    for step in checkpoints.steps(paths):
        found = checkpoints.read_manifest(paths, step)
        for name in found.files:
            checkpoints.read_file(paths, found, name)
    return checkpoints.steps(paths)


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_text(TEXT)
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> RunPaths:
    """A run that has a journal, a status and three checkpoints."""
    paths = make_run(tmp_path_factory.mktemp("made") / "home", {})
    writer = JournalWriter(paths.journal)
    for step in range(5):
        writer.write(saved(step))
    writer.close()
    status.write(paths.status, Status(state="running", step=4, pid=1))
    for step in (0, 3, 6):
        checkpoint(paths, step, best=step == 3)
    return paths


@pytest.fixture
def copies(tmp_path: Path, made: RunPaths) -> Callable[[str], Path]:
    """A fresh copy of that run's home under each name."""

    def act(name: str) -> Path:
        shutil.copytree(made.directory.parents[3], tmp_path / name)
        return tmp_path / name

    return act


def run_of(home: Path) -> RunPaths:
    (place,) = home.glob("sessions/*/runs/*/spec.json")
    return RunPaths(place.parent)


def figures(name: str, kills: int) -> None:
    print(f"{name}: killed at {kills} points, 0 damaged")


def test_a_journal(copies: Callable[[str], Path]) -> None:
    def write(home: Path) -> None:
        writer = JournalWriter(run_of(home).journal)
        for step in (5, 6, 7):
            writer.write(saved(step))
            writer.sync()
        writer.close()

    def check(home: Path) -> None:
        path = run_of(home).journal
        left = journal.read(path)
        assert left.damaged == 0
        steps = [record.event.step for record in left.records]
        assert steps == list(range(len(steps)))
        assert 5 <= len(steps) <= 8
        writer = JournalWriter(path)
        writer.write(saved(len(steps)))
        writer.close()
        after = journal.read(path)
        assert [record.seq for record in after.records] == list(range(1, len(steps) + 2))
        assert after.damaged == 0

    figures("journal", killed_at_every_call(copies, write, check))


def test_a_digest(copies: Callable[[str], Path]) -> None:
    def write(home: Path) -> None:
        paths = run_of(home)
        for step in (5, 6):
            writer = JournalWriter(paths.journal)
            writer.write(saved(step))
            writer.sync()
            digest.renew(paths)
            writer.close()

    def check(home: Path) -> None:
        paths = run_of(home)
        found, told = digest.load(paths), journal.read(paths.journal).records
        assert fold(found.course, journal.read(paths.journal, found.cursor).records) == fold(Course(), told)
        files.settle(paths.directory)
        assert not list(paths.directory.glob(".*"))

    figures("digest", killed_at_every_call(copies, write, check))


def test_a_status(copies: Callable[[str], Path]) -> None:
    def write(home: Path) -> None:
        for number, lasting in enumerate((False, True, False)):
            status.write(run_of(home).status, Status(state="running", step=100 + number), lasting=lasting)

    def check(home: Path) -> None:
        found = status.read(run_of(home).status)
        assert found is not None
        assert found.step in (4, 100, 101, 102)

    figures("status", killed_at_every_call(copies, write, check))


@pytest.mark.parametrize("step", [9, 6], ids=["a new step", "a step that is there"])
def test_a_checkpoint(copies: Callable[[str], Path], step: int) -> None:
    def write(home: Path) -> None:
        paths = run_of(home)
        for place in (paths.directory, paths.checkpoints):
            files.settle(place)
        checkpoint(paths, step, best=True)
        checkpoint(paths, step + 1)
        checkpoint(paths, step + 2)

    def check(home: Path) -> None:
        # First without settling: at no instant is there less than one loadable checkpoint, nor a best that is none.
        paths = run_of(home)
        assert len(whole(paths)) >= 2
        assert checkpoints.best_step(paths) in checkpoints.steps(paths)
        files.settle(paths.checkpoints)
        assert len(whole(paths)) >= 3
        assert 0 in checkpoints.steps(paths)
        write(home)
        assert {step, step + 1, step + 2} <= set(whole(paths))
        assert checkpoints.best_step(paths) == step
        assert not list(paths.checkpoints.glob(".*"))

    figures("checkpoint", killed_at_every_call(copies, write, check))


def test_requests_that_are_left_and_taken(copies: Callable[[str], Path]) -> None:
    def write(home: Path) -> None:
        directory = run_of(home).requests
        for action in ("pause", "unpause"):
            requests.post(directory, Request(action=action))
        requests.take(directory)
        requests.post(directory, Request(action="stop"))

    def check(home: Path) -> None:
        directory = run_of(home).requests
        left = requests.take(directory)
        assert len(left) <= 2
        requests.post(directory, Request(action="checkpoint"))
        assert [request.action for request in requests.take(directory)] == ["checkpoint"]

    figures("requests", killed_at_every_call(copies, write, check))


def test_a_run_that_is_made(copies: Callable[[str], Path], made: RunPaths, text: Path) -> None:
    spec = manifest.read(made.manifest).spec
    corpus = Corpus.open(str(text), spec.data)

    def write(home: Path) -> None:
        create_run(HomePaths(home), spec, corpus, "other", now=time.time(), taken=())

    def check(home: Path) -> None:
        host = LocalHost(home)
        for run in host.runs("other"):
            paths = RunPaths(home / "sessions" / "other" / "runs" / run.id)
            assert manifest.read(paths.manifest).spec.model == spec.model
            assert manifest.read_vocabulary(paths)
            assert HomePaths(home).corpus_copy(run.corpus_sha256).read_bytes() == text.read_bytes()
        assert len(host.runs("main")) == 1
        write(home)
        assert host.runs("other")

    figures("new run", killed_at_every_call(copies, write, check))


def test_the_copy_of_a_text(copies: Callable[[str], Path], made: RunPaths, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("another text; " * 5000)
    corpus = Corpus.open(str(other), manifest.read(made.manifest).spec.data)

    def check(home: Path) -> None:
        copy = HomePaths(home).corpus_copy(corpus.sha256)
        assert not copy.exists() or copy.read_bytes() == other.read_bytes()
        keep_corpus(HomePaths(home), corpus)
        assert copy.read_bytes() == other.read_bytes()

    figures("copy of a text", killed_at_every_call(copies, lambda home: keep_corpus(HomePaths(home), corpus), check))


def test_an_encoded_text_in_the_cache(copies: Callable[[str], Path], made: RunPaths, text: Path) -> None:
    data = manifest.read(made.manifest).spec.data
    expected = Corpus.open(str(text), data)

    def encode(home: Path) -> None:
        Corpus.open(str(text), data, cache=Cache(HomePaths(home).cache))

    def check(home: Path) -> None:
        shutil.rmtree(home / "nothing", ignore_errors=True)
        again = Corpus.open(str(text), data, cache=Cache(HomePaths(home).cache))
        assert np.array_equal(np.asarray(again.ids), np.asarray(expected.ids))

    figures("cache of texts", killed_at_every_call(copies, encode, check))


def test_a_desk_and_its_transcript(copies: Callable[[str], Path]) -> None:
    def turn(number: int) -> Turn:
        return Turn(prefix=f"the tide {number}", text="turns", run="gru-8-shy-owl", step=number)

    def write(home: Path) -> None:
        host = LocalHost(home)
        host.save_session(Session(name="main", draft={"model.hidden": "77"}))
        host.remember("main", turn(2))
        host.save_session(Session(name="main", draft={"model.hidden": "78"}))

    def place(name: str) -> Path:
        home = copies(name)
        host = LocalHost(home)
        host.save_session(Session(name="main", draft={"model.hidden": "76"}))
        host.remember("main", turn(1))
        return home

    def check(home: Path) -> None:
        host = LocalHost(home)
        assert host.session("main").draft["model.hidden"] in ("76", "77", "78")
        assert [each.step for each in host.transcript("main")] in ([1], [1, 2])
        host.remember("main", turn(3))
        assert [each.step for each in host.transcript("main")][-1] == 3

    figures("desk and transcript", killed_at_every_call(place, write, check))


def test_a_run_that_is_deleted(copies: Callable[[str], Path]) -> None:
    def check(home: Path) -> None:
        host = LocalHost(home)
        for run in host.runs():
            assert len(whole(RunPaths(home / "sessions" / "main" / "runs" / run.id))) == 3
            host.delete(run.id)
        assert host.runs() == ()

    def delete(home: Path) -> None:
        LocalHost(home).delete(run_of(home).directory.name)

    figures("deletion", killed_at_every_call(copies, delete, check))


def test_a_run_that_is_imported(copies: Callable[[str], Path], made: RunPaths) -> None:
    """Without the self-test, whose generator process would outlive the kill."""
    what = manifest.read(made.manifest)
    document = sharing.Exported(
        version=1, rnnlab="0.1.0", id="gru-12-far-owl", created_at=1.0,
        corpus=sharing.Identity(name="x", sha256="0" * 64, bytes=1),
        spec=sharing.to_document(what.spec), checkpoint=CheckpointManifest(step=9, epoch=1, files={}), best=True,
        test=sharing.SelfTest(prefix="", sample=SampleSpec(length=5, seed=1), text=""),
    )  # fmt: skip
    vocabulary = Vocabulary.from_document(msgspec.json.decode(manifest.read_vocabulary(made)))
    shapes = sharing.weight_shapes(what.spec.model, len(vocabulary))
    tensors = [
        (name, bundle.Tensor("F32", shape, (0, 0)), bytes(4 * int(np.prod(shape)))) for name, shape in shapes.items()
    ]
    event = journal.encode(journal.Record(seq=1, at=1.0, event=Finished(step=9, epoch=1, cause="finished")))
    documents = {
        "manifest": msgspec.json.encode(document),
        "vocabulary": manifest.read_vocabulary(made),
        "journal": event,
    }
    file = bundle.pack(bundle._join(tensors), None, documents)
    unproved = mock.patch.object(sharing, "_prove", return_value=None)

    def take_in(home: Path) -> None:
        with unproved:
            LocalHost(home).import_run(file, "main")

    def check(home: Path) -> None:
        host = LocalHost(home)
        for run in host.runs():
            assert run.state in ("finished", "died")
            assert whole(RunPaths(home / "sessions" / "main" / "runs" / run.id))
        before = len(host.runs())
        take_in(home)
        assert len(host.runs()) == before + 1
        assert not list((home / "sessions" / "main" / "runs").glob(".*import.tmp"))

    figures("import", killed_at_every_call(copies, take_in, check))


# That the harness finds what is wrong where something is: the same with the protection away.


def test_without_renaming_a_kill_is_found_out(copies: Callable[[str], Path]) -> None:
    def overwrite(home: Path) -> None:
        descriptor = os.open(run_of(home).status, os.O_WRONLY | os.O_TRUNC)
        os.write(descriptor, msgspec.json.encode(Status(state="running", step=100)))
        os.close(descriptor)

    damaged = []

    def check(home: Path) -> None:
        damaged.append(status.read(run_of(home).status) is None)

    assert killed_at_every_call(copies, overwrite, check) > 3
    assert sum(damaged) >= 2


def test_where_the_old_checkpoint_goes_first_a_kill_is_found_out(copies: Callable[[str], Path]) -> None:
    def write(home: Path) -> None:
        paths = run_of(home)
        for step in checkpoints.steps(paths):
            shutil.rmtree(paths.checkpoint(step))
        checkpoint(paths, 9)

    least = []

    def check(home: Path) -> None:
        with contextlib.suppress(RnnlabError):
            least.append(len(whole(run_of(home))))

    killed_at_every_call(copies, write, check)
    assert min(least) == 0


# A worker that is killed at any time.


@pytest.mark.timeout(1800)
def test_two_hundred_kills_at_random_times_leave_a_run_that_goes_on_by_itself_and_ends_the_same(tmp_path: Path) -> None:
    chance, kills, runs, lost = random.Random(5), 0, 0, 0
    while kills < 200:
        run = Run(tmp_path / str(runs), {"train.epochs": 6, "train.checkpoint_every": 7, "train.seed": runs + 1})
        runs += 1
        had = False
        while kills < 200 and not any(isinstance(event, Finished) for event in run.events()):
            run.start()
            if run.lives_until_time(chance.uniform(0.0, 0.6)):
                run.kill()
                kills += 1
            there = whole(run.paths)
            had = had or bool(there)
            assert bool(there) == had, "there was a checkpoint, and now there is none"
            data = run.paths.journal.read_bytes() if run.paths.journal.exists() else b""
            lost += not data.endswith(b"\n") and bool(data)
        if not any(isinstance(event, Finished) for event in run.events()):
            run.start()
            run.finish()
        expected, weights = uninterrupted(run.paths)
        assert learnt(counted(run.events())) == learnt(expected)
        assert last_weights(run.paths) == weights
    print(
        f"{kills} kills over {runs} runs: 0 damaged records, {lost} unfinished last records, every run ended the same"
    )
