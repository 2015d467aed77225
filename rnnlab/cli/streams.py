"""Standard output and error that may be closed, full or abandoned by their reader: told apart from all other errors.

It must not know what is written, nor import anything that costs time: `--version` comes through here.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Generator


class OutputLost(Exception):
    """Standard output or standard error takes no more; `broken_pipe` says whether its reader went away."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(cause.strerror or str(cause))
        self.broken_pipe = isinstance(cause, BrokenPipeError)


@contextlib.contextmanager
def writing() -> Generator[None]:
    """What fails inside is the output's failure: OutputLost."""
    try:
        yield
    except OSError as error:
        raise OutputLost(error) from error


def write_out(text: str) -> None:
    """Text to standard output, which may be closed."""
    if sys.stdout is not None:
        with writing():
            sys.stdout.write(text)


def flush_out() -> None:
    """Let go of what is buffered, so that a failure is noticed before the end of the program."""
    if sys.stdout is not None:
        with writing():
            sys.stdout.flush()


def abandon_out() -> None:
    """Send what is still buffered nowhere, or Python would complain about it at the exit."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
