"""`python -m rnnlab.worker.timing HOME`: how fast a spec trains here, measured for a moment.

A spec comes in as JSON on standard input; what was measured goes out as a line of JSON, or `{"error": …}` with a
sentence. The steps are those of a real training on the spec's own text; nothing is kept of them. It must not know runs.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import msgspec
import psutil

from rnnlab.errors import RnnlabError
from rnnlab.runs.paths import HomePaths
from rnnlab.specs import RunSpec, from_document
from rnnlab.text.cache import Cache
from rnnlab.text.catalogue import Shelf
from rnnlab.text.corpus import Corpus
from rnnlab.training import device as devices
from rnnlab.training.trainer import Trainer
from rnnlab.worker import native

SECONDS = 2.0
"""How long steps are taken."""
_WARM = 2
"""Steps at the beginning that do not count: torch makes itself ready in them."""


def measure(spec: RunSpec, home: HomePaths) -> dict[str, object]:
    """Take steps for a moment, and say how fast they were."""
    corpus = Corpus.open(spec.data.corpus, spec.data, cache=Cache(home.cache), shelf=Shelf(home.texts))
    before = psutil.Process().memory_info().rss
    # Steps alone are measured: looking at the model takes its time too, but less often.
    quiet = {"data.split": 0.0, "data.test": 0.0, "train.sample_length": 1, "train.epochs": 10**6, "train.max_steps": 0}
    native.prepare(home, spec.model)
    trainer = Trainer(spec.replace(quiet), corpus, cache=home.cache)
    done, begun = -_WARM, time.perf_counter()
    for _ in trainer.steps():
        if trainer.progress.step == 0:
            continue
        done += 1
        if done <= 0:
            begun = time.perf_counter()
        elif time.perf_counter() - begun > SECONDS:
            break
    seconds = (time.perf_counter() - begun) / max(done, 1)
    return {
        "tokens_per_s": spec.data.batch * spec.data.steps / seconds,
        "step_s": seconds,
        "steps": done,
        "threads": trainer.pace.threads,
        "device": devices.describe(trainer.device),
        "engine": trainer.model.engine,
        "memory_bytes": max(0, psutil.Process().memory_info().rss - before),
    }


def main() -> int:
    """Answer one spec."""
    parser = argparse.ArgumentParser(
        prog="python -m rnnlab.worker.timing", description="Measure how fast a spec trains."
    )
    parser.add_argument("home", type=Path)
    home = HomePaths(parser.parse_args().home)
    try:
        found = measure(from_document(msgspec.json.decode(sys.stdin.buffer.read())), home)
    except (RnnlabError, msgspec.MsgspecError) as error:
        found = {"error": str(error)}
    print(msgspec.json.encode(found).decode(), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
