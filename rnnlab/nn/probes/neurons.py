"""What single units know: activations along a text, and how well each unit tells a hypothesis about it.

After Karpathy et al., https://arxiv.org/abs/1506.02078, and Radford et al., https://arxiv.org/abs/1704.01444. It must
not know vocabularies or text: ids and the truth about each token in, arrays out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rnnlab.errors import PromptError
from rnnlab.nn.cells.base import LayerWeights, State, dot
from rnnlab.nn.model import LanguageModel
from rnnlab.nn.probes.precise import ids_of, precise, walk

GATES: dict[str, dict[str, int]] = {
    "gru": {"reset": 0, "update": 1},
    "lstm": {"input": 0, "forget": 1, "output": 3},
}
"""The gates of a cell that are a sigmoid of input and hidden state, by their block in torch.nn's weights."""
STATES = ("hidden", "memory")
"""The parts of a cell's state, in order."""


@dataclass(frozen=True, eq=False)
class Told:
    """How well the units of one part tell a hypothesis, U = layers * hidden of them."""

    fitted: np.ndarray
    """`[U]` float64: the measure on the even stretches of the text, turned so that it is high."""
    score: np.ndarray
    """`[U]` float64: the same on the odd stretches, turned as the even ones say."""
    sign: np.ndarray
    """`[U]` int64: 1 or -1."""
    low: np.ndarray
    """`[U]` float64: mean activation where it does not hold, on the whole text."""
    high: np.ndarray
    """`[U]` float64: mean activation where it holds."""


@torch.inference_mode()
def activations(model: LanguageModel, ids: np.ndarray | Tensor, *, gates: bool = False) -> dict[str, np.ndarray]:
    """Every unit after each token of ids `[T]`, by part of the state: float32 `[T, layers, H]` each.

    With `gates`, those of the cell too, as they were while the token was read. Raises PromptError for a
    bidirectional model.
    """
    exact, text = precise(model, stepwise=True), ids_of(ids)[:, None]
    states = walk(exact, text)
    parts = {
        name: torch.stack([state[index][:, 0] for state in states])
        for index, name in enumerate(STATES[: exact.recurrent.cell.states])
    }
    if gates and exact.spec.cell in GATES:
        parts |= _gates(exact, text, [exact.zero_state(1), *states[:-1]], parts["hidden"])
    return {name: values.float().numpy() for name, values in parts.items()}


def _gates(model: LanguageModel, text: Tensor, before: list[State], hidden: Tensor) -> dict[str, Tensor]:
    """The gates, computed again from what each layer read: the hidden state before, and the layer below."""
    earlier = torch.stack([state[0][:, 0] for state in before])
    blocks = []
    for layer, (weights,) in enumerate(model.recurrent.weights()):
        below = hidden[:, layer - 1] if layer else _inputs(model, text[:, 0])
        blocks.append(_sigmoids(weights, below, earlier[:, layer], model.recurrent.cell.gates))
    return {name: torch.stack([b[block] for b in blocks], dim=1) for name, block in GATES[model.spec.cell].items()}


def _inputs(model: LanguageModel, ids: Tensor) -> Tensor:
    return ids if model.embedding is None else model.embedding(ids)


def _sigmoids(weights: LayerWeights, below: Tensor, earlier: Tensor, gates: int) -> tuple[Tensor, ...]:
    sums = dot(below, weights.w_ih.t()) + weights.b_ih + earlier @ weights.w_hh.t() + weights.b_hh
    return sums.sigmoid().chunk(gates, dim=-1)


def tell(values: np.ndarray, truth: np.ndarray, *, stretch: int = 200) -> Told:
    """How well units `[T, U]` tell the truth `[T]`: booleans by AUC, numbers by Pearson's correlation.

    Stretches of so many tokens are taken in turn for choosing and for scoring, so that both halves are from all over
    the text and neighbours are not split. Raises PromptError where a half has nothing to tell.
    """
    measure = auc if truth.dtype == bool else correlation
    chosen = (np.arange(len(truth)) // stretch) % 2 == 0
    for half in (chosen, ~chosen):
        if not half.any() or len(np.unique(truth[half])) < 2:
            raise PromptError("it holds nowhere, or everywhere, in half of the text: try one that holds now and then")
    middle = 0.5 if truth.dtype == bool else 0.0
    fitted, score = measure(values[chosen], truth[chosen]), measure(values[~chosen], truth[~chosen])
    sign = np.where(fitted >= middle, 1, -1)
    holds = truth if truth.dtype == bool else truth > np.median(truth)
    return Told(
        fitted=middle + sign * (fitted - middle),
        score=middle + sign * (score - middle),
        sign=sign,
        low=values[~holds].mean(0, dtype=np.float64),
        high=values[holds].mean(0, dtype=np.float64),
    )


def auc(values: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """`[U]`: the chance that a value where the truth holds is above one where it does not; ties count half.

    It is the Mann-Whitney U statistic over the number of pairs.
    """
    positive = int(truth.sum())
    pairs = positive * (len(truth) - positive)
    sums = np.array([_midranks(column)[truth].sum() for column in values.T])
    return (sums - positive * (positive + 1) / 2) / pairs


def _midranks(column: np.ndarray) -> np.ndarray:
    """Ranks from 1, equal values sharing their mean rank."""
    _, which, counts = np.unique(column, return_inverse=True, return_counts=True)
    ends = counts.cumsum()
    return (ends - (counts - 1) / 2)[which]


def correlation(values: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """`[U]`: Pearson's correlation; 0 where a unit never changes."""
    x, y = values - values.mean(0, dtype=np.float64), truth - truth.mean(dtype=np.float64)
    spread = np.sqrt((x * x).sum(0) * (y * y).sum())
    return np.divide(x.T @ y, spread, out=np.zeros(values.shape[1]), where=spread > 0)


def rank(told: Sequence[Told], count: int) -> list[tuple[int, int]]:
    """The (part, unit) of the best `count` units among the parts, by what the choosing half says, best first."""
    scores = np.concatenate([part.fitted for part in told])
    parts = np.repeat(np.arange(len(told)), [len(part.fitted) for part in told])
    units = np.concatenate([np.arange(len(part.fitted)) for part in told])
    best = np.argsort(-scores, kind="stable")[:count]
    return [(int(parts[at]), int(units[at])) for at in best]
