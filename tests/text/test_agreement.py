"""Agreement: pairs differ in the verb's number alone, tests and training text share no beginning, and both are made
again exactly.
"""

import itertools
import random

import pytest

from rnnlab.errors import BadInput
from rnnlab.text import bundled
from rnnlab.text.agreement import (
    Cell,
    Pair,
    begin,
    bundled_grammar,
    corpus_text,
    pairs,
    read_grammar,
    read_pairs,
    tabulate,
)

GRAMMAR = bundled_grammar()
PAIRS = tuple(pairs(GRAMMAR, each=5))
SMALL = """
openings = ["The"]
adjectives = ["old"]
nouns = [["cat", "cats"]]
verbs = [["was", "were"]]
complements = ["full"]
plain = ["outside"]
with_noun = ["near the {other}"]
"""


def test_the_bundled_corpus_is_what_the_bundled_grammar_writes():
    assert bundled.path_of("agreement").read_text(encoding="utf-8") == corpus_text(GRAMMAR)


def test_a_pair_differs_in_the_verbs_number_alone():
    forms = dict(GRAMMAR.verbs) | {p: s for s, p in GRAMMAR.verbs}
    for pair in PAIRS:
        differing = [(good, bad) for good, bad in forms.items() if pair.good.replace(good, bad, 1) == pair.bad]
        assert differing, pair


def test_the_right_verb_agrees_with_the_first_noun():
    number = {noun: plural for nouns in GRAMMAR.nouns for plural, noun in enumerate(nouns)}
    for pair in PAIRS:
        first = next(word for word in pair.good.split() if word in number)
        verb = next(verb for verb in GRAMMAR.verbs if any(f" {form} " in pair.good for form in verb))
        assert f" {verb[number[first]]} " in pair.good


def test_distance_counts_the_words_and_attractors_the_nouns_of_the_opposite_number():
    number = {noun: plural for nouns in GRAMMAR.nouns for plural, noun in enumerate(nouns)}
    auxiliary = {form.split()[0] for verb in GRAMMAR.verbs for form in verb}
    for pair in PAIRS:
        words = pair.good.split()
        noun = next(at for at, word in enumerate(words) if word in number)
        verb = next(at for at, word in enumerate(words) if word in auxiliary)
        between = words[noun + 1 : verb]
        assert pair.distance == len(between)
        assert pair.attractors == sum(word in number and number[word] != number[words[noun]] for word in between)


def test_there_are_as_many_tests_for_every_number_of_attractors():
    counts = [pair.attractors for pair in PAIRS]
    assert [counts.count(n) for n in range(5)] == [25, 20, 15, 10, 5]


def test_no_tested_beginning_is_in_the_training_text():
    text = bundled.path_of("agreement").read_text(encoding="utf-8")
    for pair in pairs(GRAMMAR):
        words = zip(pair.good.split(), pair.bad.split(), strict=True)
        shared = itertools.takewhile(lambda both: both[0] == both[1], words)
        beginning = " ".join(word for word, _ in shared)
        assert all(f"{beginning} {form} " not in text for verb in GRAMMAR.verbs for form in verb), pair
        assert pair.good not in text


def test_the_same_seed_makes_the_same_tests_and_another_one_others():
    assert tuple(pairs(GRAMMAR, each=5)) == PAIRS
    assert tuple(pairs(GRAMMAR, each=5, seed=2)) != PAIRS


def test_helpers_have_the_nouns_own_number():
    small = read_grammar(SMALL)
    seen = {begin(small, random.Random(seed), 1, 1, 1).text for seed in range(40)}
    assert all(text.count("cat") == 3 for text in seen)
    assert all((text.split()[2] == "cats") == (text.count("cats") == 2) for text in seen)


def test_a_grammar_that_is_too_small_for_the_tests_says_so():
    with pytest.raises(BadInput, match="too few different sentences"):
        list(pairs(read_grammar(SMALL)))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("openings", "closings"), "does not read"),
        (('["outside"]', "[]"), "has no plain"),
        (("{other}", "dogs"), "no {other}"),
        (('["was", "were"]', '["was"]'), "does not read"),
        (("=", "=="), "does not read"),
    ],
)
def test_a_grammar_that_does_not_hold_is_refused(change, sentence):
    text = SMALL.replace(*change)
    with pytest.raises(BadInput, match=sentence):
        read_grammar(text)


def test_a_persons_own_pairs_are_read():
    text = "# mine\nThe cat sat. | The cat sit.\n\n a b | a c \n"
    assert read_pairs(text) == (Pair("The cat sat.", "The cat sit.", 2), Pair("a b", "a c", 1))


@pytest.mark.parametrize("text", ["no bar", "a | b | c", "same | same", "| b", "", "# only\n"])
def test_what_is_no_pair_is_refused(text):
    with pytest.raises(BadInput, match="pair"):
        read_pairs(text)


def test_accuracy_is_told_by_distance_and_attractors():
    judged = [(Pair("a", "b", d, n), m) for d, n, m in [(0, 0, 1), (1, 0, -1), (3, 0, 2), (4, 1, 0.0), (6, 1, 3)]]
    assert tabulate(judged) == (Cell(0, 0, 0, 1, 1), Cell(1, 3, 0, 2, 1), Cell(4, 6, 1, 2, 1))
    assert tabulate(judged)[1].accuracy == 0.5
