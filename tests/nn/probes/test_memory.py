"""The memory curve is autograd's on torch.nn's own layers; the context curve is what each context alone predicts."""

import msgspec
import numpy as np
import pytest
import torch
from torch import nn

from rnnlab.errors import PromptError
from rnnlab.nn.model import LanguageModel
from rnnlab.nn.probes.memory import context_curve, reach, starts_of
from rnnlab.specs import ModelSpec

V = 6
IDS = np.random.default_rng(1).integers(V, size=60).astype(np.uint8)
LAYERS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


def model_of(**spec):
    torch.manual_seed(2)
    return LanguageModel(msgspec.structs.replace(ModelSpec(hidden=5), **spec), V)


def plain_layer(model):
    layer = LAYERS[model.spec.cell](V, model.spec.hidden, model.spec.layers).double()
    state = model.state_dict().items()
    layer.load_state_dict({k.removeprefix("recurrent."): v.double() for k, v in state if "recurrent" in k})
    return layer


def autograds(model, ids, k, warm_up):
    """Norms of d loss_t / d (h, c)_{t-k}, by running torch.nn's layer up to there and from there again."""
    layer, one_hot = plain_layer(model), torch.eye(V, dtype=torch.float64)[ids.astype(int)][:, None]
    at = len(ids) - 1 - k
    _, state = layer(one_hot[:at])
    parts = [part.detach().requires_grad_() for part in (state if isinstance(state, tuple) else (state,))]
    out, _ = layer(one_hot[at:-1], tuple(parts) if len(parts) > 1 else parts[0])
    logits = model.output.weight.double() @ out[-1, 0] + model.output.bias.double()
    loss = logits.logsumexp(0) - logits[int(ids[-1])]
    return [float(grad.norm()) for grad in torch.autograd.grad(loss, parts)]


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", LAYERS)
def test_the_curve_is_autograds(cell, layers):
    model, lags, warm_up = model_of(cell=cell, layers=layers), 9, 3
    found = reach(model, IDS, lags=lags, positions=4, warm_up=warm_up)
    length = warm_up + lags + 1
    windows = [IDS[s : s + length] for s in starts_of(len(IDS), length, 4).tolist()]
    expected = np.array([[autograds(model, w, k, warm_up) for k in range(1, lags + 1)] for w in windows]).mean(0)
    np.testing.assert_allclose(found.hidden, expected[:, 0], rtol=1e-9)
    if cell == "lstm":
        np.testing.assert_allclose(found.cell, expected[:, 1], rtol=1e-9)
    else:
        assert len(found.cell) == 0


def test_a_cell_that_torch_has_not_has_a_curve_too():
    assert (reach(model_of(cell="rnn-relu"), IDS, lags=5, positions=2, warm_up=0).hidden > 0).any()


def test_each_context_is_read_alone_and_predicts_the_same_tokens():
    model, contexts = model_of(cell="gru", layers=2), (1, 2, 7, 20)
    found = context_curve(model, IDS, contexts, positions=5)
    layer, starts = plain_layer(model), starts_of(len(IDS), 21, 5).tolist()
    for context, nats in zip(contexts, found, strict=True):
        losses = []
        for start in starts:
            target = start + 20
            x = torch.eye(V, dtype=torch.float64)[IDS[target - context : target].astype(int)][:, None]
            logits = model.output.weight.double() @ layer(x)[0][-1, 0] + model.output.bias.double()
            losses.append((logits.logsumexp(0) - logits[int(IDS[target])]).item())
        np.testing.assert_allclose(nats, np.mean(losses), rtol=1e-10)


def test_windows_are_spread_over_the_whole_text_and_none_leaves_it():
    assert starts_of(100, 10, 4).tolist() == [0, 30, 60, 90]
    assert starts_of(12, 10, 99).tolist() == [0, 1, 2]


def test_a_text_that_is_too_short_is_refused_with_the_length_that_is_needed():
    with pytest.raises(PromptError, match="60 tokens, and this needs 151"):
        reach(model_of(), IDS)
