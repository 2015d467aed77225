"""Gradient clipping, in place: without asking a device how it went, or on a CPU by the native engine's kernels. It must
not know what is clipped."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from rnnlab.nn.native import moving
from rnnlab.nn.native.kernels import Kernels
from rnnlab.specs import TrainSpec


def clip(gradient: Tensor, spec: TrainSpec) -> tuple[Tensor, Tensor]:
    """Clip the flat gradient [N] as the spec says; gives (its L2 norm before, 1 where it was clipped else 0).

    `norm` scales the whole gradient by min(1, θ / |g|) (Pascanu et al. 2013, https://arxiv.org/abs/1211.5063);
    `value` clamps every element to ±θ. Both results are 0-d tensors on the gradient's device.
    """
    # On a CPU the norm is slower than the product, which takes all threads.
    norm = torch.dot(gradient, gradient).sqrt() if gradient.is_cpu else torch.linalg.vector_norm(gradient)
    if spec.clip == "norm":
        # A device is not asked; a CPU is, and saves the pass over a gradient that needs none.
        if gradient.is_cpu:
            found = norm.item()
            if found > spec.clip_at:
                gradient.mul_(spec.clip_at / found)
            return norm, torch.full_like(norm, found > spec.clip_at)
        clipped = norm > spec.clip_at
        gradient.mul_(torch.where(clipped, spec.clip_at / norm, 1.0))
        return norm, clipped.to(norm.dtype)
    if spec.clip == "value":
        clipped = gradient.abs().amax() > spec.clip_at
        gradient.clamp_(-spec.clip_at, spec.clip_at)
        return norm, clipped.to(norm.dtype)
    return norm, torch.zeros_like(norm)


def clip_by(kernels: Kernels, gradient: Tensor, spec: TrainSpec) -> tuple[float, float]:
    """The same by kernels, on a CPU."""
    if spec.clip == "value":
        norm, clipped = clip(gradient, spec)
        return norm.item(), clipped.item()
    most = spec.clip_at if spec.clip == "norm" else math.inf
    found = moving.clip_norm(kernels, gradient, most)
    return found, float(found > most)
