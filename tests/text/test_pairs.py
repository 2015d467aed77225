"""Byte pairs: learnt from the text, lossless on any text, kept as merges alone."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.errors import CheckpointError, CorpusError
from rnnlab.specs import DataSpec
from rnnlab.text.corpus import Corpus
from rnnlab.text.vocabulary import Vocabulary

TEXT = "The tide turns, the tide turns again; 红楼梦 红楼 naïve 👩‍👩‍👧 tides.\r\n" * 20


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    pytest.importorskip("tokenizers")
    return Vocabulary.build("bpe", TEXT, max_size=300)


@given(st.text())
def test_any_text_comes_back_as_it_was(vocabulary: Vocabulary, text: str) -> None:
    assert vocabulary.decode(vocabulary.encode(text)) == text


@given(st.text(max_size=20))
def test_a_stream_of_tokens_comes_to_the_same_text(vocabulary: Vocabulary, text: str) -> None:
    decoder = vocabulary.decoder()
    assert "".join(map(decoder.feed, vocabulary.encode(text).tolist())) + decoder.flush() == text


def test_the_vocabulary_is_bytes_and_pairs_and_no_larger_than_asked(vocabulary: Vocabulary) -> None:
    # A pair that spells what another one does already is not counted twice.
    assert 290 <= len(vocabulary) <= 300
    assert vocabulary.tokens[65] == "A"
    assert vocabulary.tokens[0xE7] == "<0xE7>"
    assert " tide" in vocabulary.tokens
    assert vocabulary.unknown is None


def test_learning_is_the_same_each_time(vocabulary: Vocabulary) -> None:
    assert Vocabulary.build("bpe", TEXT, max_size=300) == vocabulary


def test_frequent_words_are_one_token_and_texts_are_shorter(vocabulary: Vocabulary) -> None:
    ids = vocabulary.encode(TEXT)
    assert len(ids) < len(TEXT) / 2
    assert vocabulary.decode(ids) == TEXT


def test_it_is_kept_as_its_merges_and_comes_back(vocabulary: Vocabulary) -> None:
    document = vocabulary.to_document()
    assert document["tokens"] == []
    again = Vocabulary.from_document(document)
    assert again == vocabulary
    assert again.encode(TEXT).tolist() == vocabulary.encode(TEXT).tolist()


@pytest.mark.parametrize(
    "merges", [[[0]], [[0, 256]], [[-1, 0]], ["ab"], "x", [[0, 1.5]], [[255 + i, 255 + i] for i in range(1, 40)]]
)
def test_merges_that_make_no_sense_are_refused(merges: object) -> None:
    with pytest.raises(CheckpointError, match="damaged"):
        Vocabulary.from_document({"kind": "bpe", "unknown": None, "tokens": [], "merges": merges})


def test_a_corpus_in_byte_pairs_has_its_characters_counted() -> None:
    pytest.importorskip("tokenizers")
    corpus = Corpus.from_text(TEXT, DataSpec(tokens="bpe", max_tokens=300))
    assert corpus.text == TEXT
    assert corpus.characters == len(TEXT)
    cut = Corpus.from_text(TEXT, DataSpec(tokens="bpe", max_tokens=300, limit=50))
    assert len(cut.ids) == 50
    assert cut.characters == len(cut.text)


def test_without_the_library_one_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(CorpusError, match="pip install tokenizers"):
        Vocabulary.build("bpe", TEXT)
