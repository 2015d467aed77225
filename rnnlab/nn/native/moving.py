"""The native engine: what becomes of a gradient, over the flat vectors of all parameters of a model.

Whole in one call each, where torch takes a call for every operation. It must not know what parameters mean, nor rates
and their schedules.
"""

from __future__ import annotations

import ctypes
from typing import NamedTuple

from torch import Tensor

from rnnlab.nn.native.kernels import Kernels, Move, at


class Moments(NamedTuple):
    """What Adam remembers: see `training.optimizers`."""

    mean: Tensor
    """`[N]`"""
    square: Tensor
    """`[N]`"""
    count: Tensor
    """Moves that were made: 0-d, float64."""


def clip_norm(kernels: Kernels, gradient: Tensor, most: float) -> float:
    """The L2 norm of a gradient `[N]`, which is scaled to have `most` where it has more."""
    return kernels.call("clip_norm", gradient.dtype, at(gradient), len(gradient), most)


def move_by_adam(
    kernels: Kernels,
    parameter: Tensor,
    gradient: Tensor,
    moments: Moments,
    *,
    rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    kept: float,
) -> None:
    """Move the parameter `[N]`, `kept` of which decay has left, and the moments, at that learning rate."""
    move = Move(
        count=len(parameter),
        parameter=at(parameter),
        gradient=at(gradient),
        mean=at(moments.mean),
        square=at(moments.square),
        moves=at(moments.count),
        rate=rate,
        beta1=beta1,
        beta2=beta2,
        epsilon=epsilon,
        kept=kept,
    )
    kernels.call("adam", parameter.dtype, ctypes.addressof(move))
