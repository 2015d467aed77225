"""Two corpora's vocabularies side by side, for carrying a model over to another text. It must not know files."""

from __future__ import annotations

import math

from rnnlab.errors import CorpusError
from rnnlab.text import characters
from rnnlab.text.corpus import Corpus
from rnnlab.text.report import Comparison, SharedToken, Side, TokenCount

SHOWN = 50
"""Shared tokens told of at most."""


def compare(one: Corpus, other: Corpus) -> Comparison:
    """What is only in one of them; raises CorpusError where they are cut into different kinds of tokens."""
    if one.spec.tokens != other.spec.tokens:
        raise CorpusError(
            f"{one.name} is in tokens {one.spec.tokens}, {other.name} in {other.spec.tokens}: compare like with like"
        )
    counts, others = _counts(one), _counts(other)
    shared = counts.keys() & others.keys()
    rows = [
        SharedToken(token=token, one=counts[token] / len(one.ids), other=others[token] / len(other.ids))
        for token in sorted(shared)
    ]
    return Comparison(
        one=_side(one, counts, shared),
        other=_side(other, others, shared),
        shared=len(shared),
        differing=tuple(sorted(rows, key=_difference, reverse=True)[:SHOWN]),
    )


def _difference(row: SharedToken) -> float:
    """How much a token does to tell the texts apart: its part of the divergence of their frequencies, both ways."""
    return (row.one - row.other) * math.log(row.one / row.other)


def _counts(corpus: Corpus) -> dict[str, int]:
    """How often each token comes; those that never do are not there."""
    pairs = zip(corpus.vocabulary.tokens, corpus.counts.tolist(), strict=True)
    return {token: count for token, count in pairs if count}


def _side(corpus: Corpus, counts: dict[str, int], shared: set[str]) -> Side:
    only = sorted(counts.keys() - shared, key=lambda token: (-counts[token], token))
    return Side(
        name=corpus.name,
        tokens=len(corpus.ids),
        distinct=len(counts),
        only=tuple(_counted(token, counts[token]) for token in only),
        only_share=sum(counts[token] for token in only) / len(corpus.ids),
    )


def _counted(token: str, count: int) -> TokenCount:
    return TokenCount(token=token, codepoint=characters.codepoint(token), name=characters.name(token), count=count)
