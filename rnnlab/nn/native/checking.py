"""`python -m rnnlab.nn.native.checking LIBRARY`: whether freshly built kernels compute what the fused engine does.

A process of its own, so that a library that cannot run here ends nothing else. It must not know how it was built.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from rnnlab.nn.cells import REGISTRY
from rnnlab.nn.cells.base import LayerWeights
from rnnlab.nn.fused import Pool, run_fused
from rnnlab.nn.layouts import TILES, USUAL, Work, work_of
from rnnlab.nn.native.kernels import CELLS, SUFFIXES, Kernels
from rnnlab.nn.native.layer import run_native
from rnnlab.nn.native.moving import Moments, clip_norm, move_by_adam

_TOLERANCE = {torch.float32: 2e-4, torch.float64: 1e-10}
"""Largest difference, as a share of the largest number."""
_STEPS, _INPUTS = 5, 7
_HIDDEN = (1, 33, 64)
_NUMBERS = 5000


class _Case(NamedTuple):
    """A way that a layer can be computed in."""

    cell: str
    hidden: int
    dtype: torch.dtype
    work: Work = USUAL
    batch: int = 11
    numbers: bool = False
    """Whether it reads numbers, and not ids."""

    def __str__(self) -> str:
        return f"{self.cell} with {self.hidden} units in {self.dtype}{' by tiles' * self.work.tiles}"


def disagreement(kernels: Kernels) -> str:
    """Where the kernels and the fused engine differ, or nothing."""
    for case in _cases(kernels):
        if (most := _difference(kernels, case)) > _TOLERANCE[case.dtype] or most != most:
            return f"{case} differs from the fused engine by {most:.1e}"
    for dtype in SUFFIXES:
        if (most := _difference_of_moves(kernels, dtype)) > _TOLERANCE[dtype] or most != most:
            return f"Adam's move in {dtype} differs from torch's by {most:.1e}"
    return ""


def _cases(kernels: Kernels) -> Iterator[_Case]:
    for cell, dtype, hidden in itertools.product(CELLS, SUFFIXES, _HIDDEN):
        yield _Case(cell, hidden, dtype)
        if kernels.takes_tiles(dtype, asked=True):
            # So many rows that two threads have more than 32 each, which are multiplied by other code than the rest.
            for numbers in (False, True):
                yield _Case(cell, hidden, dtype, work_of(TILES), batch=75, numbers=numbers)


def _difference_of_moves(kernels: Kernels, dtype: torch.dtype) -> float:
    """How far the second move by a clipped gradient is from what torch makes of it."""
    generator = torch.Generator().manual_seed(1)
    theirs, gradient = (torch.randn(_NUMBERS, generator=generator, dtype=dtype) for _ in range(2))
    ours, clipped = theirs.clone(), gradient / gradient.norm()
    moments = Moments(torch.zeros_like(ours), torch.zeros_like(ours), torch.zeros((), dtype=torch.float64))
    clip_norm(kernels, gradient, 1.0)
    for _ in range(2):
        move_by_adam(kernels, ours, gradient, moments, rate=0.1, beta1=0.9, beta2=0.999, epsilon=1e-8, kept=1.0)
        # With one gradient all the time both corrected moments are the gradient and its square.
        theirs = theirs - 0.1 * clipped / (clipped.abs() + 1e-8)
    return float((ours - theirs).abs().max())


def _difference(kernels: Kernels, case: _Case) -> float:
    generator = torch.Generator().manual_seed(case.hidden)
    cell, rows = REGISTRY[case.cell], CELLS[case.cell].gates * case.hidden
    shapes = [(rows, _INPUTS), (rows, case.hidden), (rows,), (rows,)] + [(case.batch, case.hidden)] * cell.states
    tensors = [(torch.randn(shape, generator=generator, dtype=case.dtype) / 2).requires_grad_() for shape in shapes]
    x = torch.randint(_INPUTS, (_STEPS, case.batch), generator=generator)
    if case.numbers:
        x = torch.randn(_STEPS, case.batch, _INPUTS, generator=generator, dtype=case.dtype).requires_grad_()
        tensors.append(x)
    weights, state = LayerWeights(*tensors[:4]), tuple(tensors[4 : 4 + cell.states])
    expected = _everything(run_fused(cell, x, state, weights, Pool()), tensors)
    actual = _everything(run_native(cell, x, state, weights, kernels, Pool(), case.work), tensors)
    return max(
        float((a - b).detach().abs().max() / b.detach().abs().max().clamp_min(1e-3))
        for a, b in zip(actual, expected, strict=True)
    )


def _everything(result: tuple[Tensor, tuple[Tensor, ...]], tensors: list[Tensor]) -> list[Tensor]:
    """Outputs, last state, and the gradients of all tensors."""
    parts = [result[0], *result[1]]
    weights = [torch.linspace(-1, 1, part.numel(), dtype=part.dtype).view_as(part) for part in parts]
    return [*parts, *torch.autograd.grad(parts, tensors, weights)]


def main() -> int:
    """Check one library; the reason goes to standard error."""
    parser = argparse.ArgumentParser(
        prog="python -m rnnlab.nn.native.checking", description="Check the native kernels."
    )
    parser.add_argument("library", type=Path)
    torch.set_num_threads(2)
    found = disagreement(Kernels(parser.parse_args().library))
    if found:
        print(f"error: {found}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
