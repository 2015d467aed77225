"""`python -m rnnlab.worker DIR [--lock FD]`: train the run in that directory until it ends.

Both streams belong to the run's log; nobody reads them live.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from rnnlab.errors import Busy
from rnnlab.runs import lock
from rnnlab.runs.paths import RunPaths


def main() -> int:
    """Take the lock, or the one that the launcher took, and train."""
    parser = argparse.ArgumentParser(prog="python -m rnnlab.worker", description="Train one run.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--lock", type=int, default=-1, help="an inherited open file that holds the run's lock")
    arguments = parser.parse_args()
    os.umask(0o077)
    paths = RunPaths(arguments.directory.resolve())
    try:
        # Held until the process is gone: this is what "alive" means.
        held = arguments.lock if arguments.lock >= 0 else lock.acquire_soon(paths.lock)
    except Busy as error:
        print(error)
        return 1
    os.set_inheritable(held, False)
    from rnnlab.worker.train import train  # torch takes seconds; the lock does not wait for it

    return train(paths)


if __name__ == "__main__":
    raise SystemExit(main())
