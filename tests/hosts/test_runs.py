"""The index of runs: what files say at a glance, whatever else lies about."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from rnnlab.errors import BadInput, NotFound, RnnlabError, RunError
from rnnlab.hosts.local import LocalHost
from rnnlab.hosts.values import Session
from rnnlab.runs import lock, manifest, status
from rnnlab.runs.boot import boot_id
from rnnlab.runs.memory_kills import MemoryKills, memory_kills
from rnnlab.runs.paths import RunPaths
from rnnlab.runs.status import Status

from .runs_on_disk import make_run

FEWER = MemoryKills(memory_kills().source, memory_kills().count - 2)


def put_status(run: RunPaths, **values: object) -> None:
    known = {"host": socket.gethostname(), "boot": boot_id(), **msgspec.to_builtins(values)}
    status.write(run.status, msgspec.convert(known, Status))


def test_runs_are_listed_newest_first_by_session_or_all(host: LocalHost, home: Path, corpus: Path) -> None:
    old, new = (make_run(home, corpus, now=now).directory.name for now in (1e9, 2e9))
    other = make_run(home, corpus, "other", now=1.5e9).directory.name
    assert [run.id for run in host.runs()] == [new, other, old]
    assert [run.id for run in host.runs("main")] == [new, old]
    assert [run.id for run in host.runs("other")] == [other]
    assert host.runs("empty") == ()
    assert {run.session for run in host.runs("main")} == {"main"}


@pytest.mark.parametrize(
    ("written", "held", "state", "message"),
    [
        (None, True, "starting", ""),
        (None, False, "died", "cause unknown"),
        ({"state": "running"}, True, "running", ""),
        ({"state": "paused"}, True, "paused", ""),
        ({"state": "finished"}, True, "starting", ""),
        ({"state": "running"}, False, "died", "cause unknown: neither its worker nor"),
        ({"state": "running", "memory_kills": memory_kills()}, False, "died", "cause unknown"),
        ({"state": "paused", "memory_kills": FEWER}, False, "out of memory", "has killed 2 processes of its group"),
        ({"state": "running", "boot": "another"}, False, "restarted", "the machine was restarted while it trained"),
        ({"state": "running", "host": "node7"}, False, "died", "its worker ran on node7"),
        ({"state": "failed", "message": "out of memory"}, False, "failed", "out of memory"),
        ({"state": "stopped"}, False, "stopped", ""),
        ({"state": "preempted", "boot": "another"}, False, "preempted", ""),
    ],
)
def test_life_is_the_lock_and_the_end_has_a_cause(
    host: LocalHost, home: Path, corpus: Path, written: dict[str, object] | None, held: bool, state: str, message: str
) -> None:
    run = make_run(home, corpus)
    if written is not None:
        put_status(run, **written)
    descriptor = lock.acquire(run.lock) if held else -1
    try:
        summary = host.run(run.directory.name)
    finally:
        if held:
            lock.release(descriptor)
    assert summary.state == state
    assert summary.live == held
    assert message in summary.message if message else summary.message == ""


def test_a_worker_that_another_process_stopped_is_said_to_stand_still(
    host: LocalHost, home: Path, corpus: Path
) -> None:
    run = make_run(home, corpus)
    worker = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    put_status(run, state="running", pid=worker.pid)
    descriptor = lock.acquire(run.lock)
    try:
        assert host.run(run.directory.name).state == "running"
        worker.send_signal(signal.SIGSTOP)
        os.waitpid(worker.pid, os.WUNTRACED)
        summary = host.run(run.directory.name)
        assert (summary.state, summary.live) == ("suspended", True)
        assert f"`kill -CONT {worker.pid}` lets it go on" in summary.message
        with pytest.raises(RunError, match=f"is suspended: .*`kill -CONT {worker.pid}`"):
            host.resume(summary.id)
        worker.send_signal(signal.SIGCONT)
        os.waitpid(worker.pid, os.WCONTINUED)
        assert host.run(run.directory.name).state == "running"
        put_status(run, state="running", pid=worker.pid, host="node7")
        worker.send_signal(signal.SIGSTOP)
        os.waitpid(worker.pid, os.WUNTRACED)
        assert host.run(run.directory.name).state == "running"  # that machine's process has this number by chance
    finally:
        worker.kill()
        worker.communicate()
        lock.release(descriptor)


def test_a_worker_that_has_said_its_last_word_is_ending_until_it_is_gone(
    host: LocalHost, home: Path, corpus: Path
) -> None:
    run = make_run(home, corpus)
    worker = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    descriptor = lock.acquire(run.lock)
    try:
        for process in ("pid", "watcher"):
            put_status(run, state="stopped", **{process: worker.pid})
            summary = host.run(run.directory.name)
            assert (summary.state, summary.live, summary.message) == ("ending", True, "")
            with pytest.raises(RunError, match=r"is ending: there is no worker to stop$"):
                host.request(summary.id, "stop")
        put_status(run, state="stopped", pid=worker.pid, host="node7")
        assert host.run(run.directory.name).state == "starting"  # a process here has that number by chance
        put_status(run, state="stopped", pid=worker.pid)
        os.utime(run.status, (0, 0))
        assert host.run(run.directory.name).state == "starting"  # and so it has after so long
        put_status(run, state="stopped", pid=worker.pid)
        worker.communicate()
        assert host.run(run.directory.name).state == "starting"  # who holds it now is another
    finally:
        worker.kill()
        lock.release(descriptor)


def test_a_summary_says_what_the_status_says(host: LocalHost, home: Path, corpus: Path) -> None:
    run = make_run(home, corpus)
    put_status(
        run, state="finished", step=7, total_steps=9, epoch=2, perplexity=3.5, validation=5.0, best_validation=4.0,
        tokens_per_s=100.0, elapsed_s=2.5, device="cpu",
    )  # fmt: skip
    summary = host.run(run.directory.name)
    assert (summary.step, summary.total_steps, summary.epoch, summary.elapsed_s) == (7, 9, 2, 2.5)
    assert (summary.perplexity, summary.validation) == (3.5, 4.0)
    assert (summary.corpus, summary.device) == ("tide", "cpu")


JUNK = [b"", b"{", b"[]", b"\xff\xfe", b"\0" * 100, b"[" * 100_000, b'{"version":1}', b'{"version":99}', b"null"]


@pytest.mark.parametrize("name", ["spec.json", "status.json", "lock", "journal.jsonl", "log.txt", "vocab.json"])
@pytest.mark.parametrize(
    "junk", [*JUNK, None, "folder", "link", "pipe", "unreadable"], ids=lambda junk: ascii(junk)[:14]
)
def test_junk_in_the_place_of_any_file_hides_no_other_run_and_raises_only_sentences(
    host: LocalHost, home: Path, corpus: Path, name: str, junk: bytes | str | None
) -> None:
    whole, hostile = make_run(home, corpus, now=1e9), make_run(home, corpus, now=2e9)
    path = hostile.directory / name
    path.unlink(missing_ok=True)
    if isinstance(junk, bytes):
        path.write_bytes(junk)
    elif junk == "folder":
        path.mkdir()
    elif junk == "link":
        path.symlink_to(path)
    elif junk == "pipe":
        os.mkfifo(path)
    elif junk == "unreadable":
        path.write_bytes(b"{}")
        path.chmod(0)
    assert whole.directory.name in {run.id for run in host.runs()}
    assert host.find("last") in {run.id for run in host.runs()}
    assert [session.name for session in host.sessions()] == ["main"]
    said: list[str] = []
    for look in (host.run, host.read, lambda run: host.request(run, "stop"), host.log, host.delete):
        try:
            look(hostile.directory.name)
        except RnnlabError as error:
            said.append(str(error))
    assert not any("\n" in sentence for sentence in said)
    assert host.run(whole.directory.name).id == whole.directory.name


def test_a_newer_run_is_left_out_of_lists_and_says_why_when_asked_for(
    host: LocalHost, home: Path, corpus: Path
) -> None:
    run = make_run(home, corpus)
    document = msgspec.json.decode(run.manifest.read_bytes())
    run.manifest.write_bytes(msgspec.json.encode({**document, "version": manifest.VERSION + 1, "spec": "new shape"}))
    assert host.runs() == ()
    with pytest.raises(RunError, match="made by a newer rnnlab: upgrade"):
        host.run(run.directory.name)


def test_directories_that_are_no_runs_of_ours_are_no_runs(host: LocalHost, home: Path, corpus: Path) -> None:
    run = make_run(home, corpus)
    for name in (f".{run.directory.name}.x.gone", "Shouting", "-rf", "with space", "[x]", "\x1b[2J"):
        (run.directory.parent / name).mkdir()
        (run.directory.parent / name / "spec.json").write_bytes(run.manifest.read_bytes())
    odd = home / "sessions" / "Odd One" / "runs" / "gru-8-shy-owl"
    odd.mkdir(parents=True)
    (odd / "spec.json").write_bytes(run.manifest.read_bytes())
    assert [found.id for found in host.runs()] == [run.directory.name]
    assert [session.name for session in host.sessions()] == ["main"]
    assert host.session().name == "main"
    for name in ("-rf", "Shouting", "../main", "gru-8-shy-owl"):
        with pytest.raises(NotFound):
            host.run(name)


def test_a_run_that_was_copied_by_hand_is_a_run_of_its_directorys_name_and_session(
    host: LocalHost, home: Path, corpus: Path
) -> None:
    run = make_run(home, corpus)
    copy = home / "sessions" / "second" / "runs" / "my-copy"
    copy.mkdir(parents=True)
    for path in run.directory.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    summary = host.run("my-copy")
    assert (summary.id, summary.session) == ("my-copy", "second")
    assert [found.id for found in host.runs("second")] == ["my-copy"]


def test_a_file_in_the_place_of_the_sessions_is_no_session(home: Path) -> None:
    host = LocalHost(home)
    (home / "sessions").write_bytes(b"")
    assert host.runs() == ()
    assert host.sessions() == ()
    with pytest.raises(RnnlabError):
        host.save_session(Session(name="main"))


def test_a_reference_finds_a_run_of_its_session(host: LocalHost, home: Path, corpus: Path) -> None:
    here, there = make_run(home, corpus).directory.name, make_run(home, corpus, "other").directory.name
    assert host.find("last", "main") == here
    assert host.find("last", "other") == there
    with pytest.raises(NotFound):
        host.find(there, "main")
    with pytest.raises(BadInput):
        host.find("last", "../main")
