"""`python -m rnnlab.nn.native.checking LIBRARY`: whether freshly built kernels compute what the fused engine does.

A process of its own, so that a library that cannot run here ends nothing else. It must not know how it was built.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

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
_STEPS, _BATCH, _INPUTS = 5, 11, 7
_HIDDEN = (1, 33, 64)
_NUMBERS = 5000


def disagreement(kernels: Kernels) -> str:
    """Where the kernels and the fused engine differ, or nothing."""
    for name in CELLS:
        for dtype in SUFFIXES:
            for hidden in _HIDDEN:
                for work in (USUAL, work_of(TILES)) if kernels.takes_tiles(dtype, asked=True) else (USUAL,):
                    most = _difference(kernels, name, hidden, dtype, work)
                    if most > _TOLERANCE[dtype] or most != most:
                        where = f"{name} with {hidden} units in {dtype}{' by tiles' * work.tiles}"
                        return f"{where} differs from the fused engine by {most:.1e}"
    for dtype in SUFFIXES:
        if (most := _difference_of_moves(kernels, dtype)) > _TOLERANCE[dtype] or most != most:
            return f"Adam's move in {dtype} differs from torch's by {most:.1e}"
    return ""


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


def _difference(kernels: Kernels, name: str, hidden: int, dtype: torch.dtype, work: Work) -> float:
    generator = torch.Generator().manual_seed(hidden)
    cell, rows = REGISTRY[name], CELLS[name].gates * hidden
    shapes = [(rows, _INPUTS), (rows, hidden), (rows,), (rows,)] + [(_BATCH, hidden)] * cell.states
    tensors = [(torch.randn(shape, generator=generator, dtype=dtype) / 2).requires_grad_() for shape in shapes]
    ids = torch.randint(_INPUTS, (_STEPS, _BATCH), generator=generator)
    weights, state = LayerWeights(*tensors[:4]), tuple(tensors[4:])
    expected = _everything(run_fused(cell, ids, state, weights, Pool()), tensors)
    actual = _everything(run_native(cell, ids, state, weights, kernels, Pool(), work), tensors)
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
