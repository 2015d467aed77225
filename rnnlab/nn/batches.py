"""Batches of a text: which tokens are read together, in which order.

Everything is a pure function of (ids, spec, epoch, seed), and a batch is found by its number, so that a run that
stopped in the middle of an epoch goes on at the very next batch. It must not know files, models or training.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np
import torch
from torch import Tensor

from rnnlab.nn.seeds import generator
from rnnlab.specs import DataSpec
from rnnlab.specs.arithmetic import batches_per_epoch

Batch = tuple[Tensor, Tensor]
"""(x, y): the tokens read and the tokens to predict, `[T, B]` int64 each; y is x one token later in the text."""


def ids_on(ids: np.ndarray, device: torch.device | str = "cpu") -> Tensor:
    """A corpus's ids as a 1-d tensor on a device, in a small type that torch can index; to be read only."""
    if torch.device(device).type == "cpu" and ids.dtype in (np.uint8, np.uint16):
        # As they are: a memory-mapped file stays one. That nobody may write to it is true of the tensor too.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            return torch.from_numpy(ids)
    kind = next(kind for kind in (np.uint8, np.int32, np.int64) if np.can_cast(ids.dtype, kind))
    return torch.tensor(ids.astype(kind), device=device)


class EpochBatches(Sequence[Batch]):
    """The batches of one epoch over the training ids, `batch` sequences of `steps` tokens each.

    `consecutive`: the text is laid out as `batch` rows side by side and read from left to right, so that the state
    after one batch is the state before the next. `reset`: the very same batches, but the state is zero before each, so
    what it carries can be told from what the order does. `random`: the text is cut into segments of `steps` tokens,
    which are shuffled, and the state is zero before each. All begin at a random offset below `steps`, another one each
    epoch (d2l 9.3), so that over the epochs the cuts fall everywhere. There are `batches_per_epoch(data, len(ids))`
    batches, whatever the offset.
    """

    def __init__(self, ids: Tensor, data: DataSpec, *, epoch: int, seed: int) -> None:
        chance = generator(seed, "batches", epoch)
        self._ids = ids
        self._steps = data.steps
        self._batch = data.batch
        self._count = batches_per_epoch(data, len(ids))
        self.offset = int(torch.randint(data.steps, (), generator=chance))
        """Tokens at the beginning that this epoch does not read."""
        targets = max(0, len(ids) - self.offset - 1)
        self._shuffled = data.sampling == "random"
        if self._shuffled:
            order = torch.randperm(targets // data.steps, generator=chance)[: self._count * data.batch]
            # In place: of a long text there are many.
            starts = order.mul_(data.steps).add_(self.offset)
            self._starts = starts.view(self._count, data.batch).to(ids.device)
        else:
            self._row = targets // data.batch
        self.carries_state = data.sampling == "consecutive"
        """Whether each batch begins with the state that the one before it ended with."""

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Batch: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Batch]: ...
    def __getitem__(self, index: int | slice) -> Batch | Sequence[Batch]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f"there are {len(self)} batches in this epoch, and {index} is not one of them")
        index %= len(self)
        text = self._random(index) if self._shuffled else self._consecutive(index)
        text = text.to(torch.int64)
        return text[:-1], text[1:]

    def _consecutive(self, index: int) -> Tensor:
        begin = self._ids.storage_offset() + self.offset + index * self._steps
        return self._ids.as_strided((self._steps + 1, self._batch), (1, self._row), begin)

    def _random(self, index: int) -> Tensor:
        along = torch.arange(self._steps + 1, device=self._ids.device)
        return self._ids[along[:, None] + self._starts[index]]


def rows_of(ids: Tensor, *, batch: int, steps: int) -> Iterator[Batch]:
    """Every token of a text after its first, once, in at most `batch` rows read side by side from left to right.

    Rows differ by at most one token, the longer ones first, so that a batch may be narrower than the one before it
    and never wider: carry the state on, cut down to as many rows. A short text gets fewer rows, each at least `steps`
    long where it can be, because a row begins with a state that knows nothing.
    """
    targets = len(ids) - 1
    rows = max(1, min(batch, targets // steps))
    length, longer = divmod(targets, rows)
    starts = [row * length + min(row, longer) for row in range(rows)]
    for begin in range(0, length, steps):
        wide = min(steps, length - begin)
        text = torch.stack([ids[start + begin : start + begin + wide + 1] for start in starts], dim=1)
        yield text[:-1].to(torch.int64), text[1:].to(torch.int64)
    if longer:
        text = torch.stack([ids[start + length : start + length + 2] for start in starts[:longer]], dim=1)
        yield text[:-1].to(torch.int64), text[1:].to(torch.int64)
