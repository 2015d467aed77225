"""Every engine computes what torch.nn does: outputs, states and all gradients, in float64, to 1e-10."""

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rnnlab.nn.cells import REGISTRY
from rnnlab.nn.cells.base import by_gate
from rnnlab.nn.native import finding
from rnnlab.nn.recurrent import Recurrent
from rnnlab.specs.cells import CELLS

MODULES = {
    "rnn": nn.RNN,
    "rnn-relu": lambda *sizes, **options: nn.RNN(*sizes, nonlinearity="relu", **options),
    "gru": nn.GRU,
    "lstm": nn.LSTM,
}
VOCABULARY = 7


def assert_close(actual, expected, what):
    scale = max(expected.abs().max().item(), 1e-3)
    torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10 * scale, msg=lambda text: f"{what}: {text}")


def results(run, parameters, x, state):
    """Output, last state and every gradient of a run, by name."""
    state = tuple(part.clone().requires_grad_() for part in state)
    x = x.clone().requires_grad_(x.is_floating_point())
    out, last = run(x, state)
    weights = [torch.linspace(-1, 1, part.numel(), dtype=part.dtype).view_as(part) for part in (out, *last)]
    sum((part * weight).sum() for part, weight in zip((out, *last), weights, strict=True)).backward()
    found = {"out": out} | {f"state {i}": part for i, part in enumerate(last)}
    found |= {f"gradient of {name}": parameter.grad for name, parameter in parameters}
    found |= {f"gradient of first state {i}": part.grad for i, part in enumerate(state)}
    return found | ({"gradient of x": x.grad} if x.is_floating_point() else {})


pytestmark = pytest.mark.usefixtures("native")


def compare(cell, engine, *, steps, batch, hidden, layers=1, bidirectional=False, embedded=False, dropout=0.0):
    if engine == "native" and finding.kernels() is None:
        pytest.skip(finding.found().reason)
    torch.manual_seed(steps * 100 + batch)
    inputs = 5 if embedded else VOCABULARY
    theirs = MODULES[cell](inputs, hidden, num_layers=layers, bidirectional=bidirectional, dropout=dropout).double()
    ours = Recurrent(REGISTRY[cell], inputs, hidden, layers=layers, bidirectional=bidirectional).double()
    ours.load_state_dict(theirs.state_dict())
    ours.dropout = dropout
    ids = torch.randint(VOCABULARY, (steps, batch))
    x = torch.randn(steps, batch, inputs, dtype=torch.float64)
    one_hot = nn.functional.one_hot(ids, VOCABULARY).double()
    state = tuple(torch.randn_like(part) for part in ours.zero_state(batch))

    def run_theirs(x, state):
        out, last = theirs(x, state if len(state) > 1 else state[0])
        return out, last if isinstance(last, tuple) else (last,)

    torch.manual_seed(1)
    expected = results(run_theirs, theirs.named_parameters(), x if embedded else one_hot, state)
    torch.manual_seed(1)
    actual = results(lambda x, s: ours(x, s, engine), ours.named_parameters(), x if embedded else ids, state)
    for name, value in actual.items():
        assert_close(value, expected[name], f"{name} of {cell} by {engine}")


@pytest.mark.parametrize("engine", ["scratch", "native", "fused", "torch"])
@pytest.mark.parametrize(
    ("cell", "layers", "bidirectional", "embedded"),
    list(itertools.product(MODULES, (1, 3), (False, True), (False, True))),
)
def test_outputs_states_and_gradients_are_those_of_torch_nn(engine, cell, layers, bidirectional, embedded):
    compare(cell, engine, steps=6, batch=3, hidden=10, layers=layers, bidirectional=bidirectional, embedded=embedded)


@pytest.mark.parametrize("engine", ["scratch", "native", "fused"])
@pytest.mark.parametrize("cell", MODULES)
@given(steps=st.integers(1, 5), batch=st.integers(1, 4), hidden=st.sampled_from([1, 2, 7, 31, 33, 64, 66, 96]))
@settings(max_examples=12)
def test_they_are_so_for_every_shape_a_single_step_and_a_single_row_included(engine, cell, steps, batch, hidden):
    compare(cell, engine, steps=steps, batch=batch, hidden=hidden)


