"""One vector of parameters and one of gradients behind a whole model."""

from __future__ import annotations

import torch
from torch import nn

from rnnlab.specs import TrainSpec
from rnnlab.training.flat import FlatParameters
from rnnlab.training.optimizers import build


def test_moving_the_vector_moves_the_model() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    flat = FlatParameters(model)
    flat.parameter.data.fill_(0.25)
    assert all(bool((p == 0.25).all()) for p in model.parameters())
    assert flat.parameter.numel() == sum(p.numel() for p in model.parameters())


def test_backward_writes_into_the_vector_of_gradients() -> None:
    model = nn.Linear(3, 2)
    flat = FlatParameters(model)
    for _ in range(2):
        flat.gradient.zero_()
        model(torch.ones(1, 3)).sum().backward()
    assert flat.gradient.tolist() == [1.0] * 8


def test_one_step_over_the_vector_is_adam_over_the_parameters() -> None:
    torch.manual_seed(0)
    ours, theirs = nn.Linear(5, 3), nn.Linear(5, 3)
    theirs.load_state_dict(ours.state_dict())
    flat = FlatParameters(ours)
    one, many = build(flat.parameter, TrainSpec(lr=0.1)), torch.optim.Adam(theirs.parameters(), lr=0.1)
    for _ in range(3):
        x = torch.randn(4, 5)
        flat.gradient.zero_()
        many.zero_grad()
        ours(x).square().sum().backward()
        theirs(x).square().sum().backward()
        one.step(0.1)
        many.step()
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)


def test_a_tied_weight_is_in_the_vector_once() -> None:
    model = nn.ModuleDict({"embedding": nn.Embedding(7, 3), "output": nn.Linear(3, 7)})
    model["output"].weight = model["embedding"].weight
    flat = FlatParameters(model)
    assert flat.parameter.numel() == 7 * 3 + 7
    assert model["output"].weight is model["embedding"].weight
