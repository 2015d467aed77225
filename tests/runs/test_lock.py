"""The lock: one holder at a time, for as long as it lives and not a moment longer."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rnnlab.errors import Busy, StorageError
from rnnlab.runs import lock

HOLD = "import sys; from pathlib import Path; from rnnlab.runs import lock; lock.acquire(Path(sys.argv[1])); "
WAIT = "print('held', flush=True); sys.stdin.read()"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lock"


@contextmanager
def holder(path: Path) -> Generator[subprocess.Popen[bytes]]:
    """A process that holds the lock until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD + WAIT, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"held\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_lock_is_held_from_acquire_to_release(path: Path) -> None:
    assert not lock.held(path)
    descriptor = lock.acquire(path)
    assert lock.held(path)
    with pytest.raises(Busy, match="watch it, or stop it first"):
        lock.acquire(path)
    lock.release(descriptor)
    assert not lock.held(path)
    lock.release(lock.acquire(path))


def test_a_lock_is_held_across_processes_and_free_at_once_after_a_kill(path: Path) -> None:
    with holder(path) as process:
        assert lock.held(path)
        with pytest.raises(Busy):
            lock.acquire_soon(path)
        os.kill(process.pid, signal.SIGSTOP)
        assert lock.held(path), "a worker that is stopped is never robbed"
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert not lock.held(path)
        lock.release(lock.acquire(path))


def test_an_inherited_open_file_keeps_the_lock_after_its_launcher_let_go(path: Path) -> None:
    descriptor = lock.acquire(path)
    heir = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, pass_fds=(descriptor,)
    )
    lock.release(descriptor)
    assert lock.held(path)
    with pytest.raises(Busy):
        lock.acquire(path)
    heir.communicate()
    assert not lock.held(path)


def test_a_child_that_is_not_handed_the_lock_does_not_keep_it(path: Path) -> None:
    descriptor = lock.acquire(path)
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    lock.release(descriptor)
    assert not lock.held(path)
    child.communicate()


def test_of_twenty_that_start_at_once_one_gets_the_lock(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from rnnlab.errors import Busy; from rnnlab.runs import lock\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "try: lock.acquire_soon(Path(sys.argv[1])); print('mine', flush=True)\n"
        "except Busy: print('busy', flush=True)\n"
        "sys.stdin.read()"
    )
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        for _ in range(20)
    ]
    answers = []
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == b"ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write(b"go\n")
    for racer in racers:
        assert racer.stdout is not None
        answers.append(racer.stdout.readline())
    for racer in racers:
        racer.communicate()
    assert sorted(answers) == [b"busy\n"] * 19 + [b"mine\n"]


def test_askers_do_not_take_each_other_for_a_worker(path: Path) -> None:
    lock.release(lock.acquire(path))
    wrong: list[bool] = []

    def ask() -> None:
        wrong.extend(lock.held(path) for _ in range(500))

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert len(wrong) == 2000
    assert not any(wrong)


def test_a_launcher_gets_the_lock_in_spite_of_askers(path: Path) -> None:
    lock.release(lock.acquire(path))
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            lock.held(path)

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    try:
        for _ in range(50):
            lock.release(lock.acquire_soon(path))
    finally:
        over.set()
        for asker in askers:
            asker.join()


def test_asking_makes_no_file(path: Path) -> None:
    assert not lock.held(path)
    assert not path.exists()
    assert not lock.held(path / "no" / "such" / "folder")


def test_no_lock_is_taken_through_a_link_and_a_link_is_held_by_nobody(path: Path, tmp_path: Path) -> None:
    path.symlink_to(tmp_path / "elsewhere")
    assert not lock.held(path)
    with pytest.raises(StorageError, match="cannot open the lock"):
        lock.acquire(path)
    assert not (tmp_path / "elsewhere").exists()


def test_where_there_is_no_run_directory_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no such file or directory"):
        lock.acquire(tmp_path / "gone" / "lock")


def test_a_file_system_that_cannot_lock_is_not_taken_for_another_worker(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(descriptor: int, operation: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refusing)
    with pytest.raises(StorageError, match="no locks available"):
        lock.acquire(path)
    assert lock.held(path), "what cannot be asked is not taken for dead"
