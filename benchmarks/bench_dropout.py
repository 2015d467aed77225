"""What dropout costs a step: without it, with the numbers that the native kernels draw, and with torch's own draws.

    python benchmarks/bench_dropout.py               # half a minute, on two threads

The three take turns with the same model; a ratio is that of the medians to the step without dropout.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from unittest.mock import patch

import torch
from torch import Tensor

from rnnlab.nn import model as models
from rnnlab.nn import noise
from rnnlab.nn.model import LanguageModel
from rnnlab.specs import ModelSpec, TrainSpec
from rnnlab.training.learner import Learner

SHARE, BATCH, STEPS, VOCABULARY = 0.2, 32, 35, 28
Draw = Callable[[Tensor, float], Tensor | None]


def by_torch(like: Tensor, share: float) -> Tensor | None:
    return noise._draw_by_torch(torch.empty_like(like), share) if share else None


def step_times(cell: str, hidden: int, rounds: int) -> dict[str, float]:
    """Milliseconds, medians."""
    learner = Learner(LanguageModel(ModelSpec(cell=cell, hidden=hidden, engine="native"), VOCABULARY), TrainSpec())
    x, y = torch.randint(VOCABULARY, (2, STEPS, BATCH))
    kinds: dict[str, tuple[float, Draw]] = {
        "none": (0.0, noise.draw_noise),
        "kernels": (SHARE, noise.draw_noise),
        "torch": (SHARE, by_torch),
    }
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(rounds):
        for kind, (share, draw) in kinds.items():
            learner.model.dropout = share
            with patch.object(models, "draw_noise", draw):
                learner.step(x, y, None, 1e-3)
                begun = time.perf_counter()
                learner.step(x, y, None, 1e-3)
                times[kind].append(time.perf_counter() - begun)
    return {kind: statistics.median(taken) * 1e3 for kind, taken in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    for hidden in (128, 256):
        for cell in ("rnn", "gru", "lstm"):
            taken = step_times(cell, hidden, arguments.rounds)
            said = ", ".join(f"{kind} {ms:.2f} ms (x{ms / taken['none']:.2f})" for kind, ms in taken.items())
            print(f"{cell} {hidden}: {said}", flush=True)


if __name__ == "__main__":
    main()
