"""A batch's gradient as a CUDA graph: recorded once and replayed in one call, where starting its many small kernels one
by one takes longer than they do.

The move of the weights stays outside: its rate is another one each step. A recording is used only where it gives what
an ordinary look gives, and is faster; else it is refused, and the reason can be read. The logic is tested on a CPU with
a stand-in for `capture`; nobody has tried it on a GPU, and so it is used only where somebody asks for it
(`settings.GRAPH_VARIABLE`). It must not know models, optimizers, or what a step is for.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from rnnlab.nn.cells.base import State
from rnnlab.training.snapshot import load_random, random_tensors

Look = Callable[[Tensor, Tensor, State], tuple[Tensor, State]]
"""(x, y, state) of a batch -> (its numbers, the state after it); leaves a gradient behind."""
Capture = Callable[[Callable[[], tuple[Tensor, State]]], tuple[Callable[[], object], tuple[Tensor, State]]]
"""Work -> (how to have it done again, what it came to, in tensors that are written anew each time)."""

WORTH = 1.1
"""How many times as fast as a look a replay must be to be used."""
_WARM, _ROUNDS, _CALLS = 3, 3, 5


class Circumstances(NamedTuple):
    """What a recording holds for; under others there must be another."""

    shape: tuple[int, ...]
    dropout: float
    clip: tuple[str, float]
    obstacle: str
    """Why nothing can be recorded under these, if so."""


class Recording:
    """A look at batches of one shape, recorded. The numbers that it gives are good until it is called again."""

    def __init__(self, look: Look, x: Tensor, y: Tensor, state: State, capture: Capture) -> None:
        self.holds: tuple[Tensor, ...] = ()
        self._read = [tensor.clone() for tensor in (x, y, *state)]
        own_x, own_y, *own_state = self._read
        self._replay, (self._numbers, self._after) = capture(lambda: look(own_x, own_y, tuple(own_state)))

    def __call__(self, x: Tensor, y: Tensor, state: State) -> tuple[Tensor, State]:
        for tensor, new in zip(self._read, (x, y, *state), strict=True):
            tensor.copy_(new)
        self._replay()
        return self._numbers, tuple(part.clone() for part in self._after)


class Recorder:
    """Gives for a batch a recording of `look` where that was found to be right and faster, else `look`."""

    def __init__(
        self, look: Look, gradient: Tensor, memory: Callable[[], tuple[Tensor, ...]], capture: Capture | None = None
    ) -> None:
        """`look` leaves its result in `gradient`, and works in what `memory` gives after it."""
        self.note = ""
        """What was found when it was tried last, in a sentence."""
        self._look, self._gradient, self._memory = look, gradient, memory
        self._capture = capture or capture_cuda
        self._known: Circumstances | None = None
        self._chosen: Look = look

    def best(self, x: Tensor, y: Tensor, state: State, now: Circumstances) -> Look:
        """The way to look at this batch under the circumstances that there are now."""
        if now != self._known:
            self._known = now
            # An old recording's memory is free again before there is a new one.
            self._chosen = self._look
            self._chosen = self._tried(x, y, state) if not now.obstacle else self._refused(now.obstacle)
        return self._chosen

    def _tried(self, x: Tensor, y: Tensor, state: State) -> Look:
        random = random_tensors(x.device)
        try:
            recording = Recording(self._look, x, y, state, self._capture)
            # Given up, it would go to somebody else and still be written to.
            recording.holds = self._memory()
            # Other tokens and another state than it was recorded with.
            batch = x.flip(0), y.flip(0), self._look(x, y, state)[1]
            if self._differs(recording, batch, random):
                return self._refused("it gave other numbers than it should")
            ratio = _seconds(self._look, batch) / _seconds(recording, batch)
        except RuntimeError as error:
            return self._refused(str(error).strip().partition("\n")[0])
        finally:
            load_random(x.device, random)
        if ratio < WORTH:
            return self._refused("it was not faster")
        self.note = f"gradients come from a CUDA graph, {ratio:.1f} times as fast as without"
        return recording

    def _refused(self, why: str) -> Look:
        self.note = f"no CUDA graph is used, {why}"
        return self._look

    def _differs(self, recording: Look, batch: tuple[Tensor, Tensor, State], random: dict[str, Tensor]) -> bool:
        found = []
        for way in (self._look, recording):
            load_random(batch[0].device, random)
            numbers, after = way(*batch)
            found.append([numbers.clone(), *after, self._gradient.clone()])
        return not all(torch.allclose(is_, should, rtol=1e-3, atol=1e-5) for should, is_ in zip(*found, strict=True))


def capture_cuda(work: Callable[[], tuple[Tensor, State]]) -> tuple[Callable[[], object], tuple[Tensor, State]]:
    """Record work as a CUDA graph, as torch's notes have it (https://docs.pytorch.org/docs/stable/notes/cuda.html):
    after some rounds on a stream of its own. Raises RuntimeError where something in it cannot be recorded."""
    here, aside = torch.cuda.current_stream(), torch.cuda.Stream()
    aside.wait_stream(here)
    with torch.cuda.stream(aside):
        for _ in range(_WARM):
            work()
        _without_waiting(work)
    here.wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    try:
        with torch.cuda.graph(graph):
            came_to = work()
    finally:
        # A capture that fails leaves its own stream behind as the current one.
        torch.cuda.set_stream(here)
    return graph.replay, came_to


def _without_waiting(work: Callable[[], object]) -> None:
    """Have it done once, with a RuntimeError where it would wait for the device: to fail in a capture is worse."""
    before = torch.cuda.get_sync_debug_mode()
    torch.cuda.set_sync_debug_mode("error")
    try:
        work()
    finally:
        torch.cuda.set_sync_debug_mode(before)


def _seconds(way: Look, batch: tuple[Tensor, Tensor, State]) -> float:
    """What some looks take, at best; the last one's numbers are waited for."""
    best = float("inf")
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        numbers = [way(*batch)[0] for _ in range(_CALLS)]
        numbers[-1].tolist()
        best = min(best, time.perf_counter() - begun)
    return best
