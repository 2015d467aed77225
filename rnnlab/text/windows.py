"""Which tokens of a text the rows of a batch read: the layout of `rnnlab.nn.batches`, for looking at without torch.

The random numbers are those that torch's CPU generator gives, from the same Mersenne Twister; a test holds the rows to
the real batches. It must not know models or training.
"""

from __future__ import annotations

import hashlib

import numpy as np

from rnnlab.errors import BadInput
from rnnlab.specs import DataSpec
from rnnlab.specs.arithmetic import Spans, batches_per_epoch, split_spans, split_tokens, too_short
from rnnlab.text.corpus import Corpus
from rnnlab.text.parts import window
from rnnlab.text.report import Batch, BatchRow

ROWS = 8
"""Rows of a batch that are shown at most."""


def batch(corpus: Corpus, data: DataSpec, *, number: int = 1, epoch: int = 1, seed: int = 1, rows: int = ROWS) -> Batch:
    """Batch `number` (from 1) of an epoch as a training with that seed sees it; raises BadInput where there is none."""
    tokens = split_tokens(data, len(corpus.ids)).train
    batches = batches_per_epoch(data, tokens)
    if not batches:
        raise too_short(data, tokens)
    if not 1 <= number <= batches or epoch < 1:
        raise BadInput(
            f"batch {number} of epoch {epoch}: an epoch has batches 1 to {batches:,}, and epochs count from 1"
        )
    spans = split_spans(data, len(corpus.ids))["train"]
    starts = row_starts(data, tokens, number=number, epoch=epoch, seed=seed)
    return Batch(
        epoch=epoch,
        number=number,
        batches=batches,
        sampling=data.sampling,
        rows=tuple(_row(corpus, spans, start, data.steps) for start in starts[:rows]),
        total_rows=len(starts),
    )


def row_starts(data: DataSpec, tokens: int, *, number: int, epoch: int, seed: int) -> list[int]:
    """The first token of each row of a batch over a text of so many training tokens."""
    chance = _Chance(seed, "batches", epoch)
    offset = chance.below(data.steps)
    targets = tokens - offset - 1
    if data.sampling != "random":
        begin = offset + (number - 1) * data.steps
        return [begin + row * (targets // data.batch) for row in range(data.batch)]
    order = chance.shuffled(targets // data.steps, first=number * data.batch)
    return [segment * data.steps + offset for segment in order[-data.batch :]]


def _row(corpus: Corpus, spans: Spans, start: int, steps: int) -> BatchRow:
    ids = window(corpus.ids, spans, start, steps + 1).tolist()
    tokens = corpus.vocabulary.tokens
    return BatchRow(start=start, x=tuple(ids[:-1]), y=tuple(ids[1:]), tokens=tuple(tokens[i] for i in ids))


class _Chance:
    """The numbers of `rnnlab.nn.seeds.generator` with the same seed and names."""

    def __init__(self, seed: int, *names: int | str) -> None:
        text = "/".join(str(name) for name in (seed, *names))
        derived = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
        # torch seeds its Mersenne Twister with the lower half only, as numpy's legacy seeding does.
        self._twister = np.random.RandomState(derived & 0xFFFFFFFF)

    def below(self, limit: int) -> int:
        """As `torch.randint(limit, ())`."""
        return self._next() % limit

    def shuffled(self, count: int, first: int) -> list[int]:
        """The first numbers of `torch.randperm(count)`: it swaps from the front, so that the rest need not be known."""
        moved: dict[int, int] = {}
        for place in range(min(first, count)):
            other = place + self._next() % (count - place) if place < count - 1 else place
            moved[place], moved[other] = moved.get(other, other), moved.get(place, place)
        return [moved[place] for place in range(min(first, count))]

    def _next(self) -> int:
        return int(self._twister.randint(0, 1 << 32, dtype=np.uint32))
