"""Clipping by norm, by value, and not at all."""

from __future__ import annotations

import pytest
import torch

from rnnlab.specs import TrainSpec
from rnnlab.training.clipping import clip


@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
def test_norm_clipping_is_torchs_own(scale: float) -> None:
    gradient = torch.randn(50, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) * scale
    parameter = torch.nn.Parameter(torch.zeros_like(gradient))
    parameter.grad = gradient.clone()
    expected_norm = torch.nn.utils.clip_grad_norm_([parameter], 1.5)
    norm, clipped = clip(gradient, TrainSpec(clip="norm", clip_at=1.5))
    # torch adds 1e-6 to the norm before it divides; the equation does not.
    torch.testing.assert_close(gradient, parameter.grad, rtol=1e-5, atol=0)
    assert norm.item() == pytest.approx(expected_norm.item())
    assert bool(clipped) == (expected_norm.item() > 1.5)


def test_value_clipping_clamps_every_element_and_reports_the_norm_before() -> None:
    gradient = torch.tensor([3.0, -4.0, 0.5])
    norm, clipped = clip(gradient, TrainSpec(clip="value", clip_at=1.0))
    assert gradient.tolist() == [1.0, -1.0, 0.5]
    assert norm.item() == pytest.approx((9 + 16 + 0.25) ** 0.5)
    assert clipped.item() == 1.0


def test_a_gradient_within_bounds_is_not_called_clipped() -> None:
    for kind in ("norm", "value", "none"):
        gradient = torch.tensor([0.1, -0.2])
        _, clipped = clip(gradient, TrainSpec(clip=kind, clip_at=1.0))
        assert clipped.item() == 0.0
        assert gradient.tolist() == pytest.approx([0.1, -0.2])


def test_no_clipping_leaves_a_large_gradient_alone() -> None:
    gradient = torch.tensor([300.0, 400.0])
    norm, clipped = clip(gradient, TrainSpec(clip="none"))
    assert (norm.item(), clipped.item(), gradient.tolist()) == (500.0, 0.0, [300.0, 400.0])
