"""Kept states: going anywhere in a text comes to the same numbers as reading it from its beginning."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlab.nn.keeping import STRIDE, Kept, Reader
from rnnlab.nn.model import LanguageModel
from rnnlab.nn.stepper import TorchStepper, stepper_of
from rnnlab.specs import ModelSpec

V = 7
PLACES = st.lists(st.lists(st.integers(0, 2), max_size=40), min_size=1, max_size=6)


def stepper(cell="gru", make=stepper_of):
    torch.manual_seed(1)
    return make(LanguageModel(ModelSpec(cell=cell, hidden=5, layers=2), V))


def straight(model, ids):
    return model_logits(Reader(model, Kept(room=0)), ids)


def model_logits(reader, ids):
    reader.go_to(ids)
    return reader.logits.copy()


@pytest.mark.parametrize("make", [stepper_of, TorchStepper])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@given(places=PLACES)
@settings(max_examples=15)
def test_wherever_one_goes_the_logits_are_those_of_reading_straight_through(cell, make, places):
    model = stepper(cell, make)
    reader = Reader(model)
    for ids in places:
        if ids:
            assert (model_logits(reader, ids) == straight(model, ids)).all()


def test_a_step_back_reads_a_few_tokens_and_not_the_text():
    reader = Reader(stepper())
    text = [n % V for n in range(5000)]
    reader.go_to(text)
    for length in (4999, 4998, 4990, 2500):
        before = reader.steps
        reader.go_to(text[:length])
        assert reader.steps - before <= STRIDE


def test_reading_on_after_a_way_back_leaves_what_was_kept_as_it_was():
    model = stepper()
    reader = Reader(model)
    text = [n % V for n in range(64)]
    reader.go_to(text)
    reader.go_to(text[:32])
    for token in (5, 5, 5):
        reader.read(token)
    assert (model_logits(reader, text) == straight(model, text)).all()


def test_memory_is_bounded_and_what_was_not_used_for_longest_goes_first():
    state = [[np.zeros(100, np.float32)]]
    kept = Kept(room=3000)
    for name in (b"a", b"b", b"c"):
        kept.put(name, state)
    assert kept.get(b"a") is state
    for name in (b"d", b"e"):
        kept.put(name, state)
    assert len(kept) < 5
    assert (kept.get(b"b"), kept.get(b"a")) == (None, state)
