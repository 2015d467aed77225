"""Surprisal is what a plain float64 evaluation says, token by token and whole text by whole text."""

import msgspec
import numpy as np
import pytest
import torch
from torch import nn

from rnnlab.errors import PromptError
from rnnlab.nn.model import LanguageModel
from rnnlab.nn.probes.surprise import nats_of, surprises
from rnnlab.specs import ModelSpec

V = 11
PLAIN = {
    "rnn": nn.RNN,
    "gru": nn.GRU,
    "lstm": nn.LSTM,
    "rnn-relu": lambda *a, **k: nn.RNN(*a, nonlinearity="relu", **k),
}


def model_of(**spec):
    torch.manual_seed(3)
    return LanguageModel(msgspec.structs.replace(ModelSpec(hidden=7, dropout=0.5), **spec), V)


def plainly(model, ids, before):
    """log p [T, V] in float64 by torch.nn's own layers, which read the text from its beginning for every token."""
    layer = PLAIN[model.spec.cell](V, model.spec.hidden, model.spec.layers).double()
    weights = {k.removeprefix("recurrent."): v.double() for k, v in model.state_dict().items() if "recurrent" in k}
    layer.load_state_dict(weights)
    rows = []
    for t in range(len(ids)):
        x = torch.eye(V, dtype=torch.float64)[[before, *ids[:t]]]
        out, _ = layer(x[:, None])
        logits = model.output.weight.double() @ out[-1, 0] + model.output.bias.double()
        rows.append(logits - logits.exp().sum().log())
    return torch.stack(rows).detach().numpy()


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", PLAIN)
def test_each_token_costs_what_a_float64_evaluation_in_plain_torch_says(cell, layers):
    model = model_of(cell=cell, layers=layers)
    ids = np.random.default_rng(0).integers(V, size=40).astype(np.uint8)
    (found,) = surprises(model, ids, before=4)
    log_p = plainly(model, ids.tolist(), 4)
    expected = -log_p[np.arange(40), ids]
    np.testing.assert_allclose(found.nats, expected, rtol=1e-12)
    order = np.argsort(-log_p, axis=1)
    assert found.ranks.tolist() == [1 + order[t].tolist().index(ids[t]) for t in range(40)]
    assert found.best.tolist() == order[:, :5].tolist()
    np.testing.assert_allclose(found.probabilities, np.exp(np.take_along_axis(log_p, order[:, :5], 1)), rtol=1e-12)


def test_a_long_text_comes_in_chunks_that_carry_the_state_on(monkeypatch):
    model = model_of(layers=2)
    ids = np.arange(50) * 3 % V
    whole = np.concatenate([part.nats for part in surprises(model, ids, before=0)])
    monkeypatch.setattr("rnnlab.nn.probes.surprise._STEPS", 7)
    parts = list(surprises(model, ids, before=0))
    assert len(parts) == 8
    np.testing.assert_allclose(np.concatenate([part.nats for part in parts]), whole, rtol=1e-12)


def test_whole_texts_of_different_lengths_cost_the_sum_of_their_tokens(monkeypatch):
    model = model_of(cell="lstm")
    monkeypatch.setattr("rnnlab.nn.probes.surprise._BATCH", 2)
    texts = [np.arange(length) % V for length in (5, 1, 12, 0, 0)]
    found = np.concatenate(list(nats_of(model, texts, before=2)))
    expected = [sum(part.nats.sum() for part in surprises(model, ids, before=2)) for ids in texts]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_an_empty_text_costs_nothing():
    assert list(surprises(model_of(), np.zeros(0, np.uint8), before=0)) == []


def test_fewer_tokens_than_alternatives_are_all_named():
    model = LanguageModel(ModelSpec(hidden=3), 2)
    (found,) = surprises(model, np.array([0, 1]), before=0)
    assert found.best.shape == (2, 2)
    np.testing.assert_allclose(found.probabilities.sum(1), 1)


def test_looking_leaves_the_model_and_the_randomness_of_its_training_alone():
    model = model_of().train()
    before, weights = torch.get_rng_state(), [w.clone() for w in model.parameters()]
    list(surprises(model, np.arange(5), before=0))
    assert model.training
    assert torch.equal(before, torch.get_rng_state())
    assert all(torch.equal(a, b) and b.requires_grad for a, b in zip(weights, model.parameters(), strict=True))


def test_a_model_that_reads_from_the_right_too_is_refused():
    with pytest.raises(PromptError, match="bidirectional"):
        next(surprises(model_of(bidirectional=True), np.arange(5), before=0))
