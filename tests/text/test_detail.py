"""The second look: ranks, rare tokens in their places, hidden characters."""

from __future__ import annotations

import itertools
import unicodedata
from collections import Counter

import pytest

from rnnlab.specs import DataSpec
from rnnlab.text.bundled import entries, path_of
from rnnlab.text.corpus import Corpus
from rnnlab.text.detail import CONTEXTS, CURVE_POINTS, RARE_SHOWN, detail
from rnnlab.text.statistics import RARE_BELOW

NAMES = [entry.name for entry in entries()]


@pytest.mark.parametrize("name", NAMES)
def test_ranks_cumulative_shares_and_categories_are_those_of_plain_python(name: str) -> None:
    text = path_of(name).read_text(encoding="utf-8")
    told = detail(Corpus.open(name)).tokens
    counts = Counter(text)
    ordered = sorted(counts, key=lambda character: (-counts[character], character))
    shares = [total / len(text) for total in itertools.accumulate(counts[c] for c in ordered)]
    alphabet = sorted(counts)
    assert [token.rank for token in told] == [ordered.index(c) + 1 for c in alphabet]
    assert [token.cumulative for token in told] == pytest.approx([shares[token.rank - 1] for token in told])
    assert [token.category for token in told] == [unicodedata.category(c) for c in alphabet]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["char", "word", "byte"])
def test_rare_tokens_stand_where_they_are_said_to(name: str, kind: str) -> None:
    corpus = Corpus.open(name, DataSpec(tokens=kind))
    counts = Counter(corpus.ids.tolist())
    rare = detail(corpus).rare
    assert [token.count for token in rare] == sorted(n for n in counts.values() if n < RARE_BELOW)[:RARE_SHOWN]
    for token in rare:
        assert counts[token.id] == token.count
        assert len(token.contexts) == min(token.count, CONTEXTS)
        for context in token.contexts:
            assert corpus.ids[context.position] == token.id
            if kind == "char":
                assert context.before + token.token + context.after in corpus.text


@pytest.mark.parametrize("name", NAMES)
def test_the_share_of_lines_with_a_rare_character_is_that_of_plain_python(name: str) -> None:
    text = path_of(name).read_text(encoding="utf-8")
    counts = Counter(text)
    lines = text.splitlines()
    touched = sum(any(counts[c] < RARE_BELOW for c in line) for line in lines)
    assert detail(Corpus.open(name)).rare_lines_share == pytest.approx(touched / len(lines))


def test_words_and_bytes_count_lines_as_characters_do() -> None:
    text = "common words here, common words here\n" * 9 + "rarest\n" + "common words here\n" * 9
    shares = {kind: detail(Corpus.from_text(text, DataSpec(tokens=kind))).rare_lines_share for kind in ("char", "byte")}
    assert shares == {"char": pytest.approx(1 / 19), "byte": pytest.approx(1 / 19)}


def test_control_and_invisible_characters_are_named_and_counted() -> None:
    hidden = detail(Corpus.from_text("a\x1b[0m\u202eb\u200b\u200b\u200d\ufe0f\r\n\t ")).hidden
    assert [(h.codepoint, h.name, h.count) for h in hidden] == [
        ("U+001B", "ESCAPE", 1),
        ("U+200B", "ZERO WIDTH SPACE", 2),
        ("U+202E", "RIGHT-TO-LEFT OVERRIDE", 1),
    ]


def test_a_text_with_letters_in_two_forms_is_not_composed() -> None:
    assert detail(Corpus.from_text("é\n")).composed
    assert not detail(Corpus.from_text("e\u0301\n")).composed
    assert detail(Corpus.from_text("e\u0301\n", DataSpec(clean=("nfc",)))).composed


@pytest.mark.parametrize("name", NAMES)
def test_the_curve_falls_from_the_first_rank_to_the_last(name: str) -> None:
    corpus = Corpus.open(name)
    falling = sorted(Counter(corpus.text).values(), reverse=True)
    curve = detail(corpus).curve
    assert (curve[0].rank, curve[-1].rank) == (1, len(falling))
    assert len(curve) <= CURVE_POINTS
    assert [point.count for point in curve] == [falling[point.rank - 1] for point in curve]


def test_a_torn_character_at_the_far_end_of_a_context_is_left_out() -> None:
    corpus = Corpus.from_text("红楼梦" * 40 + "!" + "红楼梦" * 40, DataSpec(tokens="byte"))
    context = next(token for token in detail(corpus).rare if token.token == "!").contexts[0]
    assert set(context.before + context.after) == set("红楼梦")
