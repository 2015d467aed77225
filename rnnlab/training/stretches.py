"""Steps of learning, taken one by one or queued in stretches.

On a CPU each step is asked how it went before the weights move: that costs nothing. Another device would run dry each
time. There a stretch of steps is queued as if all went well, their numbers stay in a small tensor on the device, and
all are read back at once. Where something was not finite, or whoever judges the numbers wants to go on from within, the
stretch is void: everything is put back to its beginning, what counts of it is done again, and the rest is taken one by
one. So both ways come to the same weights, as far as the device's arithmetic repeats itself, and trouble is known with
its own step, at most a stretch late. It must not know what the numbers mean, or of which part of a text they are.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from rnnlab.nn.cells.base import State
from rnnlab.training.learner import Learner, Numbers
from rnnlab.training.snapshot import load_random, random_tensors

MOST = 64
"""Steps of a stretch, at most."""
SECONDS = 0.2
"""What a stretch may take, going by the one before it."""


class Task(NamedTuple):
    """A step to take."""

    x: Tensor
    """Tokens `[T, B]` to read."""
    y: Tensor
    """Tokens `[T, B]` to predict."""
    lr: float
    carries: bool
    """Whether it begins with the state that the step before it ended with, and not with zeros."""


class Stretches:
    """Takes steps with a learner, and holds the state between them."""

    def __init__(self, learner: Learner) -> None:
        self._learner = learner
        self._device = learner.optimizer.parameter.device
        self.hidden: State | None = None
        """The state after the last step; None for zeros."""
        self.queues = self._device.type != "cpu"
        self._tasks: Sequence[Task] = ()
        """The last stretch."""
        self._one_by_one = 0
        """Steps still to be asked one by one."""
        self._step_s = math.inf

    def most(self) -> int:
        """How many steps may be taken together now."""
        if not self.queues or self._one_by_one:
            return 1
        return min(MOST, max(1, int(SECONDS / self._step_s)))

    def take(self, tasks: Sequence[Task]) -> list[Numbers]:
        """Take these steps, at most `most`; gives their numbers, or nothing where they are to be taken once more."""
        self._tasks = tasks
        if self.queues and not self._one_by_one:
            return self._queued()
        self._one_by_one = max(0, self._one_by_one - 1)
        return [self._asked(task) for task in tasks]

    def keep(self, done: int) -> None:
        """Only the first `done` steps of the last stretch were taken: be where they led to."""
        if done == len(self._tasks):
            return
        for tensor, old in zip(self._learner.held(), self._before, strict=True):
            tensor.copy_(old)
        load_random(self._device, self._random)
        self.hidden = self._hidden_before
        for task, row in zip(self._tasks[:done], self._rows, strict=False):
            self._queue(task, row)
        self._one_by_one = len(self._tasks) - done

    def _asked(self, task: Task) -> Numbers:
        numbers, hidden = self._learner.step(task.x, task.y, self.hidden if task.carries else None, task.lr)
        self.hidden = hidden if numbers.moved else None
        return numbers

    def _queued(self) -> list[Numbers]:
        begun = time.perf_counter()
        self._before = [tensor.clone() for tensor in self._learner.held()]
        self._random = random_tensors(self._device)
        self._hidden_before = self.hidden
        self._rows = torch.empty(len(self._tasks), 3, device=self._device)
        for task, row in zip(self._tasks, self._rows, strict=True):
            self._queue(task, row)
        found, sound = self._read()
        self._step_s = (time.perf_counter() - begun) / len(self._tasks)
        if sound:
            return found
        # Which move it was that spoiled something, nobody looked at.
        self.keep(0)
        return []

    def _queue(self, task: Task, row: Tensor) -> None:
        self.hidden = self._learner.queue(task.x, task.y, self.hidden if task.carries else None, task.lr, row)

    def _read(self) -> tuple[list[Numbers], bool]:
        """The numbers of the stretch, and whether they and what is held after it are finite; waits for the device."""
        # No rule and no decay makes a number of what was none, so that the end tells of every move.
        whole = [torch.isfinite(tensor).all() for tensor in self._learner.held() if tensor.device == self._device]
        whole.append(torch.isfinite(self._rows).all())
        *numbers, sound = torch.cat((self._rows.flatten(), torch.stack(whole).all().float().view(1))).tolist()
        rows = zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True)
        return [Numbers(*row, moved=True) for row in rows], bool(sound)
