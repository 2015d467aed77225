"""Killing a process at every call with which it asks the operating system to change something on the disk."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path

from rnnlab.files import appending

CALLS = ("write", "fsync", "replace", "rename", "unlink", "rmdir", "open", "mkdir", "close", "ftruncate")
Act = Callable[[Path], object]

_context = multiprocessing.get_context("fork")


def killed_at_every_call(place: Callable[[str], Path], act: Act, check: Act) -> int:
    """Do it in a place of its own for each call in turn, killed before that call, and once half way through each
    write; gives how many kills there were.
    """
    kills = 0
    for torn in (False, True):
        at = 0
        while True:
            there = place(f"{'torn' if torn else 'at'}-{at}")
            # A fork of this process: starting Python anew for each of some hundred calls would take minutes.
            process = _context.Process(target=_until_killed, args=(act, there, at, torn))
            process.start()
            process.join()
            check(there)
            if process.exitcode == 0:
                break
            assert process.exitcode == -signal.SIGKILL, process.exitcode
            kills += 1
            at += 1
    return kills


def _until_killed(act: Act, place: Path, at: int, torn: bool) -> None:
    seen = iter(range(10**6))

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def watched(call: Callable[..., object]) -> Callable[..., object]:
        def before(*arguments: object, **options: object) -> object:
            if next(seen) == at:
                die()
            return call(*arguments, **options)

        return before

    def half(descriptor: int, data: memoryview) -> int:
        if next(seen) == at:
            write(descriptor, data[: len(data) // 2])
            die()
        return write(descriptor, data)

    write = os.write
    for name in () if torn else CALLS:
        setattr(os, name, watched(getattr(os, name)))
    if torn:
        os.write = half  # ty: ignore[invalid-assignment]
        appending.os.write = half  # ty: ignore[invalid-assignment]
    act(place)
