"""Where a training runs, and how exactly."""

from __future__ import annotations

from collections.abc import Generator

import pytest
import torch

from rnnlab.specs import FIELDS
from rnnlab.training.device import multiply_in


@pytest.fixture(autouse=True)
def as_it_was() -> Generator[None]:
    places = (torch.backends.cuda.matmul, torch.backends.cudnn)
    before = [place.allow_tf32 for place in places]
    yield
    for place, allowed in zip(places, before, strict=True):
        place.allow_tf32 = allowed


@pytest.mark.parametrize(
    ("precision", "tf32", "rounding"), [("float32", False, None), ("tf32", True, None), ("bf16", True, torch.bfloat16)]
)
def test_a_cuda_device_multiplies_as_the_spec_says(precision: str, tf32: bool, rounding: torch.dtype | None) -> None:
    assert multiply_in(precision, torch.device("cuda")) == rounding
    assert (torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32) == (tf32, tf32)


@pytest.mark.parametrize("precision", FIELDS["train.precision"].about.choices)
def test_elsewhere_products_are_as_exact_as_the_weights(precision: str) -> None:
    before = torch.backends.cudnn.allow_tf32
    assert multiply_in(precision, torch.device("cpu")) is None
    assert torch.backends.cudnn.allow_tf32 == before
