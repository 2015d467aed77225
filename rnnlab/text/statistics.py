"""What can be said of a corpus from counting its tokens: the report, and passages of it.

Counting is vectorised and cheap: the report of a megabyte takes tens of milliseconds. It must not know files or
screens.
"""

from __future__ import annotations

import math

import numpy as np

from rnnlab.text import characters
from rnnlab.text.corpus import Corpus
from rnnlab.text.report import CorpusReport, Passage, TokenRow

RARE_BELOW = 5
"""A token that comes less often is rare: too seldom to be learnt, and likely to be missing where one validates."""
EXCERPT = 2000
"""Characters of the text that the report carries."""


def report(corpus: Corpus) -> CorpusReport:
    """The corpus as its tokenization sees it."""
    counts = corpus.counts
    rare = is_rare(counts)
    return CorpusReport(
        name=corpus.name,
        title=corpus.title,
        about=corpus.about,
        source=corpus.source,
        sha256=corpus.sha256,
        bytes=corpus.bytes,
        characters=corpus.characters,
        lines=corpus.lines,
        tokens=len(corpus.ids),
        encoding=corpus.encoding,
        vocabulary=_rows(corpus, counts, rare),
        uniform=float(len(corpus.vocabulary)),
        unigram=unigram_perplexity(counts),
        rare_tokens=int(rare.sum()),
        rare_share=float(counts[rare].sum() / counts.sum()),
        unknown_share=corpus.unknown_share,
        excerpt=corpus.head(EXCERPT),
    )


def passage(corpus: Corpus, start: int, length: int) -> Passage:
    """`length` tokens from token `start` on, or as many of them as the text has."""
    total = len(corpus.ids)
    begin = min(max(start, 0), total)
    ids = corpus.ids[begin : begin + max(length, 0)]
    return Passage(
        start=begin,
        total=total,
        text=corpus.vocabulary.decode(ids),
        tokens=tuple(corpus.vocabulary.tokens[i] for i in ids),
        ids=tuple(ids.tolist()),
    )


def is_rare(counts: np.ndarray) -> np.ndarray:
    """Which tokens come, but less than RARE_BELOW times, bool [vocabulary]."""
    return (counts > 0) & (counts < RARE_BELOW)


def unigram_perplexity(counts: np.ndarray) -> float:
    """exp of the entropy -Σ p ln p of the token frequencies."""
    shares = counts[counts > 0] / counts.sum()
    return math.exp(-float(shares @ np.log(shares)))


def _rows(corpus: Corpus, counts: np.ndarray, rare: np.ndarray) -> tuple[TokenRow, ...]:
    vocabulary, total = corpus.vocabulary, int(counts.sum())
    columns = zip(vocabulary.tokens, counts.tolist(), rare.tolist(), strict=True)
    return tuple(
        TokenRow(
            id=i,
            token=token,
            codepoint=characters.codepoint(token) if i != vocabulary.unknown else "",
            name=_name(token, vocabulary.kind, unknown=i == vocabulary.unknown, is_eos=i == vocabulary.eos),
            count=count,
            share=count / total,
            rare=seldom,
        )
        for i, (token, count, seldom) in enumerate(columns)
    )


def _name(token: str, kind: str, unknown: bool, is_eos: bool) -> str:
    if unknown:
        return "whatever the vocabulary lacks"
    if is_eos:
        return "end of a document"
    if kind in ("byte", "bpe") and token.startswith("<0x") and len(token) == 6:
        return "part of a character of several bytes"
    return characters.name(token)
