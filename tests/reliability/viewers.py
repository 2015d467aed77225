"""Viewers of a real run in terminals of their own, and the ways in which a terminal is lost."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pexpect
import psutil

from rnnlab.hosts.local import LocalHost

PATIENCE = 120.0
PROGRAM = f"{sys.executable} -P -m rnnlab"


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "RNNLAB_HOME": str(home)}


def until(what: Callable[[], object], words: str, seconds: float = PATIENCE, pid: int = 0) -> float:
    """Wait until it is so; gives the seconds that took."""
    begun = time.monotonic()
    while not what():
        assert time.monotonic() - begun < seconds, f"waited {seconds} s in vain until {words}: {look(pid)}"
        time.sleep(0.02)
    return time.monotonic() - begun


def look(pid: int) -> str:
    """What a process is doing, for a message."""
    with contextlib.suppress(psutil.Error, OSError):
        process = psutil.Process(pid)
        threads = [
            f"{(task / 'comm').read_text().strip()} in {(task / 'wchan').read_text()}"
            for task in Path(f"/proc/{pid}/task").iterdir()
        ]
        return f"{process.status()} {process.cmdline()} {threads} input {os.readlink(f'/proc/{pid}/fd/0')}"
    return "gone"


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


class Viewer:
    """The program, started by a shell in a terminal that some process holds, as a terminal emulator or sshd does."""

    def __init__(self, home: Path) -> None:
        self.home = home
        # `exec` nowhere: the shell stays the session's leader, as a person's does.
        self._child = pexpect.spawn(
            "/bin/bash",
            ["--norc", "--noprofile", "-ic", f"{PROGRAM}; echo left with $?"],
            env=environment(home),
            dimensions=(24, 80),
            timeout=PATIENCE,
            maxread=1 << 16,
        )
        assert self._child.pid is not None
        self.shell: int = self._child.pid

    def shows(self, text: str) -> None:
        self._child.expect_exact(text.encode())

    def press(self, keys: str) -> None:
        self._child.send(keys)

    @property
    def pid(self) -> int:
        """The program's process."""
        (found,) = psutil.Process(self.shell).children()
        return found.pid

    def hang_up(self) -> None:
        os.kill(self.pid, signal.SIGHUP)

    def hang_up_its_group(self) -> None:
        os.killpg(os.getpgid(self.pid), signal.SIGHUP)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def close_the_terminal(self) -> None:
        self._child.ptyproc.fileobj.close()

    def kill_the_shell(self) -> None:
        os.kill(self.shell, signal.SIGKILL)

    def suspend_and_close(self) -> None:
        program = self.pid
        os.kill(program, signal.SIGTSTP)
        until(lambda: self._is_suspended(program), "it is suspended", pid=program)
        # Until all of its threads stand still, the kernel would not wake it for its hang-up.
        time.sleep(0.3)
        self.close_the_terminal()

    def _is_suspended(self, program: int) -> bool:
        # It writes its farewell to the screen first, which somebody has to read.
        with contextlib.suppress(pexpect.ExceptionPexpect):
            self._child.read_nonblocking(1 << 16, timeout=0)
        return gone(program) or psutil.Process(program).status() == psutil.STATUS_STOPPED

    def clean_up(self) -> None:
        with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
            for child in psutil.Process(self.shell).children():
                os.kill(child.pid, signal.SIGKILL)
            os.kill(self.shell, signal.SIGKILL)
        with contextlib.suppress(OSError, pexpect.ExceptionPexpect):
            self._child.close(force=True)


class RemoteViewer(Viewer):
    """The same, where another process holds the terminal, and is killed: what is left when a connection drops."""

    RELAY = (
        "import os, pty, sys, tty\npid, master = pty.fork()\n"
        "if not pid: os.execvp('/bin/bash', ['bash', '--norc', '--noprofile', '-ic', sys.argv[1]])\n"
        "tty.setraw(0)\nprint(pid, flush=True)\n"
        "import threading\n"
        "def keys():\n    while data := os.read(0, 1024): os.write(master, data)\n"
        "threading.Thread(target=keys, daemon=True).start()\n"
        "while True: os.write(1, os.read(master, 65536))\n"
    )

    def __init__(self, home: Path) -> None:
        self.home = home
        self._child = pexpect.spawn(
            sys.executable, ["-c", self.RELAY, PROGRAM + "; true"], env=environment(home), dimensions=(24, 80),
            timeout=PATIENCE, maxread=1 << 16, echo=False,
        )  # fmt: skip
        self._child.expect(rb"(\d+)\r?\n")
        match = self._child.match
        assert match is not None
        assert not isinstance(match, type)
        self.shell = int(match.group(1))

    def drop_the_connection(self) -> None:
        assert self._child.pid is not None
        os.kill(self._child.pid, signal.SIGKILL)


class TmuxViewer(Viewer):
    """The same in a tmux server of its own, which is killed."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._name = f"rnnlab-test-{os.getpid()}-{time.monotonic_ns()}"
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", f"{PROGRAM}; true")
        self.shell = int(self._tmux("list-panes", "-F", "#{pane_pid}"))

    def _tmux(self, *words: str) -> str:
        command = ["tmux", "-L", self._name, *words]
        return subprocess.run(command, env=environment(self.home), capture_output=True, text=True, check=True).stdout

    def shows(self, text: str) -> None:
        until(lambda: text in self._tmux("capture-pane", "-p"), f"{text} is on the screen")

    def press(self, keys: str) -> None:
        self._tmux("send-keys", {"\r": "Enter"}.get(keys, keys))

    def kill_the_server(self) -> None:
        self._tmux("kill-server")

    def clean_up(self) -> None:
        with contextlib.suppress(subprocess.CalledProcessError):
            self._tmux("kill-server")


WAYS: dict[str, tuple[type[Viewer], str]] = {
    "SIGHUP": (Viewer, "hang_up"),
    "SIGHUP to its group": (Viewer, "hang_up_its_group"),
    "SIGKILL": (Viewer, "kill"),
    "terminal closed": (Viewer, "close_the_terminal"),
    "shell killed": (Viewer, "kill_the_shell"),
    "suspended, then closed": (Viewer, "suspend_and_close"),
    "connection dropped": (RemoteViewer, "drop_the_connection"),
    "tmux kill-server": (TmuxViewer, "kill_the_server"),
}
"""Eight ways to lose a terminal."""


def stop_everything(home: Path) -> None:
    """End the runs of a home."""
    host = LocalHost(home)
    for run in host.runs():
        if run.live:
            host.request(run.id, "stop")
    until(lambda: not any(run.live for run in host.runs()), "the runs have stopped")
