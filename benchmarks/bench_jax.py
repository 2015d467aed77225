"""rnnlab's learner beside a loop in JAX: one compiled function a step, `lax.scan` over time, rows looked up for tokens.

    pip install jax                                  # no dependency of rnnlab's
    python benchmarks/bench_jax.py                   # two minutes, on two threads

All begin with the same weights, and their losses after eight steps are printed. Then they take turns; a ratio is the
median of those to the textbook loop within a round. JAX is asked for a loss every eighth step alone, and may give the
memory of old parameters to the new ones.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from functools import partial
from typing import Any

import jax  # ty: ignore
import jax.numpy as jnp  # ty: ignore
import numpy as np
import torch
from torch import Tensor

from rnnlab.bench import contenders, machine
from rnnlab.bench.contenders import CLIP, LR, Shape, first_model
from rnnlab.bench.train import walk
from rnnlab.bench.turns import per_second, take_turns

ADAM = (0.9, 0.999, 1e-8)
SHAPES = tuple((cell, hidden, vocabulary) for hidden, vocabulary in ((128, 28), (256, 28), (256, 1027))
               for cell in ("rnn", "gru", "lstm"))  # fmt: skip


def rnn(weights: Any, state: Any, x: Any) -> tuple[Any, Any]:
    (h,) = state
    h = jnp.tanh(x + h @ weights["hh"] + weights["b_hh"])
    return (h,), h


def gru(weights: Any, state: Any, x: Any) -> tuple[Any, Any]:
    (h,) = state
    xr, xz, xn = jnp.split(x, 3, axis=-1)
    hr, hz, hn = jnp.split(h @ weights["hh"] + weights["b_hh"], 3, axis=-1)
    z, n = jax.nn.sigmoid(xz + hz), jnp.tanh(xn + jax.nn.sigmoid(xr + hr) * hn)
    h = n + z * (h - n)
    return (h,), h


def lstm(weights: Any, state: Any, x: Any) -> tuple[Any, Any]:
    h, c = state
    i, f, n, o = jnp.split(x + h @ weights["hh"] + weights["b_hh"], 4, axis=-1)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(n)
    h = jax.nn.sigmoid(o) * jnp.tanh(c)
    return (h, c), h


def loss_of(cell: Any, weights: Any, state: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """The mean cross-entropy, and the state after the last step."""
    state, hidden = jax.lax.scan(partial(cell, weights), state, weights["ih"][x] + weights["b_ih"])
    scores = jax.nn.log_softmax(hidden @ weights["out"] + weights["b_out"])
    return -jnp.take_along_axis(scores, y[..., None], axis=-1).mean(), state


@partial(jax.jit, static_argnums=0, donate_argnums=(1, 2, 3))
def learn(cell: Any, weights: Any, means: Any, squares: Any, count: Any, state: Any, x: Any, y: Any) -> Any:
    """A whole step: gradient, clip by norm, Adam."""
    (loss, state), slopes = jax.value_and_grad(partial(loss_of, cell), has_aux=True)(weights, state, x, y)
    norm = jnp.sqrt(sum(jnp.vdot(slope, slope) for slope in jax.tree.leaves(slopes)))
    slopes = jax.tree.map(lambda g: g * jnp.minimum(1.0, CLIP / norm), slopes)
    beta1, beta2, epsilon = ADAM
    means = jax.tree.map(lambda m, g: beta1 * m + (1 - beta1) * g, means, slopes)
    squares = jax.tree.map(lambda v, g: beta2 * v + (1 - beta2) * g * g, squares, slopes)
    first, second = 1 - beta1**count, 1 - beta2**count
    weights = jax.tree.map(
        lambda w, m, v: w - LR * (m / first) / (jnp.sqrt(v / second) + epsilon), weights, means, squares
    )
    return weights, means, squares, state, loss


class JaxLoop:
    """A training that goes on from batch to batch."""

    def __init__(self, shape: Shape) -> None:
        named = {name: tensor.numpy() for name, tensor in first_model(shape).state_dict().items()}
        self._weights = {
            "ih": jnp.asarray(named["recurrent.weight_ih_l0"].T), "hh": jnp.asarray(named["recurrent.weight_hh_l0"].T),
            "b_ih": jnp.asarray(named["recurrent.bias_ih_l0"]), "b_hh": jnp.asarray(named["recurrent.bias_hh_l0"]),
            "out": jnp.asarray(named["output.weight"].T), "b_out": jnp.asarray(named["output.bias"]),
        }  # fmt: skip
        self._means, self._squares = (jax.tree.map(jnp.zeros_like, self._weights) for _ in range(2))
        self._cell = {"rnn": rnn, "gru": gru, "lstm": lstm}[shape.cell]
        zeros = np.zeros((shape.batch, shape.hidden), np.float32)
        self._state = tuple(jnp.asarray(zeros) for _ in range(2 if shape.cell == "lstm" else 1))
        self._count = 0

    def __call__(self, x: Any, y: Any) -> Any:
        self._count += 1
        self._weights, self._means, self._squares, self._state, loss = learn(
            self._cell, self._weights, self._means, self._squares, float(self._count), self._state, x, y
        )
        return loss


def tokens_a_second(
    step: Callable[[Any, Any], Any], batches: list[tuple[Any, Any]], shape: Shape, each: float
) -> float:
    def work() -> None:
        for x, y in batches:
            loss = step(x, y)
        float(loss)

    return per_second(work, shape.tokens * len(batches), each)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.4)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(f"jax {jax.__version__}, torch {torch.__version__}; native: {machine.kernels() or 'ready'}", flush=True)
    for cell, hidden, vocabulary in SHAPES:
        shape = Shape(cell=cell, hidden=hidden, vocabulary=vocabulary)
        batches: list[tuple[Tensor, Tensor]] = list(walk(shape, 8))
        arrays = [(jnp.asarray(x.numpy()), jnp.asarray(y.numpy())) for x, y in batches]
        everybody: dict[str, tuple[Callable[[Any, Any], Any], list[Any]]] = {
            "textbook": (contenders.textbook(shape), batches),
            "JAX": (JaxLoop(shape), arrays),
            **{engine: (contenders.learner(shape, engine), batches) for engine in ("fused", "native")},
        }
        ends = {who: [float(step(x, y)) for x, y in theirs][-1] for who, (step, theirs) in everybody.items()}
        turns = {
            who: partial(tokens_a_second, step, theirs, shape, arguments.seconds)
            for who, (step, theirs) in everybody.items()
        }
        take_turns(turns, 1)  # allocators and caches make themselves ready
        speeds = take_turns(turns, arguments.rounds)
        said = []
        for who, found in speeds.items():
            ratio = statistics.median(a / b for a, b in zip(found, speeds["textbook"], strict=True))
            said.append(f"{who} {statistics.median(found) / 1000:.1f} k x{ratio:.2f}")
        losses = ", ".join(f"{end:.5f}" for end in ends.values())
        print(f"{shape.title}: {'; '.join(said)}; losses after {len(batches)} steps {losses}", flush=True)


if __name__ == "__main__":
    main()
