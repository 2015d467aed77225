"""How fast texts are encoded and shown, and how much memory that takes: the figures of docs/texts.md.

    nice python benchmarks/bench_text.py --sizes 1 100 1000 --folder /var/tmp/texts

Texts are made from the bundled corpora, their lines in a random order, and removed again. Every figure comes from a
process of its own; memory is the peak of its resident set above that of a process that only imports the same modules.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MEGABYTE = 1_000_000
SOURCES = {"ASCII": ("the-tide-clock", "ascii"), "Chinese": ("lyrics-zh", "utf-8")}
STAGES = ("floor", "encode", "again", "show", "train-floor", "train")


def make(path: Path, name: str, megabytes: int) -> None:
    """A text of that size, its lines drawn from a bundled corpus."""
    from rnnlab.text.bundled import path_of

    source, encoding = SOURCES[name]
    lines = [line for line in path_of(source).read_text(encoding="utf-8").splitlines(keepends=True) if line.strip()]
    if encoding == "ascii":
        lines = [line.encode("ascii", "ignore").decode() for line in lines]
    chance = random.Random(1)
    with path.open("wb") as file:
        while file.tell() < megabytes * MEGABYTE:
            file.write("".join(chance.choices(lines, k=20_000)).encode()[:MEGABYTE].decode(errors="ignore").encode())


def measure(stage: str, path: Path, home: Path, tokens: str) -> dict[str, float]:
    """Run one stage in this process: seconds of processor time, and the peak of the resident set in MB."""
    from rnnlab.specs import RunSpec
    from rnnlab.text.baselines import baselines
    from rnnlab.text.cache import Cache
    from rnnlab.text.corpus import Corpus
    from rnnlab.text.detail import detail
    from rnnlab.text.statistics import report

    spec = RunSpec().replace({"data.corpus": str(path), "data.tokens": tokens, "model.hidden": 64})
    spec = spec.replace({"train.eval_tokens": 10_000, "train.sample_length": 10, "train.threads": 1})
    if stage.startswith("train"):
        from rnnlab.training.trainer import Trainer

        if stage == "train-floor":
            # The floor has done all that torch does at a first step, on a text of no size.
            for _ in zip(range(5), Trainer(spec, Corpus.open("the-tide-clock")).steps(), strict=False):
                pass
    begun = time.process_time()
    if not stage.endswith("floor"):
        corpus = Corpus.open(str(path), spec.data, cache=Cache(home))
        if stage == "show":
            report(corpus), detail(corpus), baselines(corpus)
        if stage == "train":
            for _ in zip(range(5), Trainer(spec, corpus).steps(), strict=False):
                pass
    seconds = time.process_time() - begun
    return {"seconds": seconds, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def stage_in_a_process(stage: str, path: Path, home: Path, tokens: str) -> dict[str, float]:
    words = [sys.executable, __file__, "--stage", stage, "--text", str(path), "--folder", str(home), "--tokens", tokens]
    return json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure encoding and showing of texts.")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 100], help="megabytes")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "rnnlab-bench-text")
    parser.add_argument("--tokens", default="char")
    parser.add_argument("--stage", choices=STAGES)
    parser.add_argument("--text", type=Path)
    arguments = parser.parse_args()
    if arguments.stage:
        print(json.dumps(measure(arguments.stage, arguments.text, arguments.folder, arguments.tokens)))
        return
    print("| text | encode, MB/s | above floor, MB | again, s | show, s | above, MB | start training, s | above, MB |")
    for name in SOURCES:
        for size in arguments.sizes:
            folder = arguments.folder / f"{name}-{size}"
            folder.mkdir(parents=True)
            try:
                make(folder / "text.txt", name, size)
                found = {s: stage_in_a_process(s, folder / "text.txt", folder, arguments.tokens) for s in STAGES}
                print(_row(f"{name} {size} MB", size, found), flush=True)
            finally:
                shutil.rmtree(folder)


def _row(name: str, size: int, found: dict[str, dict[str, float]]) -> str:
    floor, train = found["floor"]["peak"], found["train-floor"]["peak"]
    cells = [
        name,
        f"{size / found['encode']['seconds']:.0f}",
        f"{found['encode']['peak'] - floor:.0f}",
        f"{found['again']['seconds']:.2f}",
        f"{found['show']['seconds']:.1f}",
        f"{found['show']['peak'] - floor:.0f}",
        f"{found['train']['seconds']:.1f}",
        f"{found['train']['peak'] - train:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
