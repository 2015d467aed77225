"""How far back a model remembers: which earlier states its loss still hears, and what more context is worth.

Vanishing and exploding gradients are those of Bengio et al., https://doi.org/10.1109/72.279181, and Pascanu et al.,
https://arxiv.org/abs/1211.5063. It must not know vocabularies or text: ids in, arrays out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from rnnlab.errors import PromptError
from rnnlab.nn.cells.base import State
from rnnlab.nn.model import LanguageModel
from rnnlab.nn.probes.precise import ids_of, precise, walk


@dataclass(frozen=True, eq=False)
class Reach:
    """Mean norms of the gradient of the loss after step t with respect to the states after step t-k."""

    hidden: np.ndarray
    """`[K]` float64, k from 1: of the hidden states of all layers together."""
    cell: np.ndarray
    """`[K]` float64, or `[0]` where the cell has no second state: the same of an LSTM's memory cells."""


def starts_of(tokens: int, length: int, positions: int) -> Tensor:
    """At most so many beginnings of windows of `length` tokens, evenly spread over a text of `tokens`.

    Raises PromptError where the text is shorter than one window.
    """
    last = tokens - length
    if last < 0:
        raise PromptError(f"the text has {tokens:,} tokens, and this needs {length:,} in a row: take a longer one")
    return torch.linspace(0, last, min(positions, last + 1), dtype=torch.float64).long()


def reach(
    model: LanguageModel, ids: np.ndarray | Tensor, *, lags: int = 100, positions: int = 64, warm_up: int = 50
) -> Reach:
    """The gradient of the loss at one step with respect to the states 1 to `lags` steps earlier; in float64.

    The mean over windows of the text, each read from a zero state, the first `warm_up` tokens without a gradient.
    Raises PromptError where the text is too short, or the model bidirectional.
    """
    exact, text = precise(model, stepwise=True), ids_of(ids)
    length = warm_up + lags + 1
    windows = text[starts_of(len(text), length, positions) + torch.arange(length)[:, None]]
    state = exact.zero_state(windows.shape[1])
    if warm_up:
        with torch.no_grad():
            state = walk(exact, windows[:warm_up])[-1]
    norms = _norms(exact, windows[warm_up:], state).mean(-1).numpy()
    return Reach(hidden=norms[0], cell=norms[1] if len(norms) > 1 else np.zeros(0))


def _norms(model: LanguageModel, ids: Tensor, state: State) -> Tensor:
    """ids `[lags+1, B]`, of which the last is the one predicted -> norms `[states, lags, B]`."""
    with torch.enable_grad():
        # A gradient is wanted from here on: not of the weights, of the states.
        earlier = [tuple(part.detach().requires_grad_() for part in state)]
        for row in ids[:-2]:
            _, state = model.read(row[None], earlier[-1])
            earlier.append(state)
        logits, _ = model(ids[-2:-1], earlier[-1])
        loss = F.cross_entropy(logits[0], ids[-1], reduction="sum")
        grads = torch.autograd.grad(loss, [part for state in reversed(earlier) for part in state])
    norms = torch.stack([grad.transpose(0, 1).flatten(1).norm(dim=1) for grad in grads])
    return norms.unflatten(0, (len(earlier), -1)).transpose(0, 1)


@torch.inference_mode()
def context_curve(
    model: LanguageModel, ids: np.ndarray | Tensor, contexts: tuple[int, ...], *, positions: int = 256
) -> np.ndarray:
    """Mean nats `[len(contexts)]` of the same tokens of a text, predicted after so many tokens of context.

    Every context, at least 1, is read from a zero state. In float64. Raises PromptError where the text is too short,
    or the model bidirectional.
    """
    exact, text, longest = precise(model), ids_of(ids), max(contexts)
    starts = starts_of(len(text), longest + 1, positions)
    targets = text[starts + longest]
    means = []
    for context in contexts:
        windows = text[starts + torch.arange(longest - context, longest)[:, None]]
        hidden, _ = exact.read(windows)
        means.append(F.cross_entropy(exact.output(hidden[-1]), targets))
    return torch.stack(means).numpy()
