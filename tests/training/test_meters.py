"""Sums over steps, which go into a snapshot and out of it."""

from __future__ import annotations

import math

import pytest
import torch

from rnnlab.errors import CheckpointError
from rnnlab.training.meters import Meter


def test_the_mean_of_nothing_is_no_number_and_after_clear_there_is_nothing() -> None:
    meter = Meter()
    assert all(math.isnan(mean) for mean in meter.means())
    meter.add(3.0, 1.0, 1.0)
    meter.clear()
    assert all(math.isnan(mean) for mean in meter.means())


def test_a_meter_goes_on_from_what_was_kept_of_it() -> None:
    first, other = Meter(), Meter()
    first.add(1.0, 10.0, 1.0)
    other.load(first.tensor())
    other.add(2.0, 30.0, 0.0)
    assert other.means() == (1.5, 20.0, 0.5)


def test_what_is_no_meter_s_is_refused() -> None:
    with pytest.raises(CheckpointError, match="does not fit"):
        Meter().load(torch.zeros(3))
