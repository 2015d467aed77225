"""What each token of a text costs a model: its surprisal, its rank, and what the model would rather have read.

It must not know vocabularies or text: ids in, arrays out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rnnlab.nn.model import LanguageModel
from rnnlab.nn.probes.precise import ids_of, precise

ALTERNATIVES = 5
_STEPS = 256
"""Tokens read at a time: a face shows the first while the rest is read."""
_BATCH = 64
_FLOATS = 1 << 23
"""Logits held at once: 64 MB of them."""


@dataclass(frozen=True, eq=False)
class Surprises:
    """Some tokens in a row of a text, T of them."""

    nats: np.ndarray
    """`[T]` float64: -ln p of each token, given the ones before it."""
    ranks: np.ndarray
    """`[T]` int64: 1 where the token was the likeliest; equally likely ones share the better rank."""
    best: np.ndarray
    """`[T, K]` int64: the likeliest tokens, best first."""
    probabilities: np.ndarray
    """`[T, K]` float64: theirs."""


@torch.inference_mode()
def surprises(
    model: LanguageModel, ids: np.ndarray | Tensor, *, before: int, alternatives: int = ALTERNATIVES
) -> Iterator[Surprises]:
    """Reads ids `[T]` after the token `before`, and tells chunk by chunk what each of them cost; in float64.

    Raises PromptError for a bidirectional model.
    """
    exact, targets, state = precise(model), ids_of(ids), None
    inputs = torch.cat([torch.tensor([before]), targets[:-1]])
    steps = max(1, min(_STEPS, _FLOATS // model.vocabulary))
    for x, y in zip(inputs.split(steps), targets.split(steps), strict=True):
        if len(y):
            logits, state = exact(x[:, None], state)
            yield _surprises(logits[:, 0].log_softmax(-1), y, min(alternatives, model.vocabulary))


def _surprises(log_p: Tensor, targets: Tensor, alternatives: int) -> Surprises:
    of_targets = log_p.gather(1, targets[:, None])
    best, tokens = log_p.topk(alternatives)
    return Surprises(
        nats=-of_targets[:, 0].numpy(),
        ranks=1 + (log_p > of_targets).sum(1).numpy(),
        best=tokens.numpy(),
        probabilities=best.exp().numpy(),
    )


@torch.inference_mode()
def nats_of(model: LanguageModel, texts: Sequence[np.ndarray], *, before: int) -> Iterator[np.ndarray]:
    """What whole texts cost, read each from the token `before`: their nats, `[B]` float64, in batches, in order.

    Raises PromptError for a bidirectional model.
    """
    exact = precise(model)
    longest = max((len(ids) for ids in texts), default=1)
    batch = max(1, min(_BATCH, _FLOATS // (model.vocabulary * max(1, longest))))
    for start in range(0, len(texts), batch):
        rows = [ids_of(ids) for ids in texts[start : start + batch]]
        yield _nats(exact, rows, before)


def _nats(model: LanguageModel, rows: list[Tensor], before: int) -> np.ndarray:
    targets = torch.nn.utils.rnn.pad_sequence(rows, padding_value=-100)
    if not len(targets):
        return np.zeros(len(rows))
    # What stands after a text's end is read and never counted: a model reads from the left.
    inputs = torch.cat([torch.full((1, len(rows)), before), targets[:-1].clamp(min=0)])
    logits, _ = model(inputs)
    losses = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none")
    return losses.view(targets.shape).sum(0).numpy()
