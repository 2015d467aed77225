"""Vocabularies: lossless, ordered by rule, and safe to read from strangers."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.errors import CheckpointError
from rnnlab.text.tokenizations import CHUNK
from rnnlab.text.vocabulary import Vocabulary

KINDS = ("char", "byte", "word")
ALPHABETS = (
    st.text(),
    st.text(st.characters(max_codepoint=0x7F)),
    st.text(st.characters(min_codepoint=0x10000)),
    st.text(st.sampled_from("e\u0301\u0323\u200d👩👧\ufe0f\r\n\u2028\x00\ufffd\ufeff")),
)
TEXTS = st.one_of(*ALPHABETS)


@pytest.mark.parametrize("kind", ["char", "byte"])
@given(TEXTS)
def test_decoding_gives_back_exactly_what_was_encoded(kind: str, text: str) -> None:
    vocabulary = Vocabulary.build(kind, text)
    assert vocabulary.decode(vocabulary.encode(text)) == text


@given(TEXTS)
def test_decoding_is_lossless_with_a_token_for_the_unknown_too(text: str) -> None:
    vocabulary = Vocabulary.build("char", text, unknown=True)
    assert vocabulary.tokens[0] == "<unk>"
    assert vocabulary.decode(vocabulary.encode(text)) == text


@pytest.mark.parametrize("kind", KINDS)
@given(TEXTS, TEXTS)
def test_encoding_agrees_with_looking_up_each_token(kind: str, known: str, text: str) -> None:
    for unknown in (False, True):
        vocabulary = Vocabulary.build(kind, known, unknown=unknown, min_count=1)
        ids = {token: i for i, token in enumerate(vocabulary.tokens)}
        if kind == "byte":
            expected = list(text.encode())
        else:
            pieces = list(text) if kind == "char" else list(words_of(text))
            looked_up = [ids.get(piece, vocabulary.unknown) for piece in pieces]
            expected = [i for i in looked_up if i is not None]
        assert vocabulary.encode(text).tolist() == expected


def words_of(text: str) -> list[str]:
    everything = Vocabulary.build("word", text, min_count=1)
    return [everything.tokens[i] for i in everything.encode(text)]


@pytest.mark.parametrize("kind", KINDS)
@given(TEXTS, st.text(), st.data())
def test_a_decoder_fed_one_id_at_a_time_writes_what_decode_does(kind: str, text: str, other: str, data: Any) -> None:
    vocabulary = Vocabulary.build(kind, text + other, unknown=True, min_count=1)
    ids = data.draw(st.lists(st.integers(0, len(vocabulary) - 1), max_size=60))
    decoder = vocabulary.decoder()
    assert "".join(map(decoder.feed, ids)) + decoder.flush() == vocabulary.decode(ids)


@pytest.mark.parametrize("kind", KINDS)
@given(st.lists(st.sampled_from(["ab", "b ", "\n", "é", "红", "👍", "c, "]), min_size=1), st.randoms())
def test_the_order_of_tokens_does_not_depend_on_where_they_first_appeared(
    kind: str, pieces: list[str], random: Any
) -> None:
    spaced = [f" {piece} " for piece in pieces]
    before = Vocabulary.build(kind, "".join(spaced))
    random.shuffle(spaced)
    assert Vocabulary.build(kind, "".join(spaced)) == before


@pytest.mark.parametrize("kind", KINDS)
@given(TEXTS)
def test_a_vocabulary_survives_json(kind: str, text: str) -> None:
    vocabulary = Vocabulary.build(kind, text, unknown=True)
    if len(vocabulary):
        read = Vocabulary.from_document(json.loads(json.dumps(vocabulary.to_document())))
        assert read == vocabulary
        assert read.encode(text).tolist() == vocabulary.encode(text).tolist()


@pytest.mark.parametrize("kind", KINDS)
@given(st.text(st.characters()))
def test_no_prompt_kills_a_vocabulary(kind: str, prompt: str) -> None:
    vocabulary = Vocabulary.build(kind, "to be or not to be")
    ids = vocabulary.encode(prompt)
    vocabulary.unknown_in(prompt)
    assert isinstance(vocabulary.decode(ids), str)


def test_unknown_characters_are_left_out_or_replaced_and_always_named() -> None:
    plain, with_unknown = (Vocabulary.build("char", "abc", unknown=u) for u in (False, True))
    assert (plain.unknown, with_unknown.unknown) == (None, 0)
    assert plain.unknown_in("axbyx红") == ("x", "y", "红")
    assert with_unknown.unknown_in("axbyx红") == ("x", "y", "红")
    assert plain.decode(plain.encode("axb红")) == "ab"
    assert with_unknown.decode(with_unknown.encode("axb红")) == "a\ufffdb\ufffd"


def test_rare_words_are_unknown_and_the_frequent_come_first() -> None:
    vocabulary = Vocabulary.build("word", "b a b a b once")
    assert vocabulary.tokens == ("<unk>", "b", "a")
    assert vocabulary.unknown_in("once a b") == ("once",)
    assert vocabulary.decode(vocabulary.encode("once a b")) == "<unk> a b"
    assert Vocabulary.build("word", "b a b a b once", max_size=1).tokens == ("<unk>", "b")
    assert len(Vocabulary.build("word", "b a b a b once", min_count=1)) == 4


def test_a_decoder_writes_on_after_a_prefix() -> None:
    vocabulary = Vocabulary.build("word", "the clock, the clock,")
    decoder = vocabulary.decoder(after=vocabulary.encode("the"))
    assert "".join(map(decoder.feed, vocabulary.encode("clock,"))) == " clock,"


def test_half_a_character_is_held_back_until_it_is_whole() -> None:
    decoder = Vocabulary.build("byte", "").decoder()
    first, second, third = "红".encode()
    assert [decoder.feed(first), decoder.feed(second), decoder.feed(third)] == ["", "", "红"]
    assert decoder.feed(first) == ""
    assert decoder.flush() == "\ufffd"
    assert decoder.feed(65) == "A"


@pytest.mark.parametrize(("size", "kind"), [(256, "uint8"), (257, "uint16"), (65537, "uint32")])
def test_ids_have_the_smallest_type_that_fits(size: int, kind: str) -> None:
    text = "".join(chr(0x20000 + i) for i in range(size))
    vocabulary = Vocabulary.build("char", text)
    assert len(vocabulary) == size
    assert vocabulary.encode(text).dtype == np.dtype(kind)
    assert vocabulary.decode(vocabulary.encode(text)) == text


def test_a_text_longer_than_a_chunk_is_encoded_whole() -> None:
    text = "红a" * (CHUNK // 2) + "楼"
    vocabulary = Vocabulary.build("char", text)
    ids = vocabulary.encode(text)
    assert len(ids) == len(text)
    assert ids[-3:].tolist() == [2, 0, 1]


GOOD = {"kind": "char", "unknown": None, "tokens": ["a", "b"]}


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        GOOD | {"more": 1},
        GOOD | {"kind": "pickle"},
        GOOD | {"kind": ["char"]},
        GOOD | {"tokens": []},
        GOOD | {"tokens": "ab"},
        GOOD | {"tokens": ["a", "a"]},
        GOOD | {"tokens": ["a", 1]},
        GOOD | {"tokens": ["a", ""]},
        GOOD | {"tokens": ["a", "bc"]},
        GOOD | {"tokens": ["a", "\udc80"]},
        GOOD | {"kind": "word", "tokens": ["a", "b" * 100_000]},
        GOOD | {"unknown": 2},
        GOOD | {"unknown": -1},
        GOOD | {"unknown": True},
        GOOD | {"unknown": "0"},
    ],
)
def test_a_damaged_document_is_refused_in_a_sentence(document: object) -> None:
    with pytest.raises(CheckpointError, match="vocabulary is damaged"):
        Vocabulary.from_document(document)
    assert len(Vocabulary.from_document(GOOD)) == 2
