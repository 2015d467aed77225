"""Generating side by side: the same text, and a difference that is found."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rnnlab.bench import generate
from rnnlab.bench.contenders import Shape
from rnnlab.bench.values import Figure, SameText

TINY = Shape(cell="lstm", hidden=8, vocabulary=11)


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_every_stepper_writes_the_textbook_s_text_with_the_same_numbers(cell: str) -> None:
    shape = Shape(cell=cell, hidden=8, vocabulary=11)
    rows = list(generate.same_texts(shape, generate.sharpened(shape), 200))
    assert {"equations", "numpy"} <= {row.who for row in rows}
    assert all(row.tokens == 200 and row.faults == 0 for row in rows)
    assert all(row.ties <= 2 for row in rows)


def test_a_stepper_of_other_weights_is_found_out(monkeypatch) -> None:
    model = generate.sharpened(TINY)
    other = generate.steppers(model)["numpy"]
    with torch.no_grad():
        model.output.weight.mul_(0.5)
    monkeypatch.setattr(generate, "steppers", lambda model: {"other": other})
    (row,) = generate.same_texts(TINY, model, 200)
    assert isinstance(row, SameText)
    assert row.faults > 0


def test_the_reference_text_is_one_that_a_model_writes_and_not_one_letter() -> None:
    text = generate.textbook_text(TINY, generate.sharpened(TINY), 100)
    assert len({token for token, _ in text}) > 3
    assert all(np.isfinite(logits).all() and logits.shape == (11,) for _, logits in text)


def test_everybody_s_characters_a_second_are_beside_the_textbook_s(monkeypatch) -> None:
    effort = generate.Effort(rounds=1, seconds=0.001)
    monkeypatch.setattr(generate, "_LAP", 2)
    rows = list(generate.race(TINY, generate.sharpened(TINY), effort))
    assert all(isinstance(row, Figure) and row.ratio and row.value.median > 0 for row in rows)
    assert rows[0].who == "textbook"
    assert any("at once" in row.who for row in rows)
