"""Units: their activations are the model's own, and one that was planted by hand is found."""

import msgspec
import numpy as np
import pytest
import torch

from rnnlab.errors import PromptError
from rnnlab.nn.model import LanguageModel
from rnnlab.nn.probes.neurons import activations, auc, correlation, rank, tell
from rnnlab.specs import ModelSpec
from rnnlab.specs.cells import CELLS

V = 5
IDS = np.random.default_rng(4).integers(V, size=2000).astype(np.uint8)
QUOTE = 3


def model_of(**spec):
    torch.manual_seed(5)
    return LanguageModel(msgspec.structs.replace(ModelSpec(hidden=12), **spec), V)


def plant(model, layer, unit):
    """Make a unit of an RNN latch: high from one token 3 on, low from the next token 2 on."""
    weights = model.recurrent
    with torch.no_grad():
        getattr(weights, f"weight_hh_l{layer}")[unit] = 0
        getattr(weights, f"weight_hh_l{layer}")[unit, unit] = 3
        getattr(weights, f"weight_ih_l{layer}")[unit] = 0
        getattr(weights, f"weight_ih_l{layer}")[unit, QUOTE] = 9
        getattr(weights, f"weight_ih_l{layer}")[unit, 2] = -9
        for bias in ("bias_ih", "bias_hh"):
            getattr(weights, f"{bias}_l{layer}")[unit] = 0


def latched(ids):
    """The truth that the planted unit holds: the last of the tokens 2 and 3 that was read is a 3."""
    seen = np.where((ids == QUOTE) | (ids == 2), np.arange(len(ids)), 0)
    return ids[np.maximum.accumulate(seen)] == QUOTE


def test_a_planted_unit_is_found_and_tells_held_out_text_perfectly():
    model = model_of(cell="rnn")
    plant(model, 0, 7)
    told = tell(activations(model, IDS)["hidden"].reshape(len(IDS), -1), latched(IDS))
    assert rank([told], 1) == [(0, 7)]
    assert told.score[7] > 0.999
    assert np.delete(told.score, 7).max() < 0.95
    assert told.sign[7] == 1
    assert told.low[7] < -0.9 < 0.9 < told.high[7]


def test_a_unit_that_tells_the_opposite_is_found_too_with_its_sign():
    model = model_of(cell="rnn")
    plant(model, 0, 2)
    told = tell(activations(model, IDS)["hidden"].reshape(len(IDS), -1), ~latched(IDS))
    assert (rank([told], 1), told.sign[2]) == ([(0, 2)], -1)
    assert told.score[2] > 0.999


@pytest.mark.parametrize("spec", [{}, {"layers": 2}, {"embedding": 4}])
@pytest.mark.parametrize("cell", CELLS)
def test_the_activations_are_the_states_of_the_model(cell, spec):
    model = model_of(cell=cell, **spec).eval()
    found = activations(model, IDS[:20])
    _, state = model(torch.tensor(IDS[:20].astype(int))[:, None])
    for part, last in zip(found.values(), state, strict=True):
        np.testing.assert_allclose(part[-1], last[:, 0].detach(), atol=1e-5)


@pytest.mark.parametrize("spec", [{}, {"layers": 2}, {"embedding": 4}])
def test_the_gates_of_an_lstm_make_its_next_state(spec):
    found = activations(model_of(cell="lstm", **spec), IDS[:20], gates=True)
    np.testing.assert_allclose(found["output"] * np.tanh(found["memory"]), found["hidden"], atol=1e-6)
    kept = found["forget"][1:] * found["memory"][:-1]
    assert (np.abs(found["memory"][1:] - kept) <= found["input"][1:] + 1e-6).all()


def test_the_update_gate_of_a_gru_bounds_how_far_it_moves():
    found = activations(model_of(cell="gru", layers=2), IDS[:20], gates=True)
    moved = np.abs(found["hidden"][1:] - found["update"][1:] * found["hidden"][:-1])
    assert (moved <= 1 - found["update"][1:] + 1e-6).all()


def test_auc_counts_the_pairs_that_are_in_order():
    values, truth = np.array([[1.0], [2.0], [2.0], [5.0], [0.0]]), np.array([False, True, False, True, True])
    pairs = [(v > w) + 0.5 * (v == w) for v in (2, 5, 0) for w in (1, 2)]
    assert auc(values, truth)[0] == pytest.approx(np.mean(pairs))


def test_a_number_is_told_by_correlation():
    truth = np.arange(1000.0) % 30
    noise = np.random.default_rng(0).normal(size=1000)
    values = np.stack([noise, -2 * truth + 5, np.ones(1000)], axis=1)
    told = tell(values, truth)
    assert rank([told], 1) == [(0, 1)]
    assert (told.score[1], told.sign[1]) == (pytest.approx(1), -1)
    assert correlation(values, truth)[2] == 0


def test_units_of_several_parts_are_ranked_together():
    truth = np.arange(800) % 3 == 0
    weak, strong = np.random.default_rng(0).normal(size=(800, 2)), truth[:, None] * 1.0
    assert rank([tell(weak, truth), tell(strong, truth)], 1) == [(1, 0)]


def test_what_is_the_same_everywhere_is_refused():
    with pytest.raises(PromptError, match="nowhere, or everywhere"):
        tell(np.zeros((1000, 2)), np.zeros(1000, bool))
