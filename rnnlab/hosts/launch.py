"""Starting a worker so that it outlives whoever started it, and what can be said of the machine without torch.

The worker gets a session of its own and all three streams redirected: no terminal, shell or ssh connection can take it
along. It must not know what a worker does.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

from rnnlab.errors import RunError
from rnnlab.files import FILE_MODE
from rnnlab.runs import lock, requests
from rnnlab.runs.paths import RunPaths
from rnnlab.runs.regular import open_regular, refuse_links

_LOG_TAIL = 1 << 16
_OF_TERMINALS = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
_children: list[subprocess.Popen[bytes]] = []
"""Workers that this process started; they are reaped when they end before it does."""


def start_worker(paths: RunPaths) -> None:
    """Start a worker on a run; raises Busy where it has one, RunError where it leads elsewhere.

    The lock is taken here and handed down as an open file, so that the run is alive before this returns.
    """
    refuse_links(paths)
    held = lock.acquire_soon(paths.lock)
    try:
        # What was asked of a worker before, and came too late for it, is not meant for this one.
        requests.take(paths.requests)
        # Not blocking: somebody may have put a pipe there.
        log = os.open(paths.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK, FILE_MODE)
        try:
            spawn([*python("rnnlab.worker"), str(paths.directory), "--lock", str(held)], log, held)
        finally:
            os.close(log)
    except OSError as error:
        raise RunError(f"the worker could not be started: {error.strerror or error}") from error
    finally:
        lock.release(held)


def spawn(command: list[str], log: int, held: int) -> None:
    """Start a process in a session of its own, its words in a log, with an open file that it is handed.

    Signals of terminals are blocked in it: until it has its session they reach it with all others of this one, and
    would end it before it began. It forgets them and takes them again (`worker/signals`).
    """
    _children[:] = [child for child in _children if child.poll() is None]
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _OF_TERMINALS)
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
            pass_fds=(held,),
            umask=0o077,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    _children.append(child)


def python(module: str) -> list[str]:
    """The command that runs a module of rnnlab with this very Python, and nothing from the current directory."""
    return [sys.executable, "-P", "-m", module]


def last_lines(path: Path, count: int) -> tuple[str, ...]:
    """The last `count` lines of a log, not yet safe to show."""
    try:
        with open_regular(path) as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - _LOG_TAIL))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ()
    return tuple(text.removesuffix("\n").split("\n")[-max(1, count) :]) if text.strip() else ()


def accelerator() -> str:
    """The name of the first NVIDIA card, as its driver's files tell; nothing where there is none."""
    for information in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information")):
        with contextlib.suppress(OSError):
            for line in information.read_text(errors="replace").splitlines():
                if line.startswith("Model:"):
                    return line.partition(":")[2].strip()
    return ""
