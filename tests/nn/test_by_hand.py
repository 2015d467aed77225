"""A batch learnt without autograd comes to the loss, the state and the gradients that autograd comes to."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch

from rnnlab.nn.by_hand import gradient_of
from rnnlab.nn.model import LanguageModel
from rnnlab.nn.native import finding
from rnnlab.specs import ModelSpec
from rnnlab.specs.cells import CELLS

STEPS, BATCH, VOCABULARY = 5, 3, 11

pytestmark = pytest.mark.usefixtures("native")


def model_of(cell: str, engine: str, **changes: Any) -> LanguageModel:
    if engine == "native" and finding.kernels() is None:
        pytest.skip(finding.found().reason)
    torch.manual_seed(4)
    model = LanguageModel(ModelSpec(cell=cell, hidden=9, **changes), VOCABULARY, engine).double()
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, 7.0)
    return model


def batch(steps: int = STEPS) -> tuple[torch.Tensor, torch.Tensor]:
    text = torch.randint(VOCABULARY, (BATCH, steps + 1), generator=torch.Generator().manual_seed(steps)).t()
    return text[:-1], text[1:]


def by_autograd(model: LanguageModel, *arguments: Any) -> tuple[torch.Tensor, tuple[torch.Tensor, ...]]:
    model.zero_grad()
    loss, state = model.loss(*arguments)
    loss.backward()
    return loss.detach(), tuple(part.detach() for part in state)


def assert_same(model: LanguageModel, *arguments: Any) -> tuple[torch.Tensor, ...]:
    """Learns both ways, from the same random numbers; gives the state after it."""
    random = torch.get_rng_state()
    loss, state = model.learn(*arguments)
    found = {name: gradient_of(parameter).clone() for name, parameter in model.named_parameters()}
    torch.set_rng_state(random)
    wanted_loss, wanted_state = by_autograd(model, *arguments)
    torch.testing.assert_close(loss, wanted_loss, rtol=1e-10, atol=0)
    for mine, theirs in zip(state, wanted_state, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-10, atol=1e-12)
    for name, parameter in model.named_parameters():
        scale = float(gradient_of(parameter).abs().max())
        torch.testing.assert_close(found[name], parameter.grad, rtol=1e-10, atol=1e-10 * scale, msg=name)
    return state


@pytest.mark.parametrize(
    ("cell", "engine", "layers"),
    [(name, engine, layers) for name in CELLS for engine in ("native", "fused") for layers in (1, 3)],
)
def test_loss_state_and_gradients_are_autograds(cell: str, engine: str, layers: int) -> None:
    for embedding, dropout in itertools.product((0, 9), (0.0, 0.4)):
        model = model_of(cell, engine, layers=layers, embedding=embedding, dropout=dropout, tied=embedding > 0)
        state = assert_same(model, *batch())
        assert_same(model, *batch(), state)
        assert_same(model, *batch(steps=2), state)


@pytest.mark.parametrize("engine", ["native", "fused", "torch", "scratch"])
@pytest.mark.parametrize("changes", [{"bidirectional": True, "layers": 2}, {"embedding": 4}], ids=str)
def test_a_model_that_is_not_computed_by_hand_learns_the_same(engine: str, changes: dict[str, Any]) -> None:
    assert_same(model_of("lstm", engine, **changes), *batch())


def test_a_model_that_was_told_to_be_sure_of_itself_is_not_silenced() -> None:
    model = model_of("gru", "fused", layers=2, dropout=0.5).eval()
    assert_same(model, *batch())
    assert torch.equal(model.learn(*batch())[0], model.learn(*batch())[0])


def test_what_a_batch_gave_is_not_written_over_by_the_next() -> None:
    model = model_of("lstm", "fused", layers=2)
    loss, state = model.learn(*batch())
    kept = [loss.clone(), *(part.clone() for part in state)]
    model.learn(*batch(), state)
    assert all(torch.equal(a, b) for a, b in zip(kept, [loss, *state], strict=True))


@pytest.mark.parametrize("engine", ["native", "fused"])
def test_logits_that_are_made_piece_by_piece_come_to_the_same(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = model_of("gru", engine, layers=2).learn(*batch())[0]
    for module in ("rnnlab.nn.loss", "rnnlab.nn.native.batch"):
        monkeypatch.setattr(f"{module}._AT_ONCE", 4 * VOCABULARY)
    model = model_of("gru", engine, layers=2)
    torch.testing.assert_close(model.learn(*batch())[0], whole, rtol=1e-12, atol=0)
    assert_same(model, *batch())


def test_parameters_that_moved_are_learnt_from_where_they_are() -> None:
    model = model_of("lstm", "native")
    assert_same(model, *batch())
    for parameter in model.parameters():
        parameter.data = parameter.detach() / 2
    assert_same(model, *batch())
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, 7.0)
    assert_same(model, *batch())


@pytest.mark.parametrize("name", ["embedding.weight", "recurrent.bias_hh_l1", "output.weight"])
def test_who_hangs_a_hook_on_a_parameter_is_heard(name: str) -> None:
    model = model_of("rnn", "fused", layers=2, embedding=4)
    heard: list[torch.Tensor] = []
    model.get_parameter(name).register_hook(heard.append)
    model.learn(*batch())
    assert len(heard) == 1
