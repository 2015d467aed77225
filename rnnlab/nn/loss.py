"""The output layer and the cross-entropy together, without keeping what is not needed.

Logits are by far the largest thing in a step where the vocabulary is large. Here they are made for some tokens at a
time, turned into probabilities and into the gradient in the same memory, and used up at once: the gradients of the
layer are ready when the loss is. It must not know how the hidden states came about.
"""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from rnnlab.nn.native.kernels import Kernels, Output, at

_AT_ONCE = 1 << 21
"""Logits made at once: 8 MB in float32."""
_SHORT = 64
"""Tokens below which torch finds the largest of a row in more time than it takes the logarithms of all."""


class OutputGradients(NamedTuple):
    """Memory for what goes back."""

    hidden: Tensor
    """`[N, W]`"""
    weight: Tensor
    """`[V, W]`"""
    bias: Tensor
    """`[V]`"""


class _Piece(NamedTuple):
    """Some of the tokens."""

    hidden: Tensor
    """`[n, W]`"""
    weight: Tensor
    bias: Tensor
    targets: Tensor
    """`[n]`"""
    all: int
    """Tokens that the loss is the mean of."""
    losses: Tensor
    """`[n]`, to be filled"""
    gradients: OutputGradients
    """Of these states, to be filled; of weight and bias, to be filled where the tokens begin and else to be added to"""
    begins: bool


class OutputLoss:
    """Mean cross-entropy of a linear layer's logits; keeps the memory for them from one step to the next."""

    def __init__(self) -> None:
        self._memory: dict[str, Tensor] = {}

    def __call__(
        self, hidden: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, kernels: Kernels | None = None
    ) -> Tensor:
        """hidden `[N, W]`, weight `[V, W]`, bias `[V]`, targets `[N]` -> nats per token, 0-d."""
        if torch.is_grad_enabled():
            return _LinearCrossEntropy.apply(hidden, weight, bias, targets, self, kernels)
        total = hidden.new_zeros(())
        for rows in self._pieces(len(hidden), len(bias)):
            here = hidden[rows]
            logits = torch.addmm(bias, here, weight.t(), out=self._logits(here, len(bias)))
            total += F.cross_entropy(logits, targets[rows], reduction="sum")
        return total / len(hidden)

    def learn(
        self,
        hidden: Tensor,
        weight: Tensor,
        bias: Tensor,
        targets: Tensor,
        gradients: OutputGradients,
        kernels: Kernels | None = None,
    ) -> Tensor:
        """The same, and its gradients, which take the place of what was in their memory."""
        losses = hidden.new_empty(len(hidden))
        for rows in self._pieces(len(hidden), len(bias)):
            into = gradients._replace(hidden=gradients.hidden[rows])
            piece = _Piece(
                hidden[rows], weight, bias, targets[rows], len(hidden), losses[rows], into, begins=rows.start == 0
            )
            if kernels:
                self._by_kernels(piece, kernels)
            else:
                self._by_torch(piece)
        return losses.mean()

    def _by_kernels(self, piece: _Piece, kernels: Kernels) -> None:
        vocabulary, width = piece.weight.shape
        dtype = piece.hidden.dtype
        room = self._room("packed", piece.hidden, kernels.call("output_panels_size", dtype, width, vocabulary, False))
        output = Output(
            tokens=len(piece.hidden),
            width=width,
            vocabulary=vocabulary,
            all=piece.all,
            hidden=at(piece.hidden),
            weight=at(piece.weight),
            bias=at(piece.bias),
            targets=at(piece.targets),
            packed=at(room),
            gradient=at(self._logits(piece.hidden, vocabulary)),
            losses=at(piece.losses),
            d_hidden=at(piece.gradients.hidden),
            d_weight=at(piece.gradients.weight),
            d_bias=at(piece.gradients.bias),
            begins=piece.begins,
        )
        kernels.call("output_loss", dtype, ctypes.addressof(output))

    def _by_torch(self, piece: _Piece) -> None:
        """The same. The gradient of a logit is its probability, less 1 for the target's, over the number of tokens."""
        hidden, weight, target, share = piece.hidden, piece.weight, piece.targets.unsqueeze(1), 1.0 / piece.all
        logits = torch.addmm(piece.bias, hidden, weight.t(), out=self._logits(hidden, len(weight)))
        gradient = _probabilities(logits, target, piece.losses.unsqueeze(1))
        gradient.scatter_add_(1, target, hidden.new_tensor(-1.0).expand_as(target))
        d_hidden, d_weight, d_bias = piece.gradients
        torch.addmm(d_hidden, gradient, weight, beta=0, alpha=share, out=d_hidden)
        torch.addmm(d_weight, gradient.t(), hidden, beta=0 if piece.begins else 1, alpha=share, out=d_weight)
        if piece.begins:
            d_bias.zero_()
        d_bias.add_(gradient.sum(0), alpha=share)

    @staticmethod
    def _pieces(tokens: int, vocabulary: int) -> list[slice]:
        """The tokens, cut so that their logits stay within bounds."""
        step = max(1, _AT_ONCE // vocabulary)
        return [slice(begin, begin + step) for begin in range(0, tokens, step)]

    def _logits(self, hidden: Tensor, vocabulary: int) -> Tensor:
        """Memory for the logits `[rows, V]` of some hidden states; what was in it is lost."""
        return self._room("logits", hidden, len(hidden) * vocabulary).view(len(hidden), vocabulary)

    def held(self) -> tuple[Tensor, ...]:
        """The memory that is kept: given up for more where more is needed."""
        return tuple(self._memory.values())

    def _room(self, name: str, like: Tensor, numbers: int) -> Tensor:
        memory = self._memory.get(name)
        if memory is None or memory.numel() < numbers or memory.dtype != like.dtype or memory.device != like.device:
            # Memory made in inference mode could never be written again outside of it.
            with torch.inference_mode(False):
                memory = self._memory[name] = like.new_empty(numbers)
        return memory[:numbers]


def _probabilities(logits: Tensor, target: Tensor, losses: Tensor) -> Tensor:
    """Of all tokens, in the memory of the logits; fills the losses `[n, 1]`."""
    if logits.shape[1] < _SHORT:
        logs = torch.log_softmax(logits, 1, out=logits)
        torch.neg(logs.gather(1, target), out=losses)
        return logs.exp_()
    # The log of the sum of exponentials is the largest logit less the log of its probability.
    chosen, largest = logits.gather(1, target), logits.amax(1, keepdim=True)
    probabilities = torch.softmax(logits, 1, out=logits)
    torch.sub(largest - chosen, probabilities.amax(1, keepdim=True).log_(), out=losses)
    return probabilities


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
        gradients = OutputGradients(*(torch.empty_like(tensor) for tensor in (hidden, weight, bias)))
        loss = output.learn(hidden, weight, bias, targets, gradients, kernels)
        ctx.save_for_backward(*gradients)
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_loss: Tensor) -> tuple[Tensor | None, ...]:
        gradients = ctx.saved_tensors
        # Nobody scales a loss on the way as a rule; on a GPU, asking would wait for it.
        if d_loss.device.type != "cpu" or d_loss.item() != 1:
            gradients = tuple(gradient * d_loss for gradient in gradients)
        return *gradients, None, None, None
