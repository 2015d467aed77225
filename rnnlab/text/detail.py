"""A second look at a corpus: frequency ranks, rare tokens where they stand, lines, hidden characters.

It takes seconds where the report takes milliseconds, so a face asks for it on its own. It must not know files or
screens.
"""

from __future__ import annotations

import unicodedata

import numpy as np

from rnnlab.text import characters
from rnnlab.text.corpus import Corpus
from rnnlab.text.lines import line_detail
from rnnlab.text.report import Context, CorpusDetail, CurvePoint, NamedCount, RareToken, TokenDetail
from rnnlab.text.statistics import is_rare, token_counts
from rnnlab.text.tokenizations import CHUNK, REPLACEMENT, code_points
from rnnlab.text.visible import is_hidden

RARE_SHOWN = 200
"""Rare tokens told of at most, the rarest."""
CONTEXTS = 3
"""Places told of for each of them at most."""
CONTEXT_TOKENS = {"char": 24, "byte": 32, "word": 5}
"""How far such a place reaches to each side: a few words."""
CURVE_POINTS = 120
"""Points of the rank-frequency curve at most."""


def detail(corpus: Corpus) -> CorpusDetail:
    """Everything that takes longer to know."""
    counts = token_counts(corpus)
    order = np.lexsort((np.arange(len(counts)), -counts))
    return CorpusDetail(
        tokens=_tokens(corpus, counts, order),
        rare=_rare(corpus, counts),
        rare_lines_share=_rare_lines_share(corpus, is_rare(counts)),
        lines=line_detail(corpus.text),
        hidden=hidden_characters(corpus.text),
        composed=unicodedata.is_normalized("NFC", corpus.text),
        curve=_curve(counts[order]),
    )


def hidden_characters(text: str) -> tuple[NamedCount, ...]:
    """The characters that a terminal would obey or that nothing is seen of, but line ends and tabs."""
    counts = np.zeros(0x110000, dtype=np.int64)
    for start in range(0, len(text), CHUNK):
        piece = np.bincount(code_points(text[start : start + CHUNK]))
        counts[: len(piece)] += piece
    present = ((chr(code), int(counts[code])) for code in np.flatnonzero(counts))
    return tuple(
        NamedCount(codepoint=characters.codepoint(character), name=characters.name(character), count=count)
        for character, count in present
        if is_hidden(character) and character not in "\n\r\t"
    )


def _tokens(corpus: Corpus, counts: np.ndarray, order: np.ndarray) -> tuple[TokenDetail, ...]:
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(1, len(order) + 1)
    cumulative = (np.cumsum(counts[order]) / counts.sum())[ranks - 1]
    columns = zip(corpus.vocabulary.tokens, ranks.tolist(), cumulative.tolist(), strict=True)
    return tuple(
        TokenDetail(
            id=i,
            rank=rank,
            cumulative=share,
            category=characters.category(token) if len(token) == 1 else "",
        )
        for i, (token, rank, share) in enumerate(columns)
    )


def _rare(corpus: Corpus, counts: np.ndarray) -> tuple[RareToken, ...]:
    rarest = sorted(np.flatnonzero(is_rare(counts)).tolist(), key=lambda i: (counts[i], i))[:RARE_SHOWN]
    chosen = np.zeros(len(counts), dtype=bool)
    chosen[rarest] = True
    # One pass over the text finds the places of all of them.
    places: dict[int, list[int]] = {i: [] for i in rarest}
    for position in np.flatnonzero(chosen[corpus.ids]).tolist():
        places[int(corpus.ids[position])].append(position)
    return tuple(
        RareToken(
            id=i,
            token=corpus.vocabulary.tokens[i],
            count=int(counts[i]),
            contexts=tuple(_context(corpus, position) for position in places[i][:CONTEXTS]),
        )
        for i in rarest
    )


def _context(corpus: Corpus, position: int) -> Context:
    reach = CONTEXT_TOKENS[corpus.spec.tokens]
    before = corpus.vocabulary.decode(corpus.ids[max(0, position - reach) : position])
    after = corpus.vocabulary.decode(corpus.ids[position + 1 : position + 1 + reach])
    # Bytes may be cut in the middle of a character, at the far ends only.
    return Context(position=position, before=before.lstrip(REPLACEMENT), after=after.rstrip(REPLACEMENT))


def _rare_lines_share(corpus: Corpus, rare: np.ndarray) -> float:
    ends = {"\n", "\r\n"} if "\n" in corpus.text else {"\r"}
    ending = np.array([token in ends for token in corpus.vocabulary.tokens])[corpus.ids]
    # A line end belongs to the line it ends.
    line = np.cumsum(ending) - ending
    return len(np.unique(line[rare[corpus.ids]])) / int(line[-1] + 1)


def _curve(falling: np.ndarray) -> tuple[CurvePoint, ...]:
    present = int((falling > 0).sum())
    ranks = np.unique(np.geomspace(1, present, CURVE_POINTS).round().astype(np.int64))
    return tuple(CurvePoint(rank=int(rank), count=int(falling[rank - 1])) for rank in ranks)
