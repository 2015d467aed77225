"""The report's numbers are those that a few lines of plain Python give."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.specs import DataSpec
from rnnlab.text.bundled import entries, path_of
from rnnlab.text.corpus import Corpus
from rnnlab.text.report import TokenRow
from rnnlab.text.statistics import RARE_BELOW, passage, report

NAMES = [entry.name for entry in entries()]


def row(corpus: Corpus, token: str) -> TokenRow:
    return next(row for row in report(corpus).vocabulary if row.token == token)


@pytest.mark.parametrize("name", NAMES)
def test_counts_shares_and_perplexities_are_those_of_plain_python(name: str) -> None:
    text = path_of(name).read_text(encoding="utf-8")
    counts = Counter(text)
    told = report(Corpus.open(name))
    assert {row.token: row.count for row in told.vocabulary} == counts
    assert [row.token for row in told.vocabulary] == sorted(counts)
    assert all(row.share == row.count / len(text) for row in told.vocabulary)
    entropy = -sum(n / len(text) * math.log(n / len(text)) for n in counts.values())
    assert told.unigram == pytest.approx(math.exp(entropy))
    assert told.uniform == len(counts)
    rare = [n for n in counts.values() if n < RARE_BELOW]
    assert (told.rare_tokens, told.rare_share) == (len(rare), pytest.approx(sum(rare) / len(text)))
    assert told.lines == len(text.splitlines())
    assert (told.bytes, told.characters, told.tokens) == (len(text.encode()), len(text), len(text))
    assert text.startswith(told.excerpt)
    assert told.excerpt


def test_a_byte_report_counts_bytes_and_calls_the_absent_ones_not_rare() -> None:
    corpus = Corpus.from_text("红A红A", DataSpec(tokens="byte"))
    told = report(corpus)
    assert told.tokens == 8
    assert sum(row.count for row in told.vocabulary) == 8
    assert told.uniform == 256
    assert told.rare_tokens == len({*"红".encode(), ord("A")})
    assert not row(corpus, "B").rare
    assert row(corpus, "<0xE7>").name == "part of a character of several bytes"
    assert row(corpus, "A").codepoint == "U+0041"


def test_a_word_report_counts_the_unknown() -> None:
    corpus = Corpus.from_text("a b a b c d", DataSpec(tokens="word"))
    unknown = report(corpus).vocabulary[0]
    assert (unknown.token, unknown.count, unknown.codepoint) == ("<unk>", 2, "")
    assert unknown.name == "whatever the vocabulary lacks"


def test_each_character_has_its_code_point_and_name() -> None:
    corpus = Corpus.from_text("\na 红\u0301\x00\x01\ue000\U0001f469")
    named = {row.codepoint: row.name for row in report(corpus).vocabulary}
    assert named == {
        "U+0000": "NULL",
        "U+0001": "control character",
        "U+000A": "LINE FEED",
        "U+0020": "SPACE",
        "U+0061": "LATIN SMALL LETTER A",
        "U+0301": "COMBINING ACUTE ACCENT",
        "U+7EA2": unicodedata.name("红"),
        "U+E000": "private use",
        "U+1F469": "WOMAN",
    }


@given(st.text(st.sampled_from("ab红\n"), min_size=2), st.integers(-5, 60), st.integers(-5, 60))
def test_a_passage_is_a_slice_of_the_text_wherever_it_is_asked_for(text: str, start: int, length: int) -> None:
    seen = passage(Corpus.from_text(text), start, length)
    begin = min(max(start, 0), len(text))
    assert seen.text == text[begin : begin + max(length, 0)]
    assert "".join(seen.tokens) == seen.text
    assert (seen.start, seen.total, len(seen.ids)) == (begin, len(text), len(seen.text))


def test_a_passage_of_words_shows_tokens_and_ids_beside_the_text() -> None:
    corpus = Corpus.from_text("the cat, the cat", DataSpec(tokens="word"))
    seen = passage(corpus, 1, 2)
    assert seen.tokens == ("cat", "<unk>")
    assert seen.ids == tuple(corpus.ids[1:3].tolist())
