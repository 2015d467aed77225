"""What may be true of each token of a text, for units of a model to tell: where a pattern matches, where one is inside
quotation marks, how far into the line one is.

It must not know models.
"""

from __future__ import annotations

import itertools
import re

import numpy as np

from rnnlab.errors import BadInput
from rnnlab.text.patterns import compiled
from rnnlab.text.vocabulary import Vocabulary

NAMES = ("match", "quotes", "line")
"""The hypotheses there are."""
_OPENING = {'"': '"', "“": "”", "«": "»", "„": "“", "「": "」"}
_LONGEST_QUOTE = 2000
"""Characters after which a quotation mark that nothing closes is taken for a slip."""


def truth_of(name: str, pattern: str, pieces: list[str]) -> np.ndarray:
    """`[tokens]`: whether it holds at each token (bool), or its number there (float64); pieces are the tokens' texts.

    A token counts by its last character. Raises BadInput where the pattern is none, or there is no such hypothesis.
    """
    text, ends = "".join(pieces), np.array(list(itertools.accumulate(map(len, pieces))), dtype=np.int64)
    if name == "match":
        truth = _matched(pattern, text)
    elif name == "quotes":
        truth = _quoted(text)
    elif name == "line":
        truth = _columns(text)
    else:
        raise BadInput(f"there is no hypothesis {name[:40]!a}: it is one of {', '.join(NAMES)}")
    # The first bytes of a character add no text yet: they count as what came before them.
    return truth[np.maximum(ends - 1, 0)] if len(truth) else truth[:0]


def pieces_of(vocabulary: Vocabulary, ids: np.ndarray) -> list[str]:
    """What each token adds to the text, as a reader sees it come."""
    decoder = vocabulary.decoder()
    return [decoder.feed(int(token)) for token in ids]


def _matched(pattern: str, text: str) -> np.ndarray:
    truth = np.zeros(len(text), dtype=bool)
    for match in compiled(pattern).finditer(text):
        truth[match.start() : match.end()] = True
    return truth


def _quoted(text: str) -> np.ndarray:
    """Inside from the opening mark on, outside from the closing one on; a paragraph's end closes what is open."""
    truth, at = np.zeros(len(text), dtype=bool), 0
    marks = re.compile("|".join(map(re.escape, _OPENING)))
    while opening := marks.search(text, at):
        begin = opening.start()
        close = text.find(_OPENING[opening.group()], begin + 1, begin + _LONGEST_QUOTE)
        paragraph = text.find("\n\n", begin + 1, begin + _LONGEST_QUOTE)
        if close < 0 or 0 <= paragraph < close:
            at = begin + 1
            continue
        truth[begin:close] = True
        at = close + 1
    return truth


def _columns(text: str) -> np.ndarray:
    """Characters since the last line end, which is itself at 0."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    at = np.arange(len(codes))
    return (at - np.maximum.accumulate(np.where(codes == 10, at, 0))).astype(np.float64)