@pytest.mark.parametrize("engine", ["scratch", "native", "fused"])
@pytest.mark.parametrize("cell", MODULES)
def test_dropout_between_layers_silences_what_torch_nn_would_silence(engine, cell):
    compare(cell, engine, steps=4, batch=3, hidden=8, layers=3, bidirectional=True, dropout=0.4)


@pytest.mark.parametrize("engine", ["native", "fused"])
@pytest.mark.parametrize("threads", [2, 3])
@pytest.mark.parametrize("cell", MODULES)
def test_sharing_the_work_among_threads_changes_nothing(cell, threads, engine):
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        compare(cell, engine, steps=4, batch=3, hidden=96, layers=2)
    finally:
        torch.set_num_threads(before)


def test_the_simplified_gru_is_the_full_one_with_its_reset_gate_held_open_and_its_update_gate_turned():
    torch.manual_seed(1)
    simple = Recurrent(REGISTRY["gru-simple"], VOCABULARY, 6).double()
    for parameter in simple.parameters():
        nn.init.normal_(parameter, std=0.5)
    full = nn.GRU(VOCABULARY, 6).double()
    with torch.no_grad():
        for name, parameter in full.named_parameters():
            update, candidate = simple.get_parameter(name).chunk(2)
            # An open reset gate is sigmoid(infinity) = 1; torch.nn's Z keeps what this one's Z replaces.
            parameter.copy_(torch.cat([torch.full_like(update, 1e3 if "bias" in name else 0.0), -update, candidate]))
    ids = torch.randint(VOCABULARY, (5, 3))
    state = torch.randn(1, 3, 6, dtype=torch.float64)
    expected, _ = full(nn.functional.one_hot(ids, VOCABULARY).double(), state)
    actual, _ = simple(ids, (state,), "scratch")
    assert_close(actual, expected, "outputs of gru-simple")


@pytest.mark.parametrize(
    ("steps", "batch", "hidden", "layers", "bidirectional", "embedded"),
    [(6, 3, 10, 1, False, False), (5, 2, 64, 3, True, True), (1, 1, 1, 1, False, True), (3, 4, 33, 2, True, False)],
)
def test_the_simplified_gru_by_hand_is_its_equations(steps, batch, hidden, layers, bidirectional, embedded):
    torch.manual_seed(2)
    cell, inputs = REGISTRY["gru-simple"], 5 if embedded else VOCABULARY
    recurrent = Recurrent(cell, inputs, hidden, layers=layers, bidirectional=bidirectional).double()
    for parameter in recurrent.parameters():
        nn.init.normal_(parameter, std=0.5)
    ids = torch.randint(VOCABULARY, (steps, batch))
    x = torch.randn(steps, batch, inputs, dtype=torch.float64) if embedded else ids
    state = tuple(torch.randn_like(part) for part in recurrent.zero_state(batch))
    found = {}
    for engine in ("scratch", "fused", *(("native",) if finding.kernels() else ())):
        recurrent.zero_grad()
        found[engine] = results(lambda x, s: recurrent(x, s, engine), recurrent.named_parameters(), x, state)  # noqa: B023
    for engine, values in found.items():
        for name, value in values.items():
            assert_close(value, found["scratch"][name], f"{name} by {engine}")


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_two_products_are_one_product_of_what_is_put_side_by_side(cell):
    """X·W_xh + H·W_hh = [X H]·[W_xh; W_hh]"""
    recurrent = Recurrent(REGISTRY[cell], 5, 4).double()
    nn.init.normal_(recurrent.get_parameter("weight_ih_l0"))
    nn.init.normal_(recurrent.get_parameter("weight_hh_l0"))
    weights = by_gate(recurrent.weights()[0][0], CELLS[cell].gates)
    X, H = torch.randn(3, 5, dtype=torch.float64), torch.randn(3, 4, dtype=torch.float64)
    for W_x, W_h in zip(weights.x, weights.h, strict=True):
        assert_close(torch.cat([X, H], dim=1) @ torch.cat([W_x, W_h]), X @ W_x + H @ W_h, "product")
