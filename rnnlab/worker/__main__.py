"""`python -m rnnlab.worker DIR [--lock FD]`: train the run in that directory until it ends.

Both streams belong to the run's log; nobody reads them live. Exit codes: 0 ended as asked, 1 failed, 75 its device was
lost, and once more after a restart, 128 + n ended by signal n; all with the end on record, where it can be written.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from rnnlab.errors import RnnlabError
from rnnlab.runs import lock, requests
from rnnlab.runs.paths import RunPaths
from rnnlab.runs.regular import refuse_links
from rnnlab.worker.log import say
from rnnlab.worker.signals import leave_the_terminal
from rnnlab.worker.watching import watch

_SPINS = "2000"
"""Turns that a thread waits for another before it goes to sleep: some ten microseconds. OpenMP's own are milliseconds,
in which it keeps the core from the very thread that it waits for, where that was pushed aside by another program: then
a training with as many threads as cores takes thirty times as long, and not twice."""


def main() -> int:
    """Take the lock, or the one that the launcher took, and train."""
    leave_the_terminal()
    parser = argparse.ArgumentParser(prog="python -m rnnlab.worker", description="Train one run.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--lock", type=int, default=-1, help="an inherited open file that holds the run's lock")
    arguments = parser.parse_args()
    os.umask(0o077)
    # Read when torch is imported; who sets one of them has their reasons.
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", _SPINS)
    # Not resolved: where a part of the path is a link, the home directory is still above the name it was given by.
    paths = RunPaths(Path(os.path.abspath(arguments.directory)))
    try:
        refuse_links(paths)
        # Held until the process is gone: this is what "alive" means.
        os.set_inheritable(arguments.lock if arguments.lock >= 0 else _take(paths), False)
        return watch(paths, lambda: _train(paths))
    except RnnlabError as error:
        say(error)
        return 1


def _train(paths: RunPaths) -> int:
    from rnnlab.worker.train import train  # torch takes seconds; neither the lock nor the watching half waits for it

    return train(paths)


def _take(paths: RunPaths) -> int:
    held = lock.acquire_soon(paths.lock)
    # What was asked of a worker before, and came too late for it, is not meant for this one.
    requests.take(paths.requests)
    return held


if __name__ == "__main__":
    raise SystemExit(main())
