"""Copies that were planted are found where they were planted, quickly, and nothing else is."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.specs import DataSpec
from rnnlab.text.corpus import Corpus
from rnnlab.text.originality import Copied, originality, training_text
from rnnlab.text.suffixes import SuffixArray

LETTERS = "abcdefghijklmnopqrstuvwxyz      \n"


@pytest.fixture(scope="module")
def ten_megabytes():
    return SuffixArray("".join(random.Random(1).choices(LETTERS, k=10_000_000)))


def invented(length, seed):
    """Text of the same alphabet that chance alone makes."""
    return "".join(random.Random(seed).choices(LETTERS, k=length))


def test_copies_planted_in_a_text_are_found_in_ten_megabytes_in_under_a_second_and_no_others(ten_megabytes):
    places, lengths = [123_456, 9_999_000, 0, 5_000_000], [20, 500, 33, 21]
    copies = [ten_megabytes.text[place : place + length] for place, length in zip(places, lengths, strict=True)]
    # Q stands nowhere in the training text, so that no copy goes on by chance.
    text = "Q".join(part for n, copy in enumerate(copies) for part in (invented(3000, 100 + n), copy)) + "Q"
    begin = time.perf_counter()
    found = originality(text, ten_megabytes)
    assert time.perf_counter() - begin < 1
    assert [(text[s.start : s.start + s.length], s.place) for s in found.spans] == list(
        zip(copies, places, strict=True)
    )
    assert (found.copied, found.characters) == (sum(lengths), len(text))


def test_nineteen_characters_are_the_languages_own(ten_megabytes):
    copy = ten_megabytes.text[777:796]
    assert originality(f"Q{copy}Q", ten_megabytes).spans == ()
    assert originality(f"Q{copy}Q", ten_megabytes, 19).spans == (Copied(1, 19, 777),)


@given(st.text("ab", max_size=60), st.text("ab", max_size=40))
def test_the_spans_are_all_the_longest_copies(training, text):
    spans = []
    for start in range(len(text)):
        ends = [end for end in range(start + 4, len(text) + 1) if text[start:end] in training]
        if ends and not any(span[0] + span[1] >= ends[-1] for span in spans):
            spans.append((start, ends[-1] - start))
    found = originality(text, SuffixArray(training), 4)
    assert [(span.start, span.length) for span in found.spans] == spans
    covered = {at for start, length in spans for at in range(start, start + length)}
    assert found.copied == len(covered)
    assert all(training[s.place : s.place + s.length] == text[s.start : s.start + s.length] for s in found.spans)


def test_a_text_that_was_copied_whole_is_one_span():
    text = "the tide turns and the clock turns with it"
    found = originality(text, SuffixArray("Nan said: " + text + "."))
    assert found.spans == (Copied(0, len(text), 10),)
    assert found.share == 1


def test_an_empty_text_copies_nothing():
    assert originality("", SuffixArray("something long enough to copy")).share == 0


@pytest.mark.parametrize("tokens", ["char", "byte", "word"])
def test_the_training_text_is_what_comes_before_the_held_out_end(tokens):
    text = "so the tide turned. " * 50
    corpus = Corpus.from_text(text, DataSpec(tokens=tokens, split=0.25))
    trained = training_text(corpus)
    assert text.startswith(trained)
    assert len(trained) == pytest.approx(750, abs=12)
