"""Training side by side: the same curves, and a difference that is found."""

from __future__ import annotations

import math

import pytest
import torch

from rnnlab.bench import contenders as compared
from rnnlab.bench import machine, train
from rnnlab.bench.contenders import Shape, contenders, textbook
from rnnlab.bench.values import Agreement, Doing, Figure, Missing, Target
from rnnlab.nn.model import LanguageModel
from rnnlab.training import pace as paces

TINY = Shape(cell="gru", hidden=8, vocabulary=11, batch=4, steps=6)
EFFORT = train.Effort(sizes=((8, 11),), rounds=2, seconds=0.001, agree=(12,))


@pytest.fixture(autouse=True)
def without_a_compiler(monkeypatch) -> None:
    """Building takes a while, and is tested where it belongs."""
    monkeypatch.setattr(machine, "kernels", lambda: "there is no compiler")


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_every_engine_comes_to_the_textbook_s_curve_from_the_same_weights(cell: str) -> None:
    shape = Shape(cell=cell, hidden=8, vocabulary=11, batch=4, steps=6)
    rows = list(train.agreements(shape, steps=12))
    assert {"fused", "torch"} <= {row.who for row in rows}
    assert all(row.agrees for row in rows)
    assert all(abs(row.loss - row.reference) < 1e-4 for row in rows)


def test_a_curve_of_another_model_does_not_agree() -> None:
    batches = train.walk(TINY, 12)
    reference = train.losses(lambda: textbook(TINY), batches)
    other = train.losses(dict(contenders(TINY))["torch.nn"], batches)
    twins = [train.losses(lambda to=to: textbook(TINY, nudged=to), batches) for to in (-1.0, 1.0)]
    rounding = train.astray(reference, twins)
    assert train.agree(twins[0], reference, rounding)
    assert not train.agree(other, reference, rounding)


def test_a_loss_that_is_no_number_agrees_with_nothing() -> None:
    assert not train.agree([1.0, math.nan], [1.0, 1.0], [0.0, 5.0])


@pytest.mark.parametrize(
    ("effort", "hidden", "steps"),
    [
        (train.USUAL, 64, 60),
        (train.USUAL, 256, 200),
        (train.USUAL, 300, 5),
        (train.USUAL, 4096, 5),
        (train.QUICK, 256, 20),
        (train.QUICK, 1024, 5),
    ],
)
def test_a_large_model_is_compared_before_rounding_alone_leads_it_anywhere(effort, hidden, steps) -> None:
    assert train.alone(effort, hidden).agree == (steps,)


def test_rounding_is_the_farthest_that_a_twin_went_astray_so_far() -> None:
    assert train.astray([1.0, 1.0, 1.0], [[1.0, 1.25, 1.0], [1.0, 1.0, 0.875]]) == [0.0, 0.25, 0.25]


def test_a_race_has_everybody_beside_the_textbook_and_the_best_of_ours() -> None:
    rows = [row for row in train.race(TINY, EFFORT) if isinstance(row, Figure)]
    assert {"textbook", "torch.nn", "fused", "torch", "best"} <= {row.who for row in rows}
    by_name = {row.who: row for row in rows}
    ours = [row for row in rows if row.who not in ("textbook", "torch.nn", "best")]
    assert by_name["best"].value == max((row.value for row in ours), key=lambda value: value.median)
    assert by_name["best"].targets == (Target(1.0, "ratio"),), "never below the textbook loop at any shape"
    assert by_name["textbook"].ratio is not None
    assert by_name["textbook"].ratio.median == 1.0
    assert by_name["torch.nn"].share is None, "another model has another arithmetic"
    share = by_name["fused"].share
    assert share is not None
    assert 0 < share < 2


def test_a_target_of_an_engine_that_is_not_here_is_said_to_be_missing(monkeypatch) -> None:
    monkeypatch.setitem(train.RATIOS, (8, 11), {"quantum": (9.0, 9.0, 9.0), "fused": (1.0, 2.5, 3.0)})
    rows = list(train.race(TINY, EFFORT))
    missing = [(row.who, row.why) for row in rows if isinstance(row, Missing)]
    assert missing == [("quantum", "there is no compiler")]
    fused = next(row for row in rows if isinstance(row, Figure) and row.who == "fused")
    assert fused.targets == (Target(2.5, "ratio"),), "the GRU's"


def test_all_that_is_measured_of_a_size_comes_cell_by_cell() -> None:
    rows = list(train.measure(EFFORT))
    told = [row.what.split(",")[0] for row in rows if isinstance(row, Doing)]
    assert told[1:] == ["RNN", "RNN", "GRU", "GRU", "LSTM", "LSTM"]
    assert sum(isinstance(row, Agreement) for row in rows) >= 6


def test_necessary_arithmetic_counts_the_recurrent_and_the_output_products_thrice() -> None:
    assert machine.operations(TINY) == 3 * 2 * (3 * 8 * 8 + 8 * 11)
    two = Shape(cell="rnn", hidden=4, vocabulary=5, layers=2)
    assert machine.operations(two) == 3 * 2 * (3 * 4 * 4 + 4 * 5), "a second layer reads the first"


def test_the_walk_is_the_same_each_time_and_its_targets_are_the_next_tokens() -> None:
    one, other = train.walk(TINY, 3), train.walk(TINY, 3)
    assert all(torch.equal(a, b) for pair in zip(one, other, strict=True) for a, b in zip(*pair, strict=True))
    for x, y in one:
        assert torch.equal(x[1:], y[:-1])
        assert x.shape == (6, 4)


def test_an_engine_is_measured_in_the_layout_that_a_training_would_take(monkeypatch) -> None:
    times = {"whole": 3.0, "pieces-1": 1.0}
    monkeypatch.setattr(paces, "_time", lambda step, pace: step(pace) or times[pace.layout])
    compared.layout_of.cache_clear()
    shape, taken = Shape(cell="lstm", hidden=16, vocabulary=11, batch=2, steps=3), []
    assert compared.layout_of(shape, "fused", 1) == "pieces-1"
    monkeypatch.setattr(LanguageModel, "use", lambda model, engine, layout: taken.append((engine, layout)))
    compared.learner(shape, "fused")
    compared.layout_of.cache_clear()
    assert taken == [("fused", "pieces-1")]
