"""The batches that are shown are the batches that are trained on."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnlab.errors import BadInput
from rnnlab.nn.batches import EpochBatches, ids_on
from rnnlab.specs import FIELDS, DataSpec
from rnnlab.text.corpus import Corpus
from rnnlab.text.parts import part_of
from rnnlab.text.windows import batch


@pytest.mark.parametrize("sampling", FIELDS["data.sampling"].about.choices)
@pytest.mark.parametrize("epoch", [1, 3])
@pytest.mark.parametrize("number", [1, 2, 7])
@pytest.mark.parametrize("seed", [1, 2**40 + 5])
@pytest.mark.parametrize("held_out", FIELDS["data.held_out"].about.choices)
def test_the_rows_are_those_of_the_real_batches(
    sampling: str, epoch: int, number: int, seed: int, held_out: str
) -> None:
    data = DataSpec(sampling=sampling, batch=5, steps=11, held_out=held_out)
    corpus = Corpus.open("gazette", data)
    x, y = EpochBatches(ids_on(part_of(corpus, data, "train")), data, epoch=epoch, seed=seed)[number - 1]
    shown = batch(corpus, data, number=number, epoch=epoch, seed=seed)
    assert [list(row.x) for row in shown.rows] == x.T.tolist()
    assert [list(row.y) for row in shown.rows] == y.T.tolist()


def test_y_is_x_one_token_later() -> None:
    corpus = Corpus.open("the-tide-clock")
    for row in batch(corpus, DataSpec(batch=3, steps=20)).rows:
        assert row.x[1:] == row.y[:-1]
        assert "".join(row.tokens) == corpus.text[row.start : row.start + 21]


def test_a_batch_that_is_not_there_is_refused() -> None:
    corpus = Corpus.open("the-tide-clock")
    with pytest.raises(BadInput, match="an epoch has batches 1 to"):
        batch(corpus, DataSpec(), number=10**6)


def test_where_the_text_makes_no_batch_is_said_what_would_fit(tmp_path: Path) -> None:
    (tmp_path / "short.txt").write_text("a short text")
    corpus = Corpus.open(str(tmp_path / "short.txt"))
    with pytest.raises(BadInput, match="64 steps are too many for the 12 tokens to train on: steps 1"):
        batch(corpus, DataSpec(split=0))
