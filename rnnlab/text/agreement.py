"""Sentences in which a verb must agree with a noun far before it, and the pairs that test whether a model knows.

After Linzen et al., https://arxiv.org/abs/1611.01368, and Marvin & Linzen, https://arxiv.org/abs/1808.09031: of two
sentences that differ in the verb's number alone, a model that knows the rule holds the right one for likelier. The
grammar is a data file. A sentence's part before the verb is either for training or for tests, by its digest, so that
no tested one was ever read. It must not know models or screens.
"""

from __future__ import annotations

import hashlib
import random
import tomllib
from collections.abc import Iterator, Sequence

import msgspec

from rnnlab.errors import BadInput
from rnnlab.text import bundled

GRAMMAR = "agreement.toml"
"""The bundled grammar, beside the corpora."""
MODIFIERS = 4
"""Most modifiers between a noun and its verb in a test; the corpus has up to one fewer."""
_TESTED = 8
"""One in so many beginnings is for tests."""
_TRIES = 200
"""Beginnings drawn for each one that must be new, before the grammar is called too small."""


class Pair(msgspec.Struct, frozen=True):
    """Two texts, of which a model should find the first likelier."""

    good: str
    bad: str
    distance: int = 0
    """Words between the noun and its verb."""
    attractors: int = 0
    """Nouns of the opposite number among them."""


