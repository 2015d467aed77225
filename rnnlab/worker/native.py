"""`python -m rnnlab.worker.native HOME [--build]`: whether the native engine is there; with `--build`, made so first.

Says so in a line of JSON, a `State`. Workers ask the same here, and begin a build that the next run has the good of: no
first run waits for a compiler. It must not know what the kernels compute.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import msgspec

from rnnlab.nn.native import finding
from rnnlab.runs.paths import HomePaths
from rnnlab.specs import ModelSpec
from rnnlab.specs.cells import CELLS
from rnnlab.worker.limits import make_way

_NICE = 5


class State(msgspec.Struct, frozen=True):
    """What there is."""

    state: str
    """ready, building, missing or unusable"""
    reason: str = ""
    compiler: str = ""
    library: str = ""
    tiles: bool = False
    """Whether the kernels may use the processor's matrix unit."""


def prepare(home: HomePaths, model: ModelSpec) -> None:
    """Look for the kernels below that home; wait for them to be built where the spec wants nothing else."""
    finding.look_in(home.cache)
    if finding.found(again=True).state in ("missing", "building") and model.engine == "native":
        finding.workshop().build()
        finding.found(again=True)


def build_for_the_next(home: HomePaths, model: ModelSpec) -> None:
    """Begin to build in the background, where nobody has yet and there is a compiler."""
    if model.engine == "auto" and "native" in CELLS[model.cell].engines and finding.found().state == "missing":
        subprocess.Popen(
            [sys.executable, "-P", "-m", __name__, str(home.home), "--build", "--nice"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )


def state(home: HomePaths, *, build: bool) -> State:
    """What there is below a home, after a build if one is wanted; an earlier failure is then tried again."""
    finding.look_in(home.cache)
    found = finding.found()
    if found.kernels is None and found.reason == finding.OFF:
        return State(found.state, found.reason)
    place = finding.workshop()
    if build and found.kernels is None:
        place.build()
        found = finding.found(again=True)
    library = str(place.library) if found.kernels else ""
    tiles = found.kernels is not None and found.kernels.tiles
    return State(found.state, found.reason, str(place.compiler or ""), library, tiles)


def main() -> int:
    """Answer once."""
    parser = argparse.ArgumentParser(prog="python -m rnnlab.worker.native", description="Build the native engine.")
    parser.add_argument("home", type=Path)
    parser.add_argument("--build", action="store_true", help="build it first, unless it is there")
    parser.add_argument("--nice", action="store_true", help="give way to others meanwhile")
    asked = parser.parse_args()
    os.umask(0o077)
    if asked.nice:
        # It takes a core for half a minute, and training wants it more; at a looker's priority it would take an hour.
        make_way(_NICE)
    print(msgspec.json.encode(state(HomePaths(asked.home), build=asked.build)).decode(), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
