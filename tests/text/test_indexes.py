"""Suffix arrays that are kept: found again, made again where they are damaged, and told how far they are."""

from __future__ import annotations

import random

import numpy as np
import pytest

from rnnlab.text import indexes
from rnnlab.text.indexes import Indexes
from rnnlab.text.suffixes import SuffixArray

TEXT = "".join(random.Random(3).choices("abc é漢\n", k=500))


class Watched:
    """Counts how often something is sorted."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, stage: str, done: int, total: int) -> None:
        self.times += not done


@pytest.fixture(autouse=True)
def short_texts_are_kept_too(monkeypatch) -> None:
    monkeypatch.setattr(indexes, "WORTH_KEEPING", 1)


def test_an_array_is_sorted_once_and_then_the_same(tmp_path) -> None:
    watched = Watched()
    made, found = Indexes(tmp_path).of(TEXT, watched), Indexes(tmp_path).of(TEXT, watched)
    assert watched.times == 1
    assert np.array_equal(found.order, SuffixArray(TEXT).order)
    assert found.longest(TEXT[100:160] + "Q") == made.longest(TEXT[100:160] + "Q") == (100, 60)


def test_another_text_has_another_file_and_an_old_one_makes_room(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(indexes, "MAX_BYTES", 3000)
    watched = Watched()
    for text in (TEXT, TEXT[::-1], TEXT):
        Indexes(tmp_path).of(text, watched)
    assert watched.times == 3
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: b"\x01" + data[1:], lambda data: b""])
def test_a_damaged_file_is_made_again(tmp_path, damage) -> None:
    watched = Watched()
    Indexes(tmp_path).of(TEXT, watched)
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage(file.read_bytes()))
    assert np.array_equal(Indexes(tmp_path).of(TEXT, watched).order, SuffixArray(TEXT).order)
    assert watched.times == 2


def test_who_gives_up_leaves_nothing_behind(tmp_path) -> None:
    def give_up(stage: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Indexes(tmp_path).of(TEXT, give_up)
    assert not list(tmp_path.iterdir())
