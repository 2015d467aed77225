"""Steppers: one token after another, the same numbers and the same text from each."""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec
import numpy as np
import pytest
import torch

from rnnlab.errors import BadInput
from rnnlab.nn import stepper as steppers
from rnnlab.nn.choosing import Chooser
from rnnlab.nn.model import LanguageModel
from rnnlab.nn.native import finding
from rnnlab.nn.native import stepper as native_module
from rnnlab.nn.native.stepper import NativeStepper
from rnnlab.nn.stepper import STEPPERS, TorchStepper, gpu_steppers, native_stepper, stepper_of, stepper_on
from rnnlab.settings import MEASURE_VARIABLE
from rnnlab.specs import ModelSpec, SampleSpec
from rnnlab.specs.cells import CELLS

pytestmark = pytest.mark.usefixtures("native")
VOCABULARY = 11


@pytest.fixture(autouse=True)
def compiled(native: None) -> None:
    if finding.kernels() is None:
        pytest.skip(finding.found().reason)


def model_of(cell: str, **changes: Any) -> LanguageModel:
    torch.manual_seed(5)
    model = LanguageModel(msgspec.structs.replace(ModelSpec(cell=cell, hidden=33), **changes), VOCABULARY).eval()
    with torch.no_grad():
        model.output.weight.mul_(4)
    return model


@pytest.mark.parametrize("changes", [{}, {"layers": 3}, {"embedding": 5}, {"hidden": 1}, {"hidden": 130, "layers": 2}])
@pytest.mark.parametrize("cell", CELLS)
def test_the_native_stepper_gives_the_model_s_logits(cell: str, changes: dict[str, Any]) -> None:
    model = model_of(cell, **changes)
    native = native_stepper(model)
    state, theirs = native.zero_state(), None
    for token in (3, 0, 10, 3):
        expected, theirs = model(torch.tensor([[token]]), theirs)
        torch.testing.assert_close(
            torch.tensor(np.array(native.step(token, state))), expected[0, 0], rtol=1e-4, atol=1e-5
        )


def test_a_large_embedding_is_multiplied_with_and_not_made_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of("gru", embedding=5)
    expected = np.array(native_stepper(model).step(7, native_stepper(model).zero_state()))
    monkeypatch.setattr(native_module, "_TABLE", 0)
    narrow = native_stepper(model)
    np.testing.assert_allclose(narrow.step(7, narrow.zero_state()), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("sequences", [1, 2, 5])
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_texts_side_by_side_are_each_what_they_are_alone(cell: str, sequences: int) -> None:
    model = model_of(cell, layers=2)
    together, alone = native_stepper(model, sequences=sequences), native_stepper(model)
    state, states = together.zero_state(), [alone.zero_state() for _ in range(sequences)]
    for step in range(3):
        tokens = (np.arange(sequences) * 3 + step) % VOCABULARY
        logits = together.step_all(tokens, state)
        for row, token, own in zip(logits, tokens, states, strict=True):
            np.testing.assert_allclose(row, alone.step(int(token), own), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("sample", [{}, {"temperature": 0.5}, {"greedy": True}, {"top_k": 3}, {"repetition": 1.5}])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_every_stepper_writes_the_same_text_for_the_same_seed(cell: str, sample: dict[str, Any]) -> None:
    model = model_of(cell)
    texts = set()
    for each in (*(make(model) for make in STEPPERS.values()), TorchStepper(model)):
        chooser, state, token, text = Chooser(SampleSpec(seed=9, **sample), never=4), each.zero_state(), 0, []
        for _ in range(200):
            token = chooser.choose(each.step(token, state))
            text.append(token)
        texts.add(tuple(text))
    assert len(texts) == 1
    assert 4 not in text


def test_a_copied_state_stays_as_it_is_and_a_stepper_keeps_its_weights() -> None:
    model = model_of("lstm")
    native = native_stepper(model)
    state = native.zero_state()
    native.step(1, state)
    copied = native.copied(state)
    first = np.array(native.step(2, state))
    with torch.no_grad():
        model.output.weight.zero_()
    assert copied.nbytes == state.nbytes
    np.testing.assert_array_equal(native.step(2, copied), first)


def test_what_the_kernels_do_not_step_is_refused_and_stepped_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    both_ways = LanguageModel(ModelSpec(cell="gru", hidden=4, bidirectional=True), VOCABULARY)
    with pytest.raises(BadInput, match="from left to right"):
        native_stepper(both_ways)
    assert not isinstance(stepper_of(both_ways), NativeStepper)


def test_the_fastest_stepper_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MEASURE_VARIABLE)
    model = model_of("gru")
    for slow in (True, False):
        monkeypatch.setattr(steppers, "_time", lambda each, slow=slow: isinstance(each, NativeStepper) == slow)
        assert isinstance(stepper_of(model), NativeStepper) == (not slow)


def test_a_stepper_elsewhere_is_taken_where_it_is_faster_and_left_where_it_fails(monkeypatch) -> None:
    monkeypatch.delenv(MEASURE_VARIABLE)
    monkeypatch.setattr(steppers, "_time", lambda each: not isinstance(each, TorchStepper))
    model = model_of("gru")
    assert isinstance(stepper_of(model, more=[partial(stepper_on, "cpu")]), TorchStepper)
    # From that device no number can be read, as from a GPU that is gone.
    assert not isinstance(stepper_of(model, more=[partial(stepper_on, "meta")]), TorchStepper)


@pytest.mark.parametrize(("device", "tried"), [("auto", True), ("cuda", True), ("cpu", False), ("mps", False)])
def test_a_gpu_is_tried_for_models_beyond_a_cache_that_may_train_on_one(
    device: str, tried: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = LanguageModel(ModelSpec(cell="rnn", hidden=2900), VOCABULARY)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert bool(gpu_steppers(large, device)) == tried
    assert not gpu_steppers(model_of("rnn"), device)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert not gpu_steppers(large, device)
