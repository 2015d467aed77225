"""Dropout's numbers: torch's own, whoever draws them."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.nn import noise
from rnnlab.nn.native import finding
from rnnlab.nn.noise import draw_noise

pytestmark = pytest.mark.usefixtures("native")


def both(like, share, seed, before=0):
    """What is drawn here and by torch, and the number that either's generator gives next."""
    found = []
    for draw in (draw_noise, lambda like, share: F.dropout(torch.ones_like(like), share, training=True)):
        torch.manual_seed(seed)
        torch.rand(before)
        found.append((draw(like, share), torch.rand(1)))
    return found


@given(
    shape=st.lists(st.integers(1, 40), min_size=1, max_size=3),
    share=st.floats(0.001, 0.999),
    seed=st.integers(0, 2**32),
    before=st.integers(0, 1300),
    dtype=st.sampled_from([torch.float32, torch.float64]),
)
def test_it_is_what_torchs_dropout_multiplies_with(shape, share, seed, before, dtype):
    mine, theirs = both(torch.empty(shape, dtype=dtype), share, seed, before)
    assert torch.equal(mine[0], theirs[0])
    assert torch.equal(mine[1], theirs[1]), "the generator went on as far"


def test_nothing_is_drawn_for_nothing():
    torch.manual_seed(1)
    state = torch.get_rng_state()
    assert draw_noise(torch.empty(3), 0.0) is None
    assert torch.equal(torch.get_rng_state(), state)


def test_a_strided_tensor_gets_noise_of_its_shape():
    noise_of = draw_noise(torch.empty(5, 7).t(), 0.5)
    assert noise_of is not None
    assert noise_of.shape == (7, 5)


def test_where_torch_draws_otherwise_it_draws_itself(monkeypatch):
    if finding.kernels() is None:
        pytest.skip("no kernels here")
    noise._agrees.cache_clear()
    draw = noise._draw
    monkeypatch.setattr(noise, "_draw", lambda kernels, out, share: draw(kernels, out, share / 2))
    try:
        mine, theirs = both(torch.empty(1000), 0.3, seed=3)
        assert torch.equal(mine[0], theirs[0])
        assert not noise._agrees(finding.kernels())
    finally:
        noise._agrees.cache_clear()


def test_to_ask_whether_both_agree_leaves_the_generator_as_it_was():
    noise._agrees.cache_clear()
    mine, theirs = both(torch.empty(10), 0.3, seed=4)
    assert torch.equal(mine[0], theirs[0])
    if (kernels := finding.kernels()) is not None:
        assert noise._agrees(kernels)
