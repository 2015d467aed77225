"""Watching over the process that trains, so that somebody is left to write down how it ended.

A process that is killed cannot say so. The worker therefore splits in two before anything large is imported: the child
trains, the parent waits. It takes a few megabytes and no time, hands on the signals that it gets, and, where the child
is gone without a word, writes the end that it saw. A child whose device was lost is started once more, from its
checkpoint: only a new process can talk to the device again. If the parent is killed, the child goes on.

Exit codes: the child's own (0 ended as asked, 1 failed, LOST), or 128 + n where signal n ended it. It must not know
torch, nor how training works.
"""

from __future__ import annotations

import collections
import contextlib
import os
import signal
from collections.abc import Callable

from rnnlab.errors import StorageError
from rnnlab.runs import status
from rnnlab.runs.history import records
from rnnlab.runs.memory_kills import memory_kills
from rnnlab.runs.paths import RunPaths
from rnnlab.worker.desk import Desk
from rnnlab.worker.failures import out_of_memory
from rnnlab.worker.log import say

LOST = 75
"""Exit code where the device was lost: what was saved is whole, and another process may go on (EX_TEMPFAIL)."""
RESTARTS = 1
"""Times that a lost device is tried again."""

_HANDED_ON = (signal.SIGTERM, signal.SIGUSR1)
_ENDED = {signal.SIGTERM: "preempted", signal.SIGUSR1: "preempted", signal.SIGINT: "stopped"}
"""What a signal meant that came before, or instead of, the child's own handling of it."""
_UNENDED = ("starting", "running", "paused", "waiting")


def watch(paths: RunPaths, train: Callable[[], int]) -> int:
    """Run `train` in a child until it ends; gives the exit code. The caller holds the run's lock."""
    for attempt in range(RESTARTS + 1):
        before = memory_kills()
        code = _wait(_split(train))
        if code != LOST or attempt == RESTARTS:
            break
        say("the device was lost: once more, in a new process, from the newest checkpoint")
    _write_down(paths, code, killed=memory_kills().more_than(before))
    return code


def _split(train: Callable[[], int]) -> int:
    """The child's process id; the child itself never returns from here."""
    # Held back until there are handlers: a signal in between would end the parent and not reach the child.
    signal.pthread_sigmask(signal.SIG_BLOCK, _HANDED_ON)
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDED_ON)
        code = train()
        if code == LOST:
            # Taking torch down in order would ask the device, which no longer answers.
            os._exit(code)
        raise SystemExit(code)
    for number in _HANDED_ON:
        signal.signal(number, lambda number, frame: _hand_on(child, number))
    # A terminal's Ctrl-C reaches the child by itself, where a second one would end it at once.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDED_ON)
    return child


def _hand_on(child: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, number)


def _wait(child: int) -> int:
    """The child's exit code, or 128 + n."""
    _, state = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(state)
    return code if code >= 0 else 128 - code


def _write_down(paths: RunPaths, code: int, *, killed: int) -> None:
    """The end of a child that has left none on record itself."""
    now = status.read(paths.status)
    if not paths.directory.is_dir() or code == 0 or (now is not None and now.state not in _UNENDED):
        return
    cause, message = _end(paths, code, killed=killed)
    say(f"{cause}: {message}")
    try:
        desk = Desk(paths, ended=lambda: True)
        # The status is written now and then; the journal knows how far it came.
        last = collections.deque(records(paths.journal), maxlen=1)
        desk.fail(message, cause, last[0].event if last else None)
        desk.close()
    except StorageError as error:
        say(error)


def _end(paths: RunPaths, code: int, *, killed: int) -> tuple[str, str]:
    """(cause, message) as `Finished` has them."""
    number = code - 128
    if code == LOST:
        return "failed", "the device was lost twice: look after it, then `rnnlab resume` goes on from the checkpoint"
    if number <= 0:
        return "failed", f"its process ended with code {code}: its log says more"
    if number in _ENDED:
        return _ENDED[signal.Signals(number)], "at once, without a checkpoint of its last steps"
    if number == signal.SIGKILL and killed:
        return "out of memory", out_of_memory(paths, "the kernel killed it for want of memory")
    name = signal.Signals(number).name if number in {*signal.Signals} else "unknown"
    whose = "somebody or the machine killed it" if number == signal.SIGKILL else "it crashed"
    return "killed", f"signal {number} ({name}): {whose}; `rnnlab resume` goes on from its checkpoint"
