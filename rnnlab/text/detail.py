"""A second look at a corpus: frequency ranks, rare tokens where they stand, lines, hidden characters.

It takes seconds where the report takes milliseconds, so a face asks for it on its own. It must not know files or
screens.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import numpy as np

from rnnlab.text import characters
from rnnlab.text.corpus import Corpus
from rnnlab.text.encoding import Pace, watching
from rnnlab.text.lines import line_detail, line_ends
from rnnlab.text.report import Context, CorpusDetail, CurvePoint, NamedCount, RareToken, TokenDetail
from rnnlab.text.statistics import is_rare
from rnnlab.text.tokens import REPLACEMENT, code_points, count_ids
from rnnlab.text.visible import is_hidden

RARE_SHOWN = 200
"""Rare tokens told of at most, the rarest."""
CONTEXTS = 3
"""Places told of for each of them at most."""
CONTEXT_TOKENS = {"char": 24, "byte": 32, "word": 5, "bpe": 10}
"""How far such a place reaches to each side: a few words."""
LINES_OF = 64 << 20
"""Characters at the beginning whose lines are looked at one by one: a few seconds' work."""
CURVE_POINTS = 120
"""Points of the rank-frequency curve at most."""


def detail(corpus: Corpus, pace: Pace | None = None) -> CorpusDetail:
    """Everything that takes longer to know; what was found out is kept where the ids are."""
    if known := corpus.encoded.note("detail", CorpusDetail):
        return known
    found = _detail(corpus, pace)
    corpus.encoded.add_note("detail", found)
    return found


def _detail(corpus: Corpus, pace: Pace | None) -> CorpusDetail:
    counts = corpus.counts
    order = np.lexsort((np.arange(len(counts)), -counts))
    original = _Original()
    for piece in corpus.original.pieces(watching("looking closer", pace, corpus.bytes)):
        original.feed(piece)
    return CorpusDetail(
        tokens=_tokens(corpus, counts, order),
        rare=_rare(corpus, counts),
        rare_lines_share=_rare_lines_share(corpus, is_rare(counts)),
        lines=line_detail(_beginning(corpus)),
        ends=line_ends(original.counts, original.pairs),
        hidden=hidden_characters(original.counts),
        composed=original.composed or "nfc" in corpus.spec.clean,
        curve=_curve(counts[order]),
    )


class _Original:
    """What is to be known of the text before cleaning, which may be what takes it away."""

    def __init__(self) -> None:
        self.counts = np.zeros(0x110000, dtype=np.int64)
        """How often each code point comes."""
        self.pairs = 0
        """How often a carriage return is followed by a line feed."""
        self.composed = True
        self._last = ""

    def feed(self, piece: str) -> None:
        if piece.isascii():
            self.counts[:256] += count_ids(np.frombuffer(piece.encode("ascii"), dtype=np.uint8), 256)
        else:
            counted = np.bincount(code_points(piece))
            self.counts[: len(counted)] += counted
        self.pairs += piece.count("\r\n") + (self._last == "\r" and piece.startswith("\n"))
        # A mark may belong to the last character of the piece before.
        self.composed = self.composed and unicodedata.is_normalized("NFC", self._last + piece)
        self._last = piece[-1:]


def _beginning(corpus: Corpus) -> Iterator[str]:
    """The text as far as its lines are looked at one by one."""
    left = LINES_OF
    for piece in corpus.pieces():
        yield piece[:left]
        left -= len(piece)
        if left <= 0:
            return


def hidden_characters(counts: np.ndarray) -> tuple[NamedCount, ...]:
    """The characters that a terminal would obey or that nothing is seen of, but line ends and tabs."""
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
    places: dict[int, list[int]] = {i: [] for i in rarest}
    start = 0
    for ids in corpus.chunks() if rarest else ():
        for position in np.flatnonzero(chosen[ids]).tolist():
            places[int(ids[position])].append(start + position)
        start += len(ids)
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
    tokens = corpus.vocabulary.tokens
    ends = {"\n", "\r\n"} if any("\n" in token for token in tokens) else {"\r"}
    ending = np.array([token in ends or i == corpus.vocabulary.eos for i, token in enumerate(tokens)])
    if not rare.any():
        return 0.0
    lines, touched, last = 0, 0, -1
    for ids in corpus.chunks():
        ended = ending[ids]
        # A line end belongs to the line it ends.
        line = lines + np.cumsum(ended) - ended
        found = np.unique(line[rare[ids]])
        touched += len(found) - int(len(found) > 0 and found[0] == last)
        last = int(found[-1]) if len(found) else last
        lines += int(ended.sum())
    return touched / max(corpus.lines, lines, 1)


def _curve(falling: np.ndarray) -> tuple[CurvePoint, ...]:
    present = int((falling > 0).sum())
    ranks = np.unique(np.geomspace(1, present, CURVE_POINTS).round().astype(np.int64))
    return tuple(CurvePoint(rank=int(rank), count=int(falling[rank - 1])) for rank in ranks)
