"""Batches: as many as the arithmetic says, each text where it belongs, any batch found by its number."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlab.nn.batches import EpochBatches, ids_on, rows_of
from rnnlab.specs import FIELDS, DataSpec
from rnnlab.specs.arithmetic import batches_per_epoch

sizes = {
    "tokens": st.integers(2, 400),
    "batch": st.integers(1, 7),
    "steps": st.integers(1, 20),
    "epoch": st.integers(1, 50),
}
SAMPLINGS = FIELDS["data.sampling"].about.choices


def epoch_of(tokens, *, batch, steps, sampling="consecutive", epoch=1, seed=1):
    data = DataSpec(batch=batch, steps=steps, sampling=sampling)
    return EpochBatches(torch.arange(tokens, dtype=torch.int32), data, epoch=epoch, seed=seed)


@pytest.mark.parametrize("sampling", SAMPLINGS)
@given(**sizes)
@settings(max_examples=100)
def test_an_epoch_has_the_batches_that_the_arithmetic_says(sampling, tokens, batch, steps, epoch):
    batches = epoch_of(tokens, batch=batch, steps=steps, sampling=sampling, epoch=epoch)
    data = DataSpec(batch=batch, steps=steps, sampling=sampling)
    assert len(batches) == batches_per_epoch(data, tokens) == len(list(batches))


@pytest.mark.parametrize("sampling", SAMPLINGS)
@given(**sizes)
@settings(max_examples=60)
def test_targets_are_the_next_tokens_and_no_token_is_read_twice(sampling, tokens, batch, steps, epoch):
    read = []
    for x, y in epoch_of(tokens, batch=batch, steps=steps, sampling=sampling, epoch=epoch):
        assert x.shape == y.shape == (steps, batch)
        assert x.dtype == y.dtype == torch.int64
        assert torch.equal(y, x + 1)
        assert torch.equal(x[1:], y[:-1])
        read += x.flatten().tolist()
    assert len(set(read)) == len(read)


@given(**sizes)
@settings(max_examples=60)
def test_consecutive_batches_go_on_where_the_last_one_ended(tokens, batch, steps, epoch):
    batches = list(epoch_of(tokens, batch=batch, steps=steps, epoch=epoch))
    for (_, before), (after, _) in itertools.pairwise(batches):
        assert torch.equal(before[-1], after[0])


def test_reset_batches_are_the_consecutive_ones_and_carry_nothing():
    consecutive, reset = (epoch_of(400, batch=2, steps=5, sampling=name) for name in ("consecutive", "reset"))
    for (x, y), (other_x, other_y) in zip(consecutive, reset, strict=True):
        assert torch.equal(x, other_x)
        assert torch.equal(y, other_y)
    assert (consecutive.carries_state, reset.carries_state) == (True, False)


def test_random_batches_are_shuffled_and_each_epoch_differently():
    first = epoch_of(400, batch=2, steps=5, sampling="random", epoch=1)
    second = epoch_of(400, batch=2, steps=5, sampling="random", epoch=2)
    starts = [[int(x[0, 0]) for x, _ in batches] for batches in (first, second)]
    assert starts[0] != sorted(starts[0])
    assert starts[0] != starts[1]


def test_offsets_cover_everything_below_the_steps_over_the_epochs():
    assert {epoch_of(100, batch=2, steps=5, epoch=epoch).offset for epoch in range(60)} == set(range(5))


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_a_batch_is_found_by_its_number_alone(sampling):
    make = lambda: epoch_of(300, batch=3, steps=7, sampling=sampling, epoch=4, seed=9)  # noqa: E731
    everything = list(make())
    for index in (5, 0, -1):
        for part, expected in zip(make()[index], everything[index], strict=True):
            assert torch.equal(part, expected)
    with pytest.raises(IndexError):
        make()[len(everything)]


def test_making_batches_leaves_torchs_own_generator_alone():
    before = torch.get_rng_state()
    list(epoch_of(300, batch=3, steps=7, sampling="random"))
    assert torch.equal(before, torch.get_rng_state())


def test_batches_of_a_slice_of_a_longer_tensor_are_of_that_slice():
    ids = torch.arange(100, 400, dtype=torch.int32)[50:250]
    x, _ = EpochBatches(ids, DataSpec(batch=3, steps=7), epoch=1, seed=1)[0]
    assert int(x[0, 0]) >= 150


@given(tokens=st.integers(2, 300), batch=st.integers(1, 9), steps=st.integers(1, 20))
@settings(max_examples=100)
def test_rows_cover_every_target_once_and_never_widen(tokens, batch, steps):
    ids = torch.arange(tokens)
    targets, widths, ends = [], [], None
    for x, y in rows_of(ids, batch=batch, steps=steps):
        assert torch.equal(y, x + 1)
        if ends is not None:
            assert torch.equal(x[0], ends[: x.shape[1]])
        ends = y[-1]
        widths.append(x.shape[1])
        targets += y.flatten().tolist()
    assert sorted(targets) == list(range(1, tokens))
    assert widths == sorted(widths, reverse=True)
    assert widths[0] <= batch


@pytest.mark.parametrize(("kind", "top"), [(np.uint8, 255), (np.uint16, 65535), (np.uint32, 2**31 + 5)])
def test_ids_of_every_size_keep_their_value(kind, top):
    ids = ids_on(np.array([0, 1, top], dtype=kind))
    assert ids.to(torch.int64).tolist() == [0, 1, top]
