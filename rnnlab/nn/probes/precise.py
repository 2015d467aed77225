"""A copy of a model in float64 to look into: on the CPU, without dropout and without the model's own engine, which
may be one that cares for speed alone. It must not know what is looked for.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from rnnlab.errors import PromptError
from rnnlab.nn.cells.base import State
from rnnlab.nn.model import LanguageModel


def precise(model: LanguageModel, *, stepwise: bool = False) -> LanguageModel:
    """The model's weights in float64; raises PromptError for a bidirectional one.

    torch's kernels compute where the cell has them; `stepwise`, its equations do, which is sooner for single steps.
    """
    if model.spec.bidirectional:
        raise PromptError("a bidirectional model sees the token it should predict: probe one that reads from the left")
    engine = "scratch" if stepwise or model.recurrent.cell.kernel is None else "torch"
    # A new model draws weights from the global generator, which may be a training's.
    with torch.random.fork_rng(devices=[]):
        copy = LanguageModel(model.spec, model.vocabulary, engine)
    copy.double().load_state_dict(model.state_dict())
    return copy.eval().requires_grad_(False)


def ids_of(ids: np.ndarray | Tensor) -> Tensor:
    """Token ids `[T]` of any integer type as int64."""
    return torch.as_tensor(ids.astype(np.int64) if isinstance(ids, np.ndarray) else ids).long()


def walk(model: LanguageModel, ids: Tensor, state: State | None = None) -> list[State]:
    """The state after each token: ids `[T, B]` -> T tuples of `[layers, B, H]`."""
    states = []
    for row in ids:
        _, state = model.read(row[None], state)
        states.append(state)
    return states
