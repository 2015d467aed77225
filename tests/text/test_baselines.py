"""The yardsticks are those that a few lines of plain Python give."""

from __future__ import annotations

import itertools
import lzma
import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlab.errors import CorpusError
from rnnlab.specs import DataSpec
from rnnlab.text import baselines as module
from rnnlab.text.baselines import baselines, kneser_ney_loss
from rnnlab.text.bundled import entries, path_of
from rnnlab.text.corpus import Corpus

NAMES = [entry.name for entry in entries()]


def loss(corpus: Corpus, name: str) -> float:
    return next(row.loss for row in baselines(corpus).rows if row.name == name)


@pytest.mark.parametrize("name", NAMES)
def test_unigram_and_bigram_are_those_of_plain_python(name: str) -> None:
    text = path_of(name).read_text(encoding="utf-8")
    cut, size = len(text) - len(text) // 10, len(set(text))
    corpus = Corpus.open(name)
    single = Counter(text[:cut])
    unigram = [-math.log((single[c] + 0.1) / (cut + 0.1 * size)) for c in text[cut:]]
    assert loss(corpus, "unigram") == pytest.approx(sum(unigram) / len(unigram))
    pairs, before = Counter(itertools.pairwise(text[:cut])), Counter(text[: cut - 1])
    asked = itertools.pairwise(text[cut - 1 :])
    bigram = [-math.log((pairs[a, b] + 0.1) / (before[a] + 0.1 * size)) for a, b in asked]
    assert loss(corpus, "bigram") == pytest.approx(sum(bigram) / len(bigram))
    assert loss(corpus, "uniform") == pytest.approx(math.log(size))


@pytest.mark.parametrize("name", NAMES)
def test_xz_is_what_xz_makes_of_the_file(name: str) -> None:
    raw = path_of(name).read_bytes()
    row = baselines(Corpus.open(name)).rows[-1]
    assert row.name == "xz"
    assert row.bits_per_character == pytest.approx(8 * len(lzma.compress(raw, preset=9)) / len(raw.decode()))
    assert row.loss == pytest.approx(row.bits_per_character * math.log(2))


class PlainKneserNey:
    """Interpolated Kneser-Ney as the formula is written, with dictionaries."""

    def __init__(self, tokens: Sequence[int], size: int, order: int) -> None:
        self.size, self.order = size, order
        padded = [-1] * (order + 1) + list(tokens)
        self.counts: dict[int, Counter[tuple[int, ...]]] = {}
        for length in range(order, 0, -1):
            ends = range(order + 1, len(padded))
            if length == order:
                grams = [tuple(padded[i - length + 1 : i + 1]) for i in ends]
            else:
                grams = [gram[1:] for gram in {tuple(padded[i - length : i + 1]) for i in ends}]
            self.counts[length] = Counter(grams)

    def probability(self, history: Sequence[int], token: int) -> float:
        padded = [-1] * self.order + list(history)
        result = 1 / self.size
        for length in range(1, self.order + 1):
            counts = self.counts[length]
            past = tuple(padded[len(padded) - length + 1 :])
            followers = {gram[-1]: count for gram, count in counts.items() if gram[:-1] == past}
            if followers:
                once, twice = (sum(1 for n in counts.values() if n == k) for k in (1, 2))
                discount = once / (once + 2 * twice) if once else 0.5
                total = sum(followers.values())
                own = max(followers.get(token, 0) - discount, 0)
                result = (own + discount * len(followers) * result) / total
        return result


@given(st.lists(st.integers(0, 4), min_size=12, max_size=60), st.integers(1, 5))
@settings(max_examples=40)
def test_the_5_gram_is_the_formula_whatever_the_text(tokens: list[int], order: int) -> None:
    held_out = len(tokens) // 4
    known = tokens[:-held_out]
    plain = PlainKneserNey(known, 5, order)
    probabilities = [plain.probability(tokens[:i], tokens[i]) for i in range(len(known), len(tokens))]
    expected = -sum(map(math.log, probabilities)) / held_out
    assert kneser_ney_loss(np.array(tokens), held_out, 5, order) == pytest.approx(expected)
    assert sum(plain.probability(known, token) for token in range(5)) == pytest.approx(1)


def test_large_keys_are_ranked_by_sorting_to_the_same_end(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = Corpus.open("gazette")
    before = baselines(corpus)
    monkeypatch.setattr(module, "DENSE", -1)
    assert baselines(corpus) == before


@pytest.mark.parametrize("name", NAMES)
def test_knowing_more_of_the_text_makes_it_easier(name: str) -> None:
    losses = [row.loss for row in baselines(Corpus.open(name)).rows[:4]]
    assert losses == sorted(losses, reverse=True)


def test_a_word_corpus_is_measured_per_character_too() -> None:
    corpus = Corpus.open("the-tide-clock", DataSpec(tokens="word"))
    for row in baselines(corpus).rows:
        assert row.perplexity == pytest.approx(math.exp(row.loss))
        assert row.bits_per_character == pytest.approx(row.loss / math.log(2) / corpus.characters_per_token)


def test_of_a_long_text_only_the_beginning_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_TOKENS", 10_000)
    told = baselines(Corpus.open("gazette"))
    assert (told.tokens, told.held_out) == (10_000, 1_000)


def test_a_text_without_a_tenth_to_hold_out_is_refused() -> None:
    with pytest.raises(CorpusError, match="too few to hold a tenth out"):
        baselines(Corpus.from_text("nineteen characters"))
    assert baselines(Corpus.from_text("now twenty character")).held_out == 2
