"""Every exit code of the program, and what it tells a script. It must not know how they come about."""

from __future__ import annotations

import enum


class ExitCode(enum.IntEnum):
    """What the program says to the shell; a signal's code is 128 and its number, as shells have it."""

    OK = 0
    """Done. For `train` and `watch`: the run finished, ran out of patience, or was stopped on request."""
    FAILURE = 1
    """Something failed, or was declined. For `train` and `watch`: the run failed, died, was killed, diverged or was
    preempted."""
    USAGE = 2
    """What was typed cannot be used; nothing was changed. One sentence on standard error says what to do."""
    HANGUP = 129
    """The terminal went away. A run that was followed goes on."""
    INTERRUPTED = 130
    """Ctrl-C. A run that was followed goes on; a text that was being written is kept."""
    BROKEN_PIPE = 141
    """Who read the output stopped reading, as `head` does. A run that was followed goes on."""
    TERMINATED = 143
    """SIGTERM. A run that was followed goes on."""