class Grammar(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What sentences are made of."""

    openings: tuple[str, ...]
    adjectives: tuple[str, ...]
    nouns: tuple[tuple[str, str], ...]
    """(singular, plural) each."""
    verbs: tuple[tuple[str, str], ...]
    """(singular, plural) each."""
    complements: tuple[str, ...]
    plain: tuple[str, ...]
    """Modifiers without a noun that could attract the verb."""
    with_noun: tuple[str, ...]
    """Modifiers with one, written {other}."""


class Beginning(msgspec.Struct, frozen=True):
    """A sentence up to its verb."""

    text: str
    plural: bool
    distance: int
    attractors: int

    @property
    def tested(self) -> bool:
        """Whether it is for tests and never for training."""
        return hashlib.sha256(self.text.encode()).digest()[0] % _TESTED == 0


def read_grammar(text: str) -> Grammar:
    """The grammar in a TOML document; raises BadInput where it is none."""
    try:
        grammar = msgspec.convert(tomllib.loads(text), Grammar)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise BadInput(f"the grammar does not read: {error}; start from a copy of the bundled {GRAMMAR}") from None
    for name in Grammar.__struct_fields__:
        if not getattr(grammar, name):
            raise BadInput(f"the grammar has no {name}: give at least one")
    if any("{other}" not in modifier for modifier in grammar.with_noun):
        raise BadInput(
            "a modifier of with_noun has no {other}, where its noun would stand: add it, or move it to plain"
        )
    return grammar


def bundled_grammar() -> Grammar:
    """The grammar that the bundled corpus was written by."""
    return read_grammar((bundled.folder() / GRAMMAR).read_text(encoding="utf-8"))


def begin(grammar: Grammar, chance: random.Random, plain: int, attractors: int, helpers: int = 0) -> Beginning:
    """A sentence up to its verb with so many modifiers of each kind, mixed: without a noun, with one of the opposite
    number (attractors), with one of the same number (helpers).
    """
    plural = chance.random() < 0.5
    kinds = [None] * plain + [not plural] * attractors + [plural] * helpers
    # Not `shuffle`: see `_one`.
    kinds.sort(key=lambda _: chance.random())
    modifiers = [_modifier(grammar, chance, kind) for kind in kinds]
    noun = _one(chance, grammar.nouns)[plural]
    words = " ".join([_one(chance, grammar.openings), _one(chance, grammar.adjectives), noun, *modifiers])
    return Beginning(words, plural, sum(len(modifier.split()) for modifier in modifiers), attractors)


def pairs(grammar: Grammar, *, seed: int = 1, each: int = 50, modifiers: int = MODIFIERS) -> Iterator[Pair]:
    """Tests, `each` for every number of modifiers and of attractors among them; deterministic.

    Raises BadInput where the grammar has too few different sentences for that.
    """
    chance, seen = random.Random(seed), set[str]()
    for count in range(modifiers + 1):
        for attractors in range(count + 1):
            for _ in range(each):
                beginning = _new(grammar, chance, count - attractors, attractors, seen)
                yield _pair(beginning, _one(chance, grammar.verbs), _one(chance, grammar.complements))


def _new(grammar: Grammar, chance: random.Random, plain: int, attractors: int, seen: set[str]) -> Beginning:
    for _ in range(_TRIES):
        beginning = begin(grammar, chance, plain, attractors)
        if beginning.tested and beginning.text not in seen:
            seen.add(beginning.text)
            return beginning
    raise BadInput("the grammar makes too few different sentences: give it more nouns, adjectives or openings")


def _pair(beginning: Beginning, verb: tuple[str, str], complement: str) -> Pair:
    good, bad = (
        f"{beginning.text} {verb[number]} {complement}." for number in (beginning.plural, not beginning.plural)
    )
    return Pair(good, bad, beginning.distance, beginning.attractors)


def corpus_text(grammar: Grammar, *, seed: int = 1, sentences: int = 6000) -> str:
    """A text to train on, one sentence a line, none of whose beginnings is in a test; deterministic."""
    chance, lines = random.Random(seed), []
    while len(lines) < sentences:
        count = int(chance.random() * MODIFIERS)
        nouns = int(chance.random() * (count + 1))
        attractors = int(chance.random() * (nouns + 1))
        beginning = begin(grammar, chance, count - nouns, attractors, nouns - attractors)
        verb, complement = _one(chance, grammar.verbs)[beginning.plural], _one(chance, grammar.complements)
        if not beginning.tested:
            lines.append(f"{beginning.text} {verb} {complement}.\n")
    return "".join(lines)


def read_pairs(text: str) -> tuple[Pair, ...]:
    """A person's own pairs: on each line the right text, `|`, the wrong text; blank lines and # comments are left out.

    Raises BadInput that names the line.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        texts = [part.strip() for part in line.split("|")]
        if len(texts) != 2 or not all(texts) or texts[0] == texts[1]:
            raise BadInput(f"line {number} is no pair: write the right text, a |, and a wrong text that differs")
        found.append(Pair(*texts, distance=_apart(*texts)))
    if not found:
        raise BadInput("there are no pairs in it: write on each line a right text, a |, and a wrong one")
    return tuple(found)


def _apart(good: str, bad: str) -> int:
    """Words before the first one in which the texts differ: all that is known of how far a pair reaches."""
    same = 0
    for a, b in zip(good.split(), bad.split(), strict=False):
        if a != b:
            break
        same += 1
    return same


class Cell(msgspec.Struct, frozen=True):
    """The pairs of one distance and one number of attractors."""

    low: int
    """The smallest distance in it, in words."""
    high: int
    attractors: int
    pairs: int
    right: int

    @property
    def accuracy(self) -> float:
        return self.right / self.pairs


def tabulate(judged: Sequence[tuple[Pair, float]], width: int = 3) -> tuple[Cell, ...]:
    """Accuracy by distance, in bins of `width` words after 0, and by attractors; margins above 0 are right."""
    bins: dict[tuple[int, int], list[bool]] = {}
    for pair, margin in judged:
        bins.setdefault((-(-pair.distance // width), pair.attractors), []).append(margin > 0)
    return tuple(
        Cell(max(0, (n - 1) * width + 1) if n else 0, n * width, attractors, len(right), sum(right))
        for (n, attractors), right in sorted(bins.items())
    )


def _modifier(grammar: Grammar, chance: random.Random, plural: bool | None) -> str:
    if plural is None:
        return _one(chance, grammar.plain)
    return _one(chance, grammar.with_noun).replace("{other}", _one(chance, grammar.nouns)[plural])


def _one(chance: random.Random, many: Sequence):
    # `random()` alone is promised to give the same numbers in every Python.
    return many[int(chance.random() * len(many))]
