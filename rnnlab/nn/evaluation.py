"""The loss over a whole text. It must not know files, training or events."""

from __future__ import annotations

import torch
from torch import Tensor

from rnnlab.nn.batches import rows_of
from rnnlab.nn.model import LanguageModel


@torch.no_grad()
def mean_loss(model: LanguageModel, ids: Tensor, *, batch: int, steps: int) -> Tensor:
    """Nats per token over every token of the text after its first, without dropout; a 0-d float64 tensor.

    The state is carried along the rows (see `rows_of`), and the mode of the model is left as it was.
    """
    was_training = model.training
    model.eval()
    total = torch.zeros((), dtype=torch.float64, device="cpu" if ids.device.type == "mps" else ids.device)
    state = None
    try:
        for x, y in rows_of(ids, batch=batch, steps=steps):
            state = None if state is None else tuple(part[:, : x.shape[1]].contiguous() for part in state)
            loss, state = model.loss(x, y, state)
            total += loss.to(total) * x.numel()
    finally:
        model.train(was_training)
    return total / (len(ids) - 1)
