"""The rules that turn gradients into steps, written out over one flat vector, and the schedules of their rates.

Our own and not torch.optim's, whose first use imports a compiler for seconds; tests hold every rule to torch's. They
must not know what the parameters mean.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from rnnlab.nn.native.kernels import Kernels
from rnnlab.nn.native.moving import Moments, move_by_adam
from rnnlab.specs import TrainSpec


class Optimizer(ABC):
    """A rule over one parameter [N] with its gradient; `state` holds its moments, [N] each, by name."""

    moments: tuple[str, ...] = ()

    def __init__(self, parameter: nn.Parameter, spec: TrainSpec) -> None:
        assert parameter.grad is not None
        self.parameter = parameter.detach()
        self.gradient = parameter.grad
        self.spec = spec
        self.state: dict[str, Tensor] = {name: torch.zeros_like(self.parameter) for name in self.moments}

    def step(self, lr: float, kernels: Kernels | None = None) -> None:
        """Move the parameter by the gradient that is there, at this learning rate; by the native engine's kernels where
        they are given and know the rule. May use the gradient up."""
        if self.spec.weight_decay and self.spec.optimizer != "adamw":
            self.gradient.add_(self.parameter, alpha=self.spec.weight_decay)
        self.move(lr, kernels)

    @abstractmethod
    def move(self, lr: float, kernels: Kernels | None) -> None:
        """The rule itself."""


class SGD(Optimizer):
    """v ← μ v + g;  θ ← θ - lr v. Without momentum v is g."""

    moments = ("velocity",)

    def move(self, lr: float, kernels: Kernels | None) -> None:
        if self.spec.momentum == 0:
            self.parameter.add_(self.gradient, alpha=-lr)
            return
        velocity = self.state["velocity"].mul_(self.spec.momentum).add_(self.gradient)
        self.parameter.add_(velocity, alpha=-lr)


class Adam(Optimizer):
    """Kingma and Ba 2014, https://arxiv.org/abs/1412.6980, algorithm 1; decoupled decay as in
    Loshchilov and Hutter 2017, https://arxiv.org/abs/1711.05101, for adamw.

    m ← β1 m + (1-β1) g;  v ← β2 v + (1-β2) g²;  θ ← θ - lr m̂ / (√v̂ + ε)
    """

    moments = ("mean", "square")
    beta1, beta2, epsilon = 0.9, 0.999, 1e-8

    def __init__(self, parameter: nn.Parameter, spec: TrainSpec) -> None:
        super().__init__(parameter, spec)
        # Where torch's pass for CUDA reads it: on the device, in float32. Elsewhere the host counts.
        device, dtype = (self.parameter.device, torch.float32) if self.parameter.is_cuda else ("cpu", torch.float64)
        self.state["count"] = torch.zeros((), device=device, dtype=dtype)

    def move(self, lr: float, kernels: Kernels | None) -> None:
        kept = 1 - lr * self.spec.weight_decay if self.spec.optimizer == "adamw" else 1.0
        if kernels is not None:
            self._move_natively(lr, kept, kernels)
            return
        if kept != 1:
            self.parameter.mul_(kept)
        self.state["count"].add_(1)
        # torch has the pass for both in every release that is admitted; for CUDA nobody has tried it here.
        if self.parameter.device.type in ("cpu", "cuda"):
            self._move_at_once(lr)
        else:
            self._move_in_steps(lr)

    def _move_natively(self, lr: float, kept: float, kernels: Kernels) -> None:
        move_by_adam(
            kernels,
            self.parameter,
            self.gradient,
            Moments(**self.state),
            rate=lr,
            beta1=self.beta1,
            beta2=self.beta2,
            epsilon=self.epsilon,
            kept=kept,
        )

    def _move_in_steps(self, lr: float) -> None:
        count = self.state["count"].item()
        mean = self.state["mean"].lerp_(self.gradient, 1 - self.beta1)
        square = self.state["square"].mul_(self.beta2).addcmul_(self.gradient, self.gradient, value=1 - self.beta2)
        root = square.sqrt().div_(math.sqrt(1 - self.beta2**count)).add_(self.epsilon)
        self.parameter.addcdiv_(mean, root, value=-lr / (1 - self.beta1**count))

    def _move_at_once(self, lr: float) -> None:
        """The same in one pass over the vectors: written out as above, it is seven."""
        vectors = self.parameter, self.gradient, self.state["mean"], self.state["square"]
        torch.ops.aten._fused_adam_(
            *([vector] for vector in vectors),
            [],
            [self.state["count"]],
            lr=lr,
            beta1=self.beta1,
            beta2=self.beta2,
            weight_decay=0.0,
            eps=self.epsilon,
            amsgrad=False,
            maximize=False,
        )


class RMSProp(Optimizer):
    """s ← α s + (1-α) g²;  v ← μ v + g / (√s + ε);  θ ← θ - lr v (Hinton's lecture 6e).

    α = 0.95, as char-rnn has it.
    """

    moments = ("square", "velocity")
    alpha, epsilon = 0.95, 1e-8

    def move(self, lr: float, kernels: Kernels | None) -> None:
        square = self.state["square"].mul_(self.alpha).addcmul_(self.gradient, self.gradient, value=1 - self.alpha)
        scaled = self.gradient / square.sqrt().add_(self.epsilon)
        self.parameter.add_(self.state["velocity"].mul_(self.spec.momentum).add_(scaled), alpha=-lr)


class Adagrad(Optimizer):
    """s ← s + g²;  θ ← θ - lr g / (√s + ε) (Duchi et al. 2011)."""

    moments = ("square",)
    epsilon = 1e-10

    def move(self, lr: float, kernels: Kernels | None) -> None:
        square = self.state["square"].addcmul_(self.gradient, self.gradient)
        self.parameter.addcdiv_(self.gradient, square.sqrt().add_(self.epsilon), value=-lr)


OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "adam": Adam,
    "adamw": Adam,
    "rmsprop": RMSProp,
    "adagrad": Adagrad,
}
"""Every rule by the name that `train.optimizer` takes."""


def build(parameter: nn.Parameter, spec: TrainSpec) -> Optimizer:
    """The spec's rule over a flat parameter that has its gradient."""
    return OPTIMIZERS[spec.optimizer](parameter, spec)


def learning_rate(spec: TrainSpec, *, step: int, epoch: int, total_steps: int, cuts: int) -> float:
    """The learning rate of the step after `step` steps, in `epoch` (from 1); `cuts` counts a plateau's so far."""
    warm = min(1.0, (step + 1) / spec.warmup) if spec.warmup else 1.0
    return spec.lr * warm * _factor(spec, step=step, epoch=epoch, total_steps=total_steps, cuts=cuts)


def _factor(spec: TrainSpec, *, step: int, epoch: int, total_steps: int, cuts: int) -> float:
    falling = max(0, epoch - 1 - spec.decay_after)
    if spec.schedule == "step":
        return spec.decay ** (falling // spec.decay_every)
    if spec.schedule == "exponential":
        return spec.decay**falling
    if spec.schedule == "plateau":
        return spec.decay**cuts
    if spec.schedule == "cosine":
        done = (step - spec.warmup) / max(1, total_steps - spec.warmup)
        return 0.5 * (1 + math.cos(math.pi * min(1.0, max(0.0, done))))
    return 1.0
