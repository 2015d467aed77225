"""The output layer and the cross-entropy together, without keeping what is not needed.

Logits are by far the largest thing in a step where the vocabulary is large. Here they are made for some tokens at a
time, turned into probabilities and into the gradient in the same memory, and used up at once: the gradients of the
layer are ready when the loss is. It must not know how the hidden states came about.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from rnnlab.nn.native.kernels import Kernels

_AT_ONCE = 1 << 21
"""Logits made at once: 8 MB in float32."""


class OutputLoss:
    """Mean cross-entropy of a linear layer's logits; keeps the memory for them from one step to the next."""

    def __init__(self) -> None:
        self._memory = torch.empty(0)

    def __call__(
        self, hidden: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, kernels: Kernels | None = None
    ) -> Tensor:
        """hidden `[N, W]`, weight `[V, W]`, bias `[V]`, targets `[N]` -> nats per token, 0-d."""
        if torch.is_grad_enabled():
            return _LinearCrossEntropy.apply(hidden, weight, bias, targets, self, kernels)
        total = hidden.new_zeros(())
        for rows in self.pieces(len(hidden), len(bias)):
            logits = torch.addmm(bias, hidden[rows], weight.t(), out=self.logits(hidden[rows], len(bias)))
            total += F.cross_entropy(logits, targets[rows], reduction="sum")
        return total / len(hidden)

    @staticmethod
    def pieces(tokens: int, vocabulary: int) -> list[slice]:
        """The tokens, cut so that their logits stay within bounds."""
        step = max(1, _AT_ONCE // vocabulary)
        return [slice(begin, begin + step) for begin in range(0, tokens, step)]

    def logits(self, hidden: Tensor, vocabulary: int) -> Tensor:
        """Memory for the logits `[rows, V]` of some hidden states; what was in it is lost."""
        needed = len(hidden) * vocabulary
        if self._memory.numel() < needed or self._memory.dtype != hidden.dtype or self._memory.device != hidden.device:
            # Memory made in inference mode could never be written again outside of it.
            with torch.inference_mode(False):
                self._memory = hidden.new_empty(needed)
        return self._memory[:needed].view(len(hidden), vocabulary)


class _LinearCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        hidden: Tensor,
        weight: Tensor,
        bias: Tensor,
        targets: Tensor,
        output: OutputLoss,
        kernels: Kernels | None,
    ) -> Tensor:
        total = hidden.new_zeros(())
        d_hidden, d_weight, d_bias = torch.empty_like(hidden), torch.zeros_like(weight), torch.zeros_like(bias)
        for rows in output.pieces(len(hidden), len(bias)):
            here, target = hidden[rows], targets[rows]
            gradient = torch.addmm(bias, here, weight.t(), out=output.logits(here, len(bias)))
            total += (kernels.cross_entropy if kernels else _cross_entropy)(gradient, target, len(hidden)).sum()
            torch.mm(gradient, weight, out=d_hidden[rows])
            d_weight.addmm_(gradient.t(), here)
            d_bias += gradient.sum(0)
        ctx.save_for_backward(d_hidden, d_weight, d_bias)
        return total / len(hidden)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_loss: Tensor) -> tuple[Tensor | None, ...]:
        gradients = ctx.saved_tensors
        # Nobody scales a loss on the way as a rule; on a GPU, asking would wait for it.
        if d_loss.device.type != "cpu" or d_loss.item() != 1:
            gradients = tuple(gradient * d_loss for gradient in gradients)
        return *gradients, None, None, None


def _cross_entropy(logits: Tensor, targets: Tensor, rows: int) -> Tensor:
    """The loss of each row of logits `[N, V]`, `[N, 1]`; the logits become the gradient of the mean over `rows` rows.

    The log of the sum of exponentials is the largest logit less the log of its probability.
    """
    target = targets.unsqueeze(1)
    chosen, largest = logits.gather(1, target), logits.amax(1, keepdim=True)
    probabilities = torch.softmax(logits, 1, out=logits)
    losses = largest - probabilities.amax(1, keepdim=True).log_() - chosen
    probabilities.div_(rows).scatter_add_(1, target, logits.new_tensor(-1.0 / rows).expand_as(target))
    return losses
