"""Hypotheses hold where a reader would say so, token by token."""

import numpy as np
import pytest

from rnnlab.errors import BadInput
from rnnlab.text.hypotheses import pieces_of, truth_of
from rnnlab.text.vocabulary import Vocabulary


def marked(name, text, pattern=""):
    """The text with a caret under each character where it holds."""
    return "".join("^" if holds else "." for holds in truth_of(name, pattern, list(text)))


def test_a_match_holds_at_all_its_characters():
    assert marked("match", "a cat, a dog", r"\b\w{3}\b") == "..^^^....^^^"


def test_inside_quotes_is_from_the_opening_mark_to_before_the_closing_one():
    assert marked("quotes", 'I "am" “so” x') == "..^^^.." + "^^^..."


def test_a_quote_that_a_paragraph_cuts_off_is_none():
    assert marked("quotes", 'a "b\n\nc "d" e') == "........^^..."


def test_the_place_in_the_line_begins_again_at_each_line_end():
    assert truth_of("line", "", list("ab\ncd")).tolist() == [0, 1, 0, 1, 2]


@pytest.mark.parametrize("kind", ["char", "byte", "word"])
def test_tokens_of_every_kind_are_told_by_their_last_character(kind):
    text = "the cat — the dog and the cat and the dog —\n"
    vocabulary = Vocabulary.build(kind, text)
    pieces = pieces_of(vocabulary, vocabulary.encode(text))
    truth = truth_of("match", "dog", pieces)
    assert len(truth) == len(pieces)
    ends = np.cumsum([len(piece) for piece in pieces])
    read = "".join(pieces)
    assert [read[end - 1] in "dog" and "dog" in read[max(0, end - 3) : end + 2] for end in ends] == truth.tolist()


def test_what_is_no_regular_expression_and_no_hypothesis_is_refused():
    with pytest.raises(BadInput, match="no regular expression"):
        truth_of("match", "[", ["a"])
    with pytest.raises(BadInput, match="no hypothesis"):
        truth_of("mood", "", ["a"])
