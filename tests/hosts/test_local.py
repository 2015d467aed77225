"""This machine as a host, with real workers: started, paused, killed, resumed, and never two on one run."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from rnnlab.errors import BadInput, Busy, CorpusError, NotFound, RunError, SpecError
from rnnlab.events import Changed, Evaluated, Finished, Paused, Sampled, Saved, Started, Step, Unpaused
from rnnlab.hosts import launch
from rnnlab.hosts.local import LocalHost
from rnnlab.runs import checkpoints, lock, requests
from rnnlab.runs.requests import Request
from rnnlab.specs import RunSpec

from .live import PATIENCE, Live, small, until

Start = Callable[..., Live]


# A run from its start to its end.


def test_a_run_trains_from_started_to_finished(finished: Live) -> None:
    kinds = [type(event) for event in finished.events()]
    assert kinds[0] is Started
    assert kinds[-1] is Finished
    assert {Step, Evaluated, Sampled, Saved} <= set(kinds)
    total = finished.of(Started)[0].total_steps
    assert [event.step for event in finished.of(Step)] == list(range(1, total + 1))
    summary = finished.host.run(finished.run)
    assert (summary.state, summary.step, summary.total_steps, summary.message) == ("finished", total, total, "")
    assert summary.perplexity is not None
    assert summary.validation is not None
    assert finished.host.log(finished.run) == ()


def test_everything_a_run_leaves_is_private_whatever_the_umask(finished: Live) -> None:
    home = finished.paths.directory.parents[3]
    seen = [home, *home.rglob("*")]
    assert len(seen) > 20
    for path in seen:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_nothing_half_written_is_left_behind(finished: Live) -> None:
    assert list(finished.paths.directory.rglob(".*")) == []


def test_the_untrained_the_best_and_the_last_weights_are_kept(finished: Live) -> None:
    steps = checkpoints.steps(finished.paths)
    assert steps[0] == 0
    assert steps[-1] == finished.host.run(finished.run).step
    assert checkpoints.best_step(finished.paths) in steps


def test_a_finished_run_does_not_go_on(finished: Live) -> None:
    with pytest.raises(RunError, match="start a new run for more"):
        finished.host.resume(finished.run)
    with pytest.raises(RunError, match=r"there is no worker to pause$"):
        finished.host.request(finished.run, "pause")


def test_a_journal_is_read_in_pieces(finished: Live) -> None:
    records, cursor, more = [], 0, True
    while more:
        reading = finished.host.read(finished.run, cursor, 7)
        records += reading.records
        cursor, more = reading.cursor, reading.more
    assert [record.seq for record in records] == list(range(1, len(records) + 1))
    assert [record.event for record in records] == finished.events()


# While it trains.


def test_a_training_run_is_live_and_belongs_to_a_session_of_its_own(training: Live) -> None:
    assert training.state == "running"
    pid = training.status.pid
    watcher = psutil.Process(pid).parent()
    assert watcher is not None
    assert os.getsid(pid) == watcher.pid == os.getpgid(pid)
    streams = [os.readlink(f"/proc/{pid}/fd/{number}") for number in range(3)]
    assert streams == ["/dev/null", str(training.paths.log), str(training.paths.log)]
    assert os.readlink(f"/proc/{pid}/cwd") == "/"


def test_a_second_worker_on_the_same_run_is_refused(training: Live) -> None:
    with pytest.raises(Busy, match="another worker holds the run"):
        launch.start_worker(training.paths)
    with pytest.raises(RunError, match="is running already"):
        training.host.resume(training.run)
    command = [*launch.python("rnnlab.worker"), str(training.paths.directory)]
    second = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert second.returncode == 1
    assert second.stdout.startswith("another worker holds the run")
    assert second.stderr == ""
    assert len(training.of(Started)) == 1


def test_a_run_is_not_deleted_while_it_trains(training: Live) -> None:
    with pytest.raises(RunError, match="is still training: stop it first"):
        training.host.delete(training.run)
    assert training.state == "running"


def test_a_live_run_pauses_goes_on_and_saves_on_request(training: Live) -> None:
    paused = training.asked("pause", Paused)
    until(lambda: training.state == "paused", "its status says so")
    assert checkpoints.steps(training.paths)[-1] == paused.step
    assert training.asked("checkpoint", Saved) == Saved(step=paused.step, epoch=paused.epoch, reason="request")
    before = len(training.of(Unpaused))
    training.host.resume(training.run)
    assert training.comes(Unpaused, before + 1).step == paused.step
    training.reaches(paused.step + 1)
    assert training.state == "running"


def test_a_pause_that_follows_an_unpause_at_once_is_not_lost(training: Live) -> None:
    before = len(training.of(Paused))
    for action in ("pause", "unpause", "pause"):
        training.host.request(training.run, action)
    training.comes(Paused, before + 1)
    training.asked("unpause", Unpaused)
    assert training.state == "running"


def test_knobs_turn_while_it_trains_and_bad_ones_are_refused_before_they_are_asked_for(training: Live) -> None:
    training.host.change(training.run, {"train.lr": 0.1 + 0.2})
    assert training.comes(Changed).changes == {"train.lr": "0.30000000000000004"}
    step = training.comes(Changed).step
    until(lambda: any(s.lr == 0.1 + 0.2 for s in training.of(Step) if s.step > step + 50), "the rate is another")
    with pytest.raises(SpecError):
        training.host.change(training.run, {"train.lr": -1.0})
    with pytest.raises(SpecError, match="cannot change while a run trains"):
        training.host.change(training.run, {"model.hidden": 16})


def test_a_strangers_request_does_not_end_a_training(training: Live) -> None:
    for number, junk in enumerate((b"{", b"[" * 60_000, b'{"action":"change","changes":{"model.hidden":"x"}}')):
        (training.paths.requests / f"0-{number}.json").write_bytes(junk)
    until(lambda: not any(training.paths.requests.iterdir()), "all were taken")
    step = training.events()[-1].step
    training.reaches(step + 50)
    assert training.state == "running"


def test_an_action_that_no_worker_knows_is_refused(training: Live) -> None:
    with pytest.raises(BadInput, match="pause, unpause, stop, checkpoint"):
        training.host.request(training.run, "explode")


# Ends that were not planned.


def test_a_stopped_run_goes_on_though_stop_was_pressed_twice_and_its_corpus_is_gone(
    start: Start, corpus: Path, tmp_path: Path
) -> None:
    text = tmp_path / "mine.txt"
    text.write_text(corpus.read_text())
    live = start(data__corpus=str(text), train__epochs=10**6)
    live.comes(Step)
    live.host.request(live.run, "stop")
    assert live.ends() == "stopped"
    stopped = live.of(Finished)[0]
    assert checkpoints.steps(live.paths)[-1] == stopped.step
    # The second press came when the first had been obeyed already.
    requests.post(live.paths.requests, Request(action="stop"))
    text.write_text("another text altogether")
    text.unlink()
    live.host.resume(live.run)
    again = live.comes(Started, 2)
    assert (again.attempt, again.step) == (2, stopped.step)
    live.reaches(stopped.step + 5)
    assert live.state == "running"


def test_a_run_goes_on_or_is_deleted_though_it_was_stopped_only_now(start: Start) -> None:
    live = start(train__epochs=10**6)
    live.comes(Step)
    live.asked("stop", Finished)
    until(lambda: live.status.state == "stopped", "its last word is written")
    live.host.resume(live.run)
    assert live.comes(Started, 2).attempt == 2
    live.asked("stop", Finished)
    until(lambda: live.status.state == "stopped", "its last word is written")
    live.host.delete(live.run)
    assert not live.paths.directory.exists()


def test_a_killed_run_says_so_and_goes_on_to_the_end(start: Start) -> None:
    live = start(train__epochs=6, train__checkpoint_every=5)
    live.reaches(12)
    live.kill()
    summary = live.host.run(live.run)
    assert (summary.state, summary.message) == (live.of(Finished)[-1].cause, live.of(Finished)[-1].message)
    assert (summary.state, summary.message[:18]) == ("killed", "signal 9 (SIGKILL)")
    # What a kill in the middle of a line and of a checkpoint leaves.
    with live.paths.journal.open("ab") as file:
        file.write(b'{"seq":')
    (live.paths.checkpoints / ".step-7.abc.tmp").mkdir()
    (live.paths.checkpoints / ".step-7.abc.tmp" / "weights.safetensors").write_bytes(b"half")
    newest = live.paths.checkpoint(checkpoints.steps(live.paths)[-1])
    (newest / "weights.safetensors").write_bytes(b"damaged")
    live.host.resume(live.run)
    assert live.state in ("starting", "running")
    assert live.ends() == "finished"
    again = live.of(Started)[1]
    assert again.step < int(newest.name.removeprefix("step-"))
    assert [step.step for step in live.of(Step)][-1] == again.total_steps
    assert not [path for path in live.paths.checkpoints.iterdir() if path.name.startswith(".")]
    assert "is damaged" in " ".join(live.host.log(live.run))


def test_a_full_disk_halts_a_training_and_room_lets_it_go_on(start: Start) -> None:
    live = start(train__epochs=400, train__checkpoint_every=10**9)
    live.reaches(3)
    pid = live.status.pid
    # No file may grow any more, the log among them.
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    sizes: list[int] = []

    def still() -> bool:
        sizes.append(live.paths.journal.stat().st_size)
        return len(sizes) > 120 and len(set(sizes[-120:])) == 1

    until(still, "the journal no longer grows")
    assert lock.held(live.paths.lock), "a full disk must not end a training"
    last = live.events()[-1].step
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    live.reaches(last + 10)
    steps = [step.step for step in live.of(Step)]
    assert steps == list(range(1, len(steps) + 1))


def _ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_worker_that_is_told_to_end_saves_first_and_one_that_fails_says_why_and_keeps_the_step(
    start: Start, home: Path
) -> None:
    live = start(train__epochs=10**6)
    live.reaches(3)
    live.signal(signal.SIGHUP)
    live.signal(signal.SIGTERM)
    assert live.ends() == "preempted"
    end = live.of(Finished)[-1]
    assert end.cause == "preempted"
    assert checkpoints.steps(live.paths)[-1] == end.step == live.host.run(live.run).step

    (copy,) = (home / "corpora").iterdir()
    copy.write_text("what the run was made with was something else")
    # What was encoded of the right text would do as well.
    shutil.rmtree(home / "cache")
    live.host.resume(live.run)
    assert live.ends() == "failed"
    summary = live.host.run(live.run)
    assert "is not the text that the run was made with" in summary.message
    assert summary.step == end.step > 0
    assert live.of(Finished)[-1].message == summary.message
    said = live.host.log(live.run, 50)
    assert summary.message in said
    assert not any("Traceback" in line for line in said)


def test_of_twenty_resumes_at_once_one_starts_a_worker_which_ends_when_its_directory_is_taken_away(
    start: Start, home: Path
) -> None:
    live = start(train__epochs=10**6)
    # Before torch is there: a worker may die as early as that.
    until(lambda: lock.held(live.paths.lock), "it has begun")
    for worker in psutil.Process().children(recursive=True):
        if str(live.paths.directory) in worker.cmdline():
            worker.kill()
    live.ends()
    ready, outcomes = threading.Barrier(20), []

    def resume() -> None:
        ready.wait()
        try:
            LocalHost(live.paths.directory.parents[3]).resume(live.run)
            outcomes.append("started")
        except RunError:
            outcomes.append("refused")

    threads = [threading.Thread(target=resume) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 19 + ["started"]
    live.reaches(3)
    assert len(live.of(Started)) == 1

    pid = live.status.pid
    live.paths.directory.rename(home / "taken-away")
    until(lambda: _ended(pid), "the worker ends")
    until(lambda: not lock.held(home / "taken-away" / "lock"), "the one who watched it lets go, too")
    assert not live.paths.directory.exists()


def test_a_home_may_be_named_by_a_relative_path_and_lead_through_a_link_and_a_deleted_run_is_gone(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "sessions").symlink_to(tmp_path / "elsewhere")
    monkeypatch.chdir(tmp_path)
    host = LocalHost(Path("home"))
    live = Live(host, tmp_path / "home", host.start(small(corpus, train__max_steps=1), "main"))
    assert live.ends() == "finished"
    host.delete(live.run)
    assert host.runs() == ()
    assert list((tmp_path / "elsewhere" / "main" / "runs").iterdir()) == []
    with pytest.raises(NotFound, match="`rnnlab runs` lists those there are"):
        host.run(live.run)


# Refused before anything is made.


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"data__batch": 5000}, SpecError, "the largest batch that fits"),
        ({"model__hidden": 16384, "model__layers": 16}, SpecError, "fewer hidden units"),
        ({"train__prefixes": ("Ω",)}, SpecError, "take prefixes from its own alphabet"),
        ({"data__corpus": "/nowhere/at/all.txt"}, CorpusError, "does not exist"),
        ({"data__corpus": "/dev/zero"}, CorpusError, "not a file"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_made(
    host: LocalHost, home: Path, corpus: Path, changes: dict, kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        host.start(small(corpus, **changes), "main")
    assert {place.name for place in home.iterdir()} <= {"cache"}


def test_a_session_with_a_hostile_name_is_refused(host: LocalHost, home: Path, corpus: Path) -> None:
    for name in ("../up", "[/x]", "", "-rf"):
        with pytest.raises(BadInput):
            host.start(small(corpus), name)
    assert {place.name for place in home.iterdir()} <= {"cache"}


def test_python_starts_workers_without_the_current_directory_on_its_path() -> None:
    assert launch.python("rnnlab.worker") == [sys.executable, "-P", "-m", "rnnlab.worker"]


def test_a_machine_is_described_without_torch(host: LocalHost) -> None:
    machine = host.machine()
    assert machine.label == "local"
    assert machine.cores >= 1
    assert 0 < machine.available_bytes <= machine.memory_bytes


def test_the_same_spec_can_be_started_from_what_a_run_says_of_itself(finished: Live) -> None:
    spec = finished.host.run(finished.run).spec
    assert isinstance(spec, RunSpec)
    assert Path(spec.data.corpus).is_absolute()
