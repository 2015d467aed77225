"""The parts of a text that are for training, validation and test, as ids. It must not know what is done with them."""

from __future__ import annotations

import numpy as np

from rnnlab.specs import DataSpec
from rnnlab.specs.arithmetic import Spans, split_spans
from rnnlab.text.corpus import Corpus


def part_of(corpus: Corpus, data: DataSpec, name: str) -> np.ndarray:
    """The ids of `train`, `validation` or `test` as `data` splits the text; of one piece, the corpus's own memory."""
    return joined(corpus.ids, split_spans(data, len(corpus.ids))[name])


def joined(ids: np.ndarray, spans: Spans) -> np.ndarray:
    """The pieces one after the other."""
    pieces = [ids[span] for span in spans] or [ids[:0]]
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)


def window(ids: np.ndarray, spans: Spans, start: int, length: int) -> np.ndarray:
    """`joined(ids, spans)[start : start + length]`, without joining the rest; the spans are of one length."""
    size = spans[0].stop - spans[0].start if spans else 1
    first, offset = divmod(start, size)
    last = -(-(start + length) // size)
    return joined(ids, spans[first:last])[offset : offset + length]
