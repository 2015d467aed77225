"""What P1, P14 and P15 rest on: each test takes a protection away, here and never in the product, and holds only if the
loss is then found; beside it, what is kept with the protection.
"""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from rnnlab import files
from rnnlab.cli.parser import parse
from rnnlab.errors import BadInput, RnnlabError
from rnnlab.events import Saved
from rnnlab.files import appending, make_directory
from rnnlab.hosts.local import LocalHost
from rnnlab.hosts.values import RunSummary
from rnnlab.runs import journal, lock, paths, requests, status
from rnnlab.runs.journal import JournalWriter
from rnnlab.runs.paths import HomePaths, RunPaths
from rnnlab.runs.status import Status
from tests.reliability.viewers import environment, gone, until
from tests.worker.processes import make_run

WORKER = """
import signal, sys
usual = signal.signal
signal.signal = lambda number, handler: usual(number, signal.SIG_DFL if number == signal.SIGHUP else handler)
from rnnlab.worker.__main__ import main
raise SystemExit(main())
"""
"""A worker that does not ignore the hang-up."""

VIEWER = """
import signal, subprocess, sys
from pathlib import Path
from rnnlab.hosts import launch
from rnnlab.runs.paths import RunPaths
directory, worker, *without = sys.argv[1:]
# A terminal's hang-up ends who does not ignore it; who runs the tests under nohup handed that down.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
usual = subprocess.Popen
if "session" in without:
    launch.subprocess.Popen = lambda *words, start_new_session, **named: usual(*words, **named)
if "ignoring" in without:
    launch.python = lambda module: [sys.executable, "-P", "-c", worker]
launch.start_worker(RunPaths(Path(directory)))
print("started", flush=True)
signal.pause()
"""
"""What starts a worker as the program does, in a terminal, without some of what keeps it alive."""


def worker_after_its_terminal(home: Path, *without: str) -> RunSummary:
    """The run, some time after the terminal of whoever started its worker was closed."""
    run = make_run(home, {"train.epochs": 10**6, "train.log_every": 5})
    host, name = LocalHost(home), run.directory.name
    viewer = pexpect.spawn(
        sys.executable, ["-P", "-c", VIEWER, str(run.directory), WORKER, *without], env=environment(home), timeout=60
    )
    try:
        viewer.expect_exact("started")
        pid = viewer.pid
        assert pid is not None
        until(lambda: host.run(name).step > 0, "it trains")
        viewer.ptyproc.fileobj.close()
        until(lambda: gone(pid), "whoever started it is gone")
        step = host.run(name).step
        until(lambda: host.run(name).step > step + 10 or not lock.held(run.lock), "it trains on, or is gone")
        return host.run(name)
    finally:
        if lock.held(run.lock):
            host.request(name, "stop")
            until(lambda: not lock.held(run.lock), "it has stopped")
        viewer.close(force=True)


@pytest.mark.long
@pytest.mark.parametrize("without", [(), ("session",), ("ignoring",)], ids=["with all", "no session", "not ignoring"])
def test_a_worker_outlives_its_terminal_by_either_of_two_protections(tmp_path: Path, without: tuple[str, ...]) -> None:
    assert worker_after_its_terminal(tmp_path, *without).live


@pytest.mark.long
def test_a_worker_in_the_terminals_session_that_does_not_ignore_its_hang_up_dies(tmp_path: Path) -> None:
    left = worker_after_its_terminal(tmp_path, "session", "ignoring")
    print(f"without a session of its own and without ignoring SIGHUP: {left.state}")
    assert not left.live


def written(home: Path) -> set[str]:
    """What others may look at, of a home in which a run was made and wrote; under umask 000."""
    before = os.umask(0)
    try:
        make_directory(home)
        run = make_run(home, {})
        writer = JournalWriter(run.journal)
        writer.write(Saved(step=1, epoch=1, reason="begin"))
        writer.close()
        status.write(run.status, Status())
        requests.post(run.requests, requests.Request(action="stop"))
    finally:
        os.umask(before)
    seen = [path for path in home.rglob("*") if path.name != "text.txt"]
    return {path.name for path in seen if stat.S_IMODE(path.lstat().st_mode) & 0o077}


def test_without_their_modes_files_are_everybodys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not written(tmp_path / "with")
    for module in (files, appending):
        monkeypatch.setattr(module, "FILE_MODE", 0o666)
    monkeypatch.setattr(files, "DIRECTORY_MODE", 0o777)
    assert {"journal.jsonl", "sessions", "runs", "requests"} <= written(tmp_path / "without")


@pytest.fixture
def run(tmp_path: Path) -> RunPaths:
    run = RunPaths(tmp_path / "gru-8-shy-owl")
    run.directory.mkdir()
    return run


@pytest.fixture
def precious(tmp_path: Path) -> Path:
    """A file and a directory that are not the run's."""
    place = tmp_path / "precious"
    place.mkdir()
    for name in ("diary", "notes.json"):
        (place / name).write_bytes(b'{"state":"mine"}\n')
    return place


def test_without_refusing_them_links_in_a_run_are_read_and_written_through(
    run: RunPaths, precious: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    diary = precious / "diary"
    run.status.symlink_to(diary)
    run.journal.symlink_to(diary)
    assert status.read(run.status) is None
    with pytest.raises(RnnlabError):
        append(run)
    assert diary.read_bytes() == b'{"state":"mine"}\n'
    monkeypatch.setattr(os, "O_NOFOLLOW", 0)
    found = status.read(run.status)
    assert found is not None
    assert found.state == "mine"
    append(run)
    assert len(diary.read_bytes()) > 20


def append(run: RunPaths) -> None:
    writer = JournalWriter(run.journal)
    writer.write(Saved(step=1, epoch=1, reason="begin"))
    writer.close()
    assert journal.read(run.journal).records


def test_without_refusing_a_link_for_a_directory_somebodys_files_are_removed(
    run: RunPaths, precious: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.requests.symlink_to(precious)
    requests.take(run.requests)
    assert (precious / "notes.json").exists()
    monkeypatch.setattr(Path, "is_symlink", lambda path: False)
    requests.take(run.requests)
    assert not (precious / "notes.json").exists()


def test_without_dash_p_a_module_of_the_current_directory_runs(tmp_path: Path) -> None:
    trap, note = tmp_path / "trap", tmp_path / "sprung"
    trap.mkdir()
    (trap / "psutil.py").write_text(f"open({str(note)!r}, 'a').write('here')\n")
    for protection, sprung in ((["-P"], False), ([], True)):
        command = [sys.executable, *protection, "-m", "rnnlab", "runs"]
        subprocess.run(command, cwd=trap, env=environment(tmp_path / "home"), capture_output=True, timeout=60)
        assert note.exists() == sprung


def test_without_slugs_a_name_leads_elsewhere_and_another_is_an_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, outside, option = HomePaths(tmp_path / "home"), "../../../outside", "--json"
    for name in (outside, option):
        with pytest.raises(BadInput):
            home.session(name)
    monkeypatch.setattr(paths, "_SLUG", re.compile(r"(?s).*"))
    there = Path(os.path.normpath(home.session(outside).directory))
    assert not there.is_relative_to(home.home)
    assert home.session(option).directory.name == option
    assert parse(["show", "shy-owl"]).run == "shy-owl"
    with pytest.raises(BadInput, match="required: RUN"):
        parse(["show", option])
