"""The whole model: names and numbers of torch.nn, states in and out, losses that are means over tokens."""

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rnnlab.nn.cells import REGISTRY
from rnnlab.nn.model import LanguageModel
from rnnlab.specs import ModelSpec
from rnnlab.specs.arithmetic import parameter_count, weight_shapes
from rnnlab.specs.cells import CELLS


def test_every_cell_of_the_spec_is_registered_under_its_own_name():
    assert set(REGISTRY) == set(CELLS)
    assert all(cell.name == name for name, cell in REGISTRY.items())


@pytest.mark.parametrize(
    ("cell", "layers", "bidirectional", "embedding"),
    list(itertools.product(CELLS, (1, 3), (False, True), (0, 5))),
)
def test_parameter_count_is_that_of_the_real_model(cell, layers, bidirectional, embedding):
    spec = ModelSpec(cell=cell, hidden=6, layers=layers, bidirectional=bidirectional, embedding=embedding)
    model = LanguageModel(spec, 11)
    assert sum(p.numel() for p in model.parameters()) == parameter_count(spec, 11)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_tied_output_is_the_embedding_and_is_counted_once(bidirectional):
    spec = ModelSpec(hidden=6, embedding=12 if bidirectional else 6, tied=True, bidirectional=bidirectional)
    model = LanguageModel(spec, 11)
    assert model.embedding is not None
    assert model.output.weight is model.embedding.weight
    assert sum(p.numel() for p in model.parameters()) == parameter_count(spec, 11)


@pytest.mark.parametrize(("cell", "module"), [("rnn", nn.RNN), ("gru", nn.GRU), ("lstm", nn.LSTM)])
def test_the_same_seed_draws_the_weights_that_torch_nn_would(cell, module):
    torch.manual_seed(3)
    recurrent, output = module(11, 8, num_layers=2, bidirectional=True), nn.Linear(16, 11)
    torch.manual_seed(3)
    model = LanguageModel(ModelSpec(cell=cell, hidden=8, layers=2, bidirectional=True), 11)
    expected = {f"recurrent.{name}": value for name, value in recurrent.state_dict().items()}
    expected |= {f"output.{name}": value for name, value in output.state_dict().items()}
    actual = model.state_dict()
    assert actual.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(actual[name], value, rtol=1e-6, atol=0)


def test_a_normal_initialisation_has_its_standard_deviation_and_no_biases():
    torch.manual_seed(1)
    model = LanguageModel(ModelSpec(hidden=64, init="normal", init_std=0.02), 50)
    assert model.state_dict()["recurrent.weight_hh_l0"].std().item() == pytest.approx(0.02, rel=0.05)
    assert not any(value.any() for name, value in model.state_dict().items() if "bias" in name)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("changes", [{}, {"embedding": 5}, {"embedding": 14, "tied": True}])
@pytest.mark.parametrize("layers", [1, 3])
def test_the_shapes_of_weights_are_known_without_torch(cell, changes, layers):
    spec = ModelSpec(cell=cell, hidden=7, layers=layers, bidirectional=True, **changes)
    found = {name: tuple(weight.shape) for name, weight in LanguageModel(spec, 11).state_dict().items()}
    assert weight_shapes(spec, 11) == found


@pytest.mark.parametrize(
    ("cell", "engine"),
    [(name, engine) for name, cell in CELLS.items() for engine in ("scratch", "auto", *cell.engines)],
)
def test_reading_in_two_halves_with_the_state_carried_is_reading_at_once(cell, engine):
    torch.manual_seed(1)
    model = LanguageModel(ModelSpec(cell=cell, hidden=7, layers=2), 11, engine).double().eval()
    ids = torch.randint(11, (9, 3))
    whole, end = model(ids)
    first, middle = model(ids[:4])
    second, last = model(ids[4:], middle)
    torch.testing.assert_close(torch.cat([first, second]), whole, rtol=1e-10, atol=1e-12)
    for part, expected in zip(last, end, strict=True):
        torch.testing.assert_close(part, expected, rtol=1e-10, atol=1e-12)


@given(
    steps=st.integers(1, 6), batch=st.integers(1, 4), vocabulary=st.integers(1, 9), embedding=st.sampled_from([0, 3])
)
@settings(max_examples=25)
def test_the_loss_is_the_mean_cross_entropy_of_the_logits(steps, batch, vocabulary, embedding):
    model = LanguageModel(ModelSpec(hidden=4, embedding=embedding), vocabulary).double().eval()
    ids, targets = torch.randint(vocabulary, (2, steps, batch))
    loss, state = model.loss(ids, targets)
    logits, expected_state = model(ids)
    by_hand = -torch.log_softmax(logits, dim=-1).gather(-1, targets[..., None]).mean()
    assert loss.ndim == 0
    assert loss.item() == pytest.approx(by_hand.item(), rel=1e-10, abs=1e-12)
    assert all(torch.equal(a, b) for a, b in zip(state, expected_state, strict=True))


def test_dropout_acts_in_training_only_and_may_be_changed_at_any_time():
    model = LanguageModel(ModelSpec(hidden=8, layers=2, dropout=0.5), 11)
    ids = torch.randint(11, (5, 2))
    assert not torch.equal(model(ids)[0], model(ids)[0])
    model.eval()
    assert torch.equal(model(ids)[0], model(ids)[0])
    model.train()
    model.dropout = 0.0
    assert torch.equal(model(ids)[0], model(ids)[0])


def test_products_that_are_rounded_leave_loss_state_and_gradients_in_the_type_of_the_weights():
    torch.manual_seed(1)
    model = LanguageModel(ModelSpec(cell="lstm", hidden=16, dropout=0.0), 9, "scratch")
    x, y = torch.randint(9, (2, 6, 3))
    found = []
    for model.rounding in (None, torch.bfloat16):
        model.zero_grad()
        loss, state = model.loss(x, y)
        loss.backward()
        gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
        assert {part.dtype for part in (loss, *state, *gradients)} == {torch.float32}
        found.append((loss.detach(), *(part.detach() for part in state), *gradients))
    exact, rounded = found
    for one, other in zip(exact, rounded, strict=True):
        torch.testing.assert_close(one, other, rtol=0.05, atol=0.01)
    assert any(not torch.equal(one, other) for one, other in zip(exact[1:3], rounded[1:3], strict=True))


def test_an_untrained_model_guesses_nearly_evenly():
    torch.manual_seed(1)
    model = LanguageModel(ModelSpec(hidden=32), 28)
    ids, targets = torch.randint(28, (2, 35, 8))
    assert model.loss(ids, targets)[0].item() == pytest.approx(math.log(28), rel=0.03)


def test_the_engine_of_the_argument_goes_before_that_of_the_spec():
    assert LanguageModel(ModelSpec(hidden=4, engine="scratch"), 5).engine == "scratch"
    assert LanguageModel(ModelSpec(hidden=4, engine="scratch"), 5, "torch").engine == "torch"
    assert LanguageModel(ModelSpec(hidden=4), 5).engine in ("fused", "torch")


@pytest.mark.parametrize("cell", CELLS)
def test_a_model_trains_after_it_was_used_in_inference_mode(cell):
    model = LanguageModel(ModelSpec(cell=cell, hidden=8, layers=2), 11)
    ids, targets = torch.randint(11, (2, 5, 2))
    with torch.inference_mode():
        model.loss(ids, targets)
    for _ in range(2):
        model.loss(ids, targets)[0].backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
