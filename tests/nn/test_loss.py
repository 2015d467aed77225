"""The output layer with its cross-entropy: the numbers of torch.nn.functional, in one piece or in many."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlab.nn import loss as module
from rnnlab.nn.loss import OutputLoss


def tensors_of(tokens, width, vocabulary, seed=0):
    torch.manual_seed(seed)
    shapes = [(tokens, width), (vocabulary, width), (vocabulary,)]
    tensors = [torch.randn(shape, dtype=torch.float64).requires_grad_() for shape in shapes]
    return tensors, torch.randint(vocabulary, (tokens,))


@given(
    tokens=st.integers(1, 9),
    width=st.integers(1, 5),
    vocabulary=st.integers(1, 12),
    at_once=st.sampled_from([1, 20, 10**6]),
    short=st.sampled_from([0, 64]),
)
@settings(max_examples=60)
def test_loss_and_gradients_are_those_of_linear_and_cross_entropy(tokens, width, vocabulary, at_once, short):
    tensors, targets = tensors_of(tokens, width, vocabulary)
    expected = F.cross_entropy(F.linear(*tensors), targets)
    before = module._AT_ONCE, module._SHORT
    module._AT_ONCE, module._SHORT = at_once, short
    try:
        loss = OutputLoss()(*tensors, targets)
        with torch.no_grad():
            without_gradients = OutputLoss()(*tensors, targets)
    finally:
        module._AT_ONCE, module._SHORT = before
    assert loss.item() == pytest.approx(expected.item(), rel=1e-12, abs=1e-12)
    assert without_gradients.item() == pytest.approx(expected.item(), rel=1e-12, abs=1e-12)
    actual, wanted = torch.autograd.grad(loss * 3, tensors), torch.autograd.grad(expected * 3, tensors)
    for gradient, other in zip(actual, wanted, strict=True):
        torch.testing.assert_close(gradient, other, rtol=1e-10, atol=1e-12)


def test_gradients_survive_the_next_step_in_the_same_memory():
    tensors, targets = tensors_of(6, 3, 5)
    output = OutputLoss()
    loss = output(*tensors, targets)
    output(*tensors_of(6, 3, 5, seed=1)[0], targets)
    expected = torch.autograd.grad(F.cross_entropy(F.linear(*tensors), targets), tensors)
    for gradient, other in zip(torch.autograd.grad(loss, tensors), expected, strict=True):
        torch.testing.assert_close(gradient, other, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("short", [0, 64])
def test_a_hopeless_guess_has_a_large_and_finite_loss_and_a_broken_one_none(monkeypatch, short):
    monkeypatch.setattr(module, "_SHORT", short)
    hidden, bias, targets = torch.ones(1, 1), torch.zeros(2), torch.tensor([1])
    for enabled in (True, False):
        with torch.set_grad_enabled(enabled):
            assert OutputLoss()(hidden, torch.tensor([[1e4], [-1e4]]), bias, targets).item() == 2e4
            assert not OutputLoss()(hidden, torch.tensor([[float("nan")], [0.0]]), bias, targets).isfinite()
            assert not OutputLoss()(hidden, torch.tensor([[float("inf")], [0.0]]), bias, targets).isfinite()
