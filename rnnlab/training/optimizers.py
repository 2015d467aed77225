"""Optimizers and learning-rate schedules, by the names that the spec has for them."""

from __future__ import annotations

import math

import torch
from torch import nn

from rnnlab.specs import TrainSpec


def build(parameter: nn.Parameter, spec: TrainSpec) -> torch.optim.Optimizer:
    """The spec's optimizer over one flat parameter [N], as one fused call a step where torch has one."""
    group = [parameter]
    decay = spec.weight_decay
    fused = parameter.device.type in ("cpu", "cuda")
    if spec.optimizer == "sgd":
        return torch.optim.SGD(group, lr=spec.lr, momentum=spec.momentum, weight_decay=decay, fused=fused)
    if spec.optimizer == "adam":
        return torch.optim.Adam(group, lr=spec.lr, weight_decay=decay, fused=fused)
    if spec.optimizer == "adamw":
        return torch.optim.AdamW(group, lr=spec.lr, weight_decay=decay, fused=fused)
    if spec.optimizer == "adagrad":
        return torch.optim.Adagrad(group, lr=spec.lr, weight_decay=decay)
    # α = 0.95 as char-rnn has it, instead of torch's 0.99.
    return torch.optim.RMSprop(group, lr=spec.lr, alpha=0.95, momentum=spec.momentum, weight_decay=decay)


def learning_rate(spec: TrainSpec, *, step: int, epoch: int, total_steps: int, cuts: int) -> float:
    """The learning rate of the step after `step` steps, in `epoch` (from 1); `cuts` counts a plateau's so far."""
    warm = min(1.0, (step + 1) / spec.warmup) if spec.warmup else 1.0
    return spec.lr * warm * _factor(spec, step=step, epoch=epoch, total_steps=total_steps, cuts=cuts)


def _factor(spec: TrainSpec, *, step: int, epoch: int, total_steps: int, cuts: int) -> float:
    if spec.schedule == "step":
        return spec.decay ** ((epoch - 1) // spec.decay_every)
    if spec.schedule == "exponential":
        return spec.decay ** (epoch - 1)
    if spec.schedule == "plateau":
        return spec.decay**cuts
    if spec.schedule == "cosine":
        done = (step - spec.warmup) / max(1, total_steps - spec.warmup)
        return 0.5 * (1 + math.cos(math.pi * min(1.0, max(0.0, done))))
    return 1.0
