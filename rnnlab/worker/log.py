"""What a worker says into its run's log. It must not know what there is to say."""

from __future__ import annotations

import contextlib


def say(text: object) -> None:
    """Print a line at once, or not at all: the log may be on the very disk that is full."""
    with contextlib.suppress(OSError):
        print(str(text).encode("utf-8", "backslashreplace").decode(), flush=True)
