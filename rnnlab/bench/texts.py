"""Reading texts: how fast one is encoded, opened again, and looked at. It must not know models."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rnnlab.bench.turns import seconds_of, take_turns
from rnnlab.bench.values import AnyRow, Doing, Figure, Point, spread
from rnnlab.files import remove_tree, write_atomic
from rnnlab.specs import DataSpec
from rnnlab.text.bundled import path_of
from rnnlab.text.cache import Cache
from rnnlab.text.corpus import Corpus
from rnnlab.text.statistics import report

MEGABYTE = 1_000_000
SOURCES = {"English": ("the-tide-clock", "ascii"), "Chinese": ("lyrics-zh", "utf-8")}
_ROUNDS = 3
_LINES = 20_000


def made(name: str, megabytes: float) -> bytes:
    """A text of that size, its lines drawn from a bundled corpus."""
    source, encoding = SOURCES[name]
    lines = [line for line in path_of(source).read_text(encoding="utf-8").splitlines(keepends=True) if line.strip()]
    if encoding == "ascii":
        lines = [line.encode("ascii", "ignore").decode() for line in lines]
    chance, parts, size = random.Random(1), [], 0
    while size < megabytes * MEGABYTE:
        parts.append("".join(chance.choices(lines, k=_LINES)).encode())
        size += len(parts[-1])
    return b"".join(parts)[: int(megabytes * MEGABYTE)].decode(errors="ignore").encode()


def measure(sizes: tuple[float, ...], tokens: tuple[str, ...] = ("char", "word")) -> Iterator[AnyRow]:
    """Every text at every size: encoded, opened again from the cache, shown."""
    for size in sizes:
        for name in SOURCES:
            for kind in tokens:
                yield Doing(part="text", what=f"{name}, {size:g} MB, by {kind}")
                yield from figures(name, size, kind)


def figures(name: str, megabytes: float, tokens: str) -> Iterator[Figure]:
    """Megabytes a second of each stage."""
    what = f"{name}, {megabytes:g} MB, by {tokens}"
    found = timed(name, megabytes, tokens)
    for stage in ("encode", "show"):
        rates = spread([megabytes / seconds for seconds in found[stage]])
        yield Figure(part="text", what=what, who=stage, unit="MB/s", value=rates)
    again = spread([1000 * seconds for seconds in found["open again"]])
    yield Figure(part="text", what=what, who="open again", unit="ms", value=again)


def points(megabytes: float) -> Iterator[Point]:
    """Seconds of each stage for an English text of that size by characters."""
    for stage, seconds in timed("English", megabytes, "char").items():
        value = spread(seconds)
        yield Point(part="growth", sweep="corpus", x=megabytes, who=stage, unit="s", value=value)


def timed(name: str, megabytes: float, tokens: str) -> dict[str, list[float]]:
    """Seconds of each stage in each round; every round reads the text anew."""
    folder = Path(tempfile.mkdtemp(prefix="rnnlab-bench-"))
    try:
        path = folder / "text.txt"
        write_atomic(path, made(name, megabytes))
        data = DataSpec(corpus=str(path), tokens=tokens)
        opened: list[Corpus] = []

        def encode() -> float:
            cache = folder / "cache"
            if cache.exists():
                remove_tree(cache)
            return seconds_of(lambda: opened.append(Corpus.open(str(path), data, cache=Cache(cache))))

        def again() -> float:
            return seconds_of(lambda: Corpus.open(str(path), data, cache=Cache(folder / "cache")))

        turns = {"encode": encode, "open again": again, "show": lambda: seconds_of(lambda: report(opened[-1]))}
        # In this order always: each stage works on what the one before it made.
        rounds = [take_turns(turns, 1) for _ in range(_ROUNDS)]
        return {stage: [one[stage][0] for one in rounds] for stage in turns}
    finally:
        remove_tree(folder)
