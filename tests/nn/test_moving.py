"""The native engine's clip and its Adam are torch's, on any number of threads."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
import torch

from rnnlab.nn.native.kernels import Kernels
from rnnlab.nn.native.moving import clip_norm
from rnnlab.specs import TrainSpec
from rnnlab.training.clipping import clip, clip_by
from rnnlab.training.optimizers import Optimizer, build

LENGTHS = (1, 7, 4096, 5001, 70_003)


def numbers(length: int, dtype: torch.dtype = torch.float64, seed: int = 1) -> torch.Tensor:
    return torch.randn(length, dtype=dtype, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def many_threads() -> Iterator[None]:
    """What changes their number puts it back."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("length", LENGTHS)
def test_a_norm_is_torchs(kernels: Kernels, length: int, dtype: torch.dtype) -> None:
    gradient = numbers(length, dtype)
    before = gradient.clone()
    exact = torch.linalg.vector_norm(gradient.double()).item()
    assert clip_norm(kernels, gradient, math.inf) == pytest.approx(exact, rel=1e-6 if dtype == torch.float32 else 1e-12)
    assert torch.equal(gradient, before)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("kind", ["norm", "value", "none"])
def test_a_gradient_is_clipped_as_without_kernels(kernels: Kernels, kind: str, length: int) -> None:
    for scale in (1e-6, 1.0):
        ours = numbers(length) * scale
        theirs = ours.clone()
        spec = TrainSpec(clip=kind, clip_at=0.01)
        norm, clipped = clip(theirs, spec)
        assert clip_by(kernels, ours, spec) == pytest.approx((norm.item(), clipped.item()), rel=1e-12)
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=0)


@pytest.mark.parametrize("spoilt", [math.nan, math.inf, -math.inf])
def test_the_norm_of_what_is_not_finite_is_not(kernels: Kernels, spoilt: float) -> None:
    for at in (0, 4095, 5000):
        gradient = numbers(5001)
        gradient[at] = spoilt
        assert not math.isfinite(clip_norm(kernels, gradient, 1.0))


def moved(kernels: Kernels | None, spec: TrainSpec, length: int, dtype: torch.dtype = torch.float64) -> Optimizer:
    """A rule after three moves."""
    parameter = torch.nn.Parameter(numbers(length, dtype))
    parameter.grad = torch.empty_like(parameter)
    rule = build(parameter, spec)
    for seed in (2, 3, 4):
        parameter.grad.copy_(numbers(length, dtype, seed))
        rule.step(0.05, kernels)
    return rule


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("name", ["adam", "adamw", "sgd", "rmsprop"])
def test_a_rule_moves_by_kernels_as_without(kernels: Kernels, name: str, decay: float, length: int) -> None:
    spec = TrainSpec(optimizer=name, weight_decay=decay)
    ours, theirs = moved(kernels, spec, length), moved(None, spec, length)
    torch.testing.assert_close(ours.parameter, theirs.parameter, rtol=1e-12, atol=1e-14)
    for moment in theirs.state:
        torch.testing.assert_close(ours.state[moment], theirs.state[moment], rtol=1e-12, atol=1e-14)


def test_in_float32_adam_moves_as_without_but_for_rounding(kernels: Kernels) -> None:
    ours, theirs = (moved(by, TrainSpec(optimizer="adam"), 5001, torch.float32) for by in (kernels, None))
    torch.testing.assert_close(ours.parameter, theirs.parameter, rtol=0, atol=1e-6)


@pytest.mark.parametrize("threads", [2, 3])
def test_the_number_of_threads_changes_no_bit_of_a_move(kernels: Kernels, many_threads: None, threads: int) -> None:
    def results() -> list[torch.Tensor]:
        gradient = numbers(70_003, torch.float32)
        norm = clip_norm(kernels, gradient, 1.0)
        rule = moved(kernels, TrainSpec(optimizer="adam"), 70_003, torch.float32)
        return [torch.tensor(norm), gradient, rule.parameter, *rule.state.values()]

    torch.set_num_threads(1)
    alone = results()
    torch.set_num_threads(threads)
    assert all(map(torch.equal, results(), alone))
