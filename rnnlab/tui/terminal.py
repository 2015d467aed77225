"""The terminal itself: refuse one that cannot show the program, and leave it as it was whatever ends the program.

Textual restores the terminal when its app exits, but handles no signal that would end it, and spins when the terminal
is gone. It must not know what the program shows.
"""

from __future__ import annotations

import asyncio
import select
import signal
import sys
from collections.abc import Callable, Mapping
from typing import TextIO

from rnnlab.errors import TerminalError

SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
"""Signals that end the program; their exit code is 128 and their number."""
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


def on_signals(leave: Callable[[int], object]) -> None:
    """Call `leave` with the exit code when one of SIGNALS comes, from the running event loop."""
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, leave, 128 + number)


def hung_up(descriptor: int) -> bool:
    """Whether the terminal behind the descriptor is gone."""
    poll = select.poll()
    poll.register(descriptor, 0)
    return any(events & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, events in poll.poll(0))
