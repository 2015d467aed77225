"""Corpora held in memory: read once, and again when they changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnlab.errors import CorpusError
from rnnlab.hosts.texts import Texts
from rnnlab.specs import DataSpec


def test_a_text_is_read_once_for_each_way_of_tokenizing_it(corpus: Path) -> None:
    texts = Texts()
    data = DataSpec(corpus=str(corpus))
    assert texts.open(data) is texts.open(data)
    # What cuts it into batches leaves it the same text.
    assert texts.open(DataSpec(corpus=str(corpus), batch=2, split=0.5)) is texts.open(data)
    assert texts.open(DataSpec(corpus=str(corpus), tokens="byte")) is not texts.open(data)
    assert texts.report(data) is texts.report(data)


@pytest.mark.parametrize("home_relative", [False, True])
def test_a_file_that_changed_is_read_again_however_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home_relative: bool
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / "mine.txt"
    data = DataSpec(corpus="~/mine.txt" if home_relative else str(path))
    texts = Texts()
    path.write_text("one text " * 20)
    before = texts.report(data)
    path.write_text("quite another text " * 20)
    after = texts.report(data)
    assert before.sha256 != after.sha256
    assert texts.passage(data, 0, 5).text == "quite"
    path.unlink()
    with pytest.raises(CorpusError, match="does not exist"):
        texts.report(data)


def test_of_texts_that_are_asked_for_again_and_again_nothing_is_left_but_they(corpus: Path) -> None:
    texts = Texts()
    for _ in range(3):
        texts.report(DataSpec(corpus=str(corpus)))
    assert not texts._making


def test_a_file_in_a_folder_that_changed_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    path = tmp_path / "letters" / "1.txt"
    path.write_text("one text " * 20)
    texts, data = Texts(), DataSpec(corpus=str(tmp_path / "letters"))
    before = texts.report(data)
    path.write_text("quite another text " * 20)
    assert texts.report(data).sha256 != before.sha256


def test_few_are_held(tmp_path: Path) -> None:
    texts = Texts()
    datas = []
    for number in range(6):
        path = tmp_path / f"{number}.txt"
        path.write_text(f"text number {number} " * 10)
        datas.append(DataSpec(corpus=str(path)))
    opened = [texts.open(data) for data in datas]
    assert texts.open(datas[-1]) is opened[-1]
    assert texts.open(datas[0]) is not opened[0]


def test_the_bundled_corpora_have_entries_that_open() -> None:
    texts = Texts()
    entries = texts.entries()
    assert len(entries) > 1
    first = texts.report(DataSpec(corpus=entries[0].name))
    assert first.characters == entries[0].characters
