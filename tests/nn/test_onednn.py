"""oneDNN's LSTM comes to what the steps by hand come to, and where it is not to be had the steps are taken."""

import pytest
import torch

from rnnlab.nn import onednn
from rnnlab.nn.cells import REGISTRY
from rnnlab.nn.cells.base import LayerWeights
from rnnlab.nn.fused import FusedSequence, Pool
from rnnlab.nn.model import LanguageModel
from rnnlab.nn.onednn import LSTMSequence, WholeSequence
from rnnlab.nn.sequences import run_sequence
from rnnlab.specs import ModelSpec

CELL = REGISTRY["lstm"]
STEPS, BATCH, HIDDEN, INPUTS = 7, 5, 12, 9

there = pytest.mark.skipif(not onednn.works(CELL), reason="this torch has no LSTM of oneDNN's")


def drawn(dtype=torch.float32, *, tokens=True):
    """An input, the weights and the state, as flat tensors."""
    torch.manual_seed(1)
    rows = 4 * HIDDEN
    shapes = [(rows, INPUTS), (rows, HIDDEN), (rows,), (rows,), (BATCH, HIDDEN), (BATCH, HIDDEN)]
    tensors = [(torch.randn(shape) / 2).to(dtype).requires_grad_() for shape in shapes]
    if tokens:
        return torch.randint(INPUTS, (STEPS, BATCH)), *tensors
    return torch.randn(STEPS, BATCH, INPUTS).to(dtype).requires_grad_(), *tensors


def results(sequence, dtype, *, tokens):
    x, *tensors = drawn(dtype, tokens=tokens)
    out, end = run_sequence(sequence, x, tuple(tensors[4:]), LayerWeights(*tensors[:4]))
    outs = [out, *end]
    weights = [torch.linspace(-1, 1, part.numel(), dtype=part.dtype).view_as(part) for part in outs]
    return [*outs, *torch.autograd.grad(outs, tensors if tokens else [*tensors, x], weights)]


@there
@pytest.mark.parametrize("tokens", [True, False])
def test_a_whole_sequence_is_its_steps_there_and_back(tokens):
    found = results(WholeSequence(), torch.float32, tokens=tokens)
    expected = results(FusedSequence(CELL, Pool()), torch.float64, tokens=tokens)
    for mine, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(mine.double(), theirs, rtol=1e-4, atol=1e-5)


@there
def test_without_gradients_nothing_is_kept_and_the_numbers_are_the_same():
    sequence, hidden = WholeSequence(), torch.empty(STEPS + 1, BATCH, HIDDEN)
    expected, *_ = results(WholeSequence(), torch.float32, tokens=True)
    x, *tensors = drawn()
    with torch.no_grad():
        sequence.forward(x, tuple(tensors[4:]), LayerWeights(*tensors[:4]), hidden, recording=False)
    assert sequence._kept is None
    torch.testing.assert_close(hidden[1:], expected, rtol=1e-5, atol=1e-6)


@there
@pytest.mark.parametrize("changes", [{}, {"layers": 2, "dropout": 0.3}, {"embedding": 6}])
def test_a_batch_learnt_by_hand_has_the_gradients_of_autograd(changes):
    torch.manual_seed(2)
    model = LanguageModel(ModelSpec(cell="lstm", hidden=HIDDEN, **changes), INPUTS, "fused")
    x, y = torch.randint(INPUTS, (2, STEPS, BATCH))
    found = []
    for learn in (model.learn, model.learn_with_autograd):
        torch.manual_seed(3)
        for parameter in model.parameters():
            parameter.grad = torch.full_like(parameter, 7.0)
        loss, state = learn(x, y)
        found.append([loss, *state, *(parameter.grad for parameter in model.parameters())])
    for mine, theirs in zip(*found, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=1e-7)


def way_of(dtype, inputs, *, tokens, layout=""):
    weights = LayerWeights(*(torch.zeros(shape, dtype=dtype) for shape in ((4, inputs), (4, 1), (4,), (4,))))
    x = torch.zeros(1, 1, dtype=torch.int64) if tokens else torch.zeros(1, 1, inputs, dtype=dtype)
    sequence = LSTMSequence(CELL, Pool(), layout)
    sequence.forward(
        x, (torch.zeros(1, 1, dtype=dtype),) * 2, weights, torch.zeros(2, 1, 1, dtype=dtype), recording=True
    )
    return type(sequence._way)


@there
def test_a_large_vocabulary_and_doubles_take_the_steps_by_hand():
    assert way_of(torch.float32, 28, tokens=True) is WholeSequence
    assert way_of(torch.float32, 1027, tokens=False) is WholeSequence
    assert way_of(torch.float32, 1027, tokens=True) is FusedSequence
    assert way_of(torch.float64, 28, tokens=True) is FusedSequence


@there
@pytest.mark.parametrize("tokens", [True, False])
def test_a_layout_says_which_way_to_go(tokens):
    assert way_of(torch.float32, 1027, tokens=tokens, layout="whole") is WholeSequence
    assert way_of(torch.float32, 28, tokens=tokens, layout="pieces-1") is FusedSequence
    above = way_of(torch.float32, 28, tokens=tokens, layout="whole-above")
    assert above is (FusedSequence if tokens else WholeSequence)
    assert way_of(torch.float64, 28, tokens=tokens, layout="whole") is FusedSequence, "it has no doubles"


@pytest.mark.parametrize("fault", ["missing", "refuses", "wrong"])
def test_where_it_is_not_to_be_had_the_steps_are_taken(monkeypatch, fault):
    def refuse(*_, **__):
        raise RuntimeError("could not create a primitive")

    if fault == "missing":
        monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    elif fault == "refuses":
        monkeypatch.setattr(WholeSequence, "forward", refuse)
    else:
        right = onednn._gradients
        monkeypatch.setattr(onednn, "_gradients", lambda s: [part + isinstance(s, WholeSequence) for part in right(s)])
    onednn.works.cache_clear()
    try:
        assert way_of(torch.float32, 28, tokens=True) is FusedSequence
    finally:
        onednn.works.cache_clear()
