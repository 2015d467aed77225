"""The terminal itself: refuse one that cannot show the program, and leave it as it was whatever ends the program.

Textual restores the terminal when its app exits, but handles no signal that would end it, and spins when the terminal
is gone. It must not know what the program shows.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from threading import Thread
from typing import NoReturn, TextIO

from rnnlab.errors import TerminalError

SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
"""Signals that end the program; their exit code is 128 and their number."""
PATIENCE_MS = 5000
GONE_PATIENCE_MS = 2000
"""How long leaving may take before the program is ended without a farewell; where nobody is there to see it, less."""
_STOP = b"\0"
_INSTEAD = "use the commands instead (`rnnlab --help`)"


def require_terminal(
    environment: Mapping[str, str],
    streams: Mapping[str, TextIO | None],
) -> None:
    """Raises TerminalError where the screen could not be drawn, or would go into a file."""
    for name, stream in streams.items():
        if stream is None or stream.closed or not stream.isatty():
            raise TerminalError(f"{name} is not a terminal: run rnnlab in one, or {_INSTEAD}")
    kind = environment.get("TERM", "")
    if kind in ("", "dumb"):
        told = "TERM is not set" if not kind else "TERM is dumb"
        raise TerminalError(f"{told}, so no screen can be drawn: set it to your terminal's kind, or {_INSTEAD}")
    for name, stream in streams.items():
        encoding = (getattr(stream, "encoding", "") or "").lower().replace("-", "")
        if name != "standard input" and encoding not in ("utf8", "utf_8"):
            raise TerminalError(
                f"{name} is encoded as {encoding or 'nothing known'}: set LC_ALL=C.UTF-8, or {_INSTEAD}"
            )


def standard_streams() -> dict[str, TextIO | None]:
    """What Textual reads and writes; it draws on standard error."""
    return {"standard input": sys.__stdin__, "standard output": sys.__stdout__, "standard error": sys.__stderr__}


def end(code: int) -> NoReturn:
    """End the process with that exit code, when what was begun to be changed is finished.

    Python's own way out can wait for ever: it stops daemon threads where they stand, perhaps inside an import, and what
    it clears up afterwards may import something too.
    """
    for thread in threading.enumerate():
        if not thread.daemon and thread is not threading.current_thread():
            thread.join()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


class Guard:
    """Ends the program on signals, and when its terminal is gone.

    It watches from a thread of its own: writing to a terminal that stalls or is gone can hold up the event loop for
    ever, and a program that signals cannot end is worse than one that ends without a farewell.
    """

    def __init__(self, descriptor: int, leave: Callable[[int], object]) -> None:
        """Within the running loop: `leave` is called there with the exit code, and had better end the program soon."""
        self._descriptor = descriptor
        self._leave = leave
        self._loop = asyncio.get_running_loop()
        self._ear, self._mouth = os.pipe()
        self._before = {number: signal.signal(number, self._on_signal) for number in SIGNALS}
        Thread(target=self._watch, daemon=True, name="guard").start()

    def stop(self) -> None:
        """The program has ended by itself: nothing is guarded any more."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.write(self._mouth, _STOP)

    def _on_signal(self, number: int, frame: object) -> None:
        os.write(self._mouth, bytes([number]))

    def _watch(self) -> None:
        poll = select.poll()
        poll.register(self._ear, select.POLLIN)
        poll.register(self._descriptor, 0)  # nothing but its end
        code, patience = 0, None
        while True:
            ready = dict(poll.poll(patience))
            if not ready:
                os._exit(code)
            heard = os.read(self._ear, 1) if self._ear in ready else b""
            if heard == _STOP:
                return
            code = 128 + (heard[0] if heard else signal.SIGHUP)
            patience = PATIENCE_MS if patience is None else patience
            if self._descriptor in ready:
                poll.unregister(self._descriptor)
                patience = GONE_PATIENCE_MS
            with contextlib.suppress(RuntimeError):  # the loop is closed: it is ending already
                self._loop.call_soon_threadsafe(self._leave, code)
