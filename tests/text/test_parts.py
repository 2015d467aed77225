"""The parts of a text."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.specs import DataSpec
from rnnlab.specs.arithmetic import split_spans
from rnnlab.text.corpus import Corpus
from rnnlab.text.parts import joined, part_of, window

TEXT = "abcdefghijklmnopqrstuvwxy"


def test_the_end_of_each_row_is_held_out_where_that_is_asked_for() -> None:
    data = DataSpec(split=0.25, test=0.125, held_out="rows", batch=3)
    corpus = Corpus.from_text(TEXT, data)
    parts = {name: corpus.vocabulary.decode(part_of(corpus, data, name)) for name in ("train", "validation", "test")}
    assert parts == {"train": "abcdeijklmqrstu", "validation": "fgnovw", "test": "hpx"}


def test_a_part_in_one_piece_is_the_corpus_own_memory_and_one_that_is_not_there_is_empty() -> None:
    data = DataSpec(split=0.2)
    corpus = Corpus.from_text(TEXT, data)
    assert np.shares_memory(part_of(corpus, data, "validation"), corpus.ids)
    assert len(part_of(corpus, data, "test")) == 0


@given(st.integers(0, 400), st.integers(1, 30), st.floats(0, 0.5), st.sampled_from(["end", "rows"]), st.data())
def test_a_window_is_what_the_joined_pieces_hold_there(
    tokens: int, batch: int, split: float, held_out: str, chance: st.DataObject
) -> None:
    ids = np.arange(tokens)
    spans = split_spans(DataSpec(split=split, batch=batch, held_out=held_out), tokens)["train"]
    whole = joined(ids, spans)
    start = chance.draw(st.integers(0, len(whole)))
    length = chance.draw(st.integers(0, len(whole) - start))
    assert window(ids, spans, start, length).tolist() == whole[start : start + length].tolist()
