"""What dropout multiplies a layer's outputs with: the very numbers of torch's own dropout, from the same generator.

On a CPU torch draws them one after the other, which takes a small model a third of its step; the native kernels, where
there are any, draw the same ones several times as fast. It must not know layers, nor who asks.
"""

from __future__ import annotations

import functools

import torch
from torch import Tensor

from rnnlab.nn.native import finding
from rnnlab.nn.native.kernels import SUFFIXES, Kernels

_TRIED = (1, 311, 1000)
"""How many numbers are drawn to see whether both draw the same: within a state of the generator, and beyond."""


def draw_noise(like: Tensor, share: float) -> Tensor | None:
    """0 for a share of the places of a tensor, 1 / (1 - share) for the others; None where the share is 0."""
    if not share:
        return None
    noise = torch.empty_like(like, memory_format=torch.contiguous_format)
    kernels = finding.kernels() if noise.device.type == "cpu" and noise.dtype in SUFFIXES else None
    if kernels is None or not _agrees(kernels):
        return _draw_by_torch(noise, share)
    _draw(kernels, noise, share)
    return noise


def _draw(kernels: Kernels, noise: Tensor, share: float) -> None:
    state = torch.get_rng_state()
    kept = torch.ones((), dtype=noise.dtype).div_(1 - share).item()
    kernels.call("noise", noise.dtype, state.data_ptr(), 1 - share, kept, noise.numel(), noise.data_ptr())
    torch.set_rng_state(state)


def _draw_by_torch(noise: Tensor, share: float) -> Tensor:
    return noise.bernoulli_(1 - share).div_(1 - share)


@functools.cache
def _agrees(kernels: Kernels) -> bool:
    """Whether this torch draws as the kernels do, and keeps its generator's state as they read it."""
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(1)
        found: list[list[Tensor]] = []
        begin = torch.get_rng_state()
        for draw in (functools.partial(_draw, kernels), _draw_by_torch):
            torch.set_rng_state(begin)
            drawn = [torch.empty(size, dtype=dtype) for size in _TRIED for dtype in SUFFIXES]
            for noise in drawn:
                draw(noise, 0.3)
                torch.rand(1)  # numbers that are not drawn in pairs come between
            found.append([*drawn, torch.get_rng_state()])
    return all(map(torch.equal, *found))
