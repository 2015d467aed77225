"""Which token is chosen: the likeliest, or one drawn as often as its probability says."""

import random

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlab.errors import SpecError
from rnnlab.nn.choosing import Chooser
from rnnlab.specs import SampleSpec

LOGITS = np.log(np.array([0.1, 0.2, 0.3, 0.4], dtype=np.float32))


def shares(sample, *, never=None, draws=4000):
    chooser = Chooser(sample, never=never)
    tokens = [chooser.choose(LOGITS.copy()) for _ in range(draws)]
    return np.bincount(tokens, minlength=len(LOGITS)) / draws


def test_greedy_takes_the_likeliest_every_time():
    assert shares(SampleSpec(greedy=True), draws=5).tolist() == [0, 0, 0, 1]


def test_at_temperature_one_tokens_come_as_often_as_the_model_says():
    assert shares(SampleSpec(temperature=1.0, seed=1)) == pytest.approx([0.1, 0.2, 0.3, 0.4], abs=0.03)


def test_a_low_temperature_is_bolder_and_a_high_one_wilder():
    squared = np.array([0.01, 0.04, 0.09, 0.16]) / 0.3
    assert shares(SampleSpec(temperature=0.5, seed=1)) == pytest.approx(squared, abs=0.03)
    assert shares(SampleSpec(temperature=100.0, seed=1)) == pytest.approx([0.25] * 4, abs=0.03)


def test_top_k_keeps_the_k_likeliest():
    assert shares(SampleSpec(temperature=1.0, top_k=2, seed=1)) == pytest.approx([0, 0, 3 / 7, 4 / 7], abs=0.03)


def test_top_p_keeps_the_fewest_that_make_up_the_share():
    assert shares(SampleSpec(temperature=1.0, top_p=0.6, seed=1)) == pytest.approx([0, 0, 3 / 7, 4 / 7], abs=0.03)
    assert shares(SampleSpec(temperature=1.0, top_p=0.001, seed=1)).tolist() == [0, 0, 0, 1]


def test_top_p_counts_within_the_top_k():
    sample = SampleSpec(temperature=1.0, top_k=3, top_p=0.5, seed=1)
    assert shares(sample) == pytest.approx([0, 0, 3 / 7, 4 / 7], abs=0.03)


@pytest.mark.parametrize(
    "sample", [SampleSpec(greedy=True), SampleSpec(seed=1), SampleSpec(seed=1, top_k=4, top_p=0.99)]
)
def test_the_forbidden_token_is_never_chosen_even_if_it_is_the_likeliest(sample):
    assert shares(sample, never=3, draws=500)[3] == 0


def test_the_same_seed_chooses_the_same_and_another_seed_does_not():
    def tokens(seed):
        chooser = Chooser(SampleSpec(seed=seed))
        return [chooser.choose(LOGITS.copy()) for _ in range(50)]

    assert tokens(7) == tokens(7) != tokens(8)


def test_seed_zero_takes_a_new_seed_that_can_be_typed_again():
    first, second = Chooser(SampleSpec()), Chooser(SampleSpec())
    assert first.seed != second.seed
    again = Chooser(SampleSpec(seed=first.seed))
    assert [again.choose(LOGITS.copy()) for _ in range(20)] == [first.choose(LOGITS.copy()) for _ in range(20)]


def test_choosing_leaves_every_global_generator_alone():
    before = torch.get_rng_state(), random.getstate(), str(np.random.get_state())
    shares(SampleSpec(seed=1), draws=600)
    assert torch.equal(before[0], torch.get_rng_state())
    assert before[1] == random.getstate()
    assert before[2] == str(np.random.get_state())


@given(
    logits=st.lists(st.integers(-(10**30), 10**30), min_size=1, max_size=20),
    temperature=st.sampled_from([1e-6, 1.0, 100.0]),
    top_k=st.integers(0, 25),
    top_p=st.sampled_from([1e-9, 0.5, 1.0]),
)
@settings(max_examples=200)
def test_whatever_the_logits_a_token_of_the_vocabulary_is_chosen(logits, temperature, top_k, top_p):
    sample = SampleSpec(temperature=temperature, top_k=top_k, top_p=top_p, seed=1)
    assert 0 <= Chooser(sample).choose(np.array(logits, dtype=np.float32)) < len(logits)


def test_min_p_keeps_those_that_are_at_least_that_share_as_likely_as_the_likeliest():
    assert shares(SampleSpec(temperature=1.0, min_p=0.7, seed=1)) == pytest.approx([0, 0, 3 / 7, 4 / 7], abs=0.03)
    assert shares(SampleSpec(temperature=1.0, min_p=1.0, seed=1)).tolist() == [0, 0, 0, 1]
    assert shares(SampleSpec(temperature=1.0, min_p=0.6, seed=1), never=3)[1] > 0


def test_min_p_counts_at_the_temperature():
    assert shares(SampleSpec(temperature=100.0, min_p=0.7, seed=1)) == pytest.approx([0.25] * 4, abs=0.03)


def test_the_temperatures_of_a_cycle_take_turns():
    chooser = Chooser(SampleSpec(cycle=("0.001", "100"), seed=1))
    tokens = [chooser.choose(LOGITS.copy()) for _ in range(2000)]
    assert set(tokens[::2]) == {3}
    assert np.bincount(tokens[1::2]) / 1000 == pytest.approx([0.25] * 4, abs=0.05)


def test_a_cycle_of_one_is_that_temperature():
    one, cycle = SampleSpec(temperature=0.7, seed=3), SampleSpec(temperature=2.0, cycle=("0.7",), seed=3)
    assert shares(one).tolist() == shares(cycle).tolist()


@pytest.mark.parametrize("cycle", [("0",), ("0.5", "hot"), ("101",), ("nan",)])
def test_a_cycle_of_what_is_no_temperature_is_refused(cycle):
    with pytest.raises(SpecError, match="temperature must be"):
        SampleSpec(cycle=cycle)


def test_a_repetition_penalty_makes_what_was_just_written_less_likely_whatever_its_sign():
    for logits in (LOGITS, LOGITS + 5):
        chooser = Chooser(SampleSpec(greedy=True, repetition=10.0))
        assert [chooser.choose(logits.copy()) for _ in range(4)] == [3, 2, 1, 0]


def test_without_a_penalty_the_logits_are_left_alone():
    logits = LOGITS.copy()
    chooser = Chooser(SampleSpec(greedy=True))
    assert [chooser.choose(logits) for _ in range(3)] == [3, 3, 3]
    assert np.array_equal(logits, LOGITS)
