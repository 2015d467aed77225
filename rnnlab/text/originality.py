"""Which pieces of a text stand word for word in another: what a model wrote itself and what it copied.

It must not know models, runs or who wrote what.
"""

from __future__ import annotations

import msgspec

from rnnlab.text.corpus import Corpus
from rnnlab.text.parts import part_of
from rnnlab.text.report import Copied, Originality
from rnnlab.text.suffixes import SuffixArray

AROUND = 300
"""Characters that are shown before and after a copy's place."""
SHORTEST = 20
"""Characters from which on a piece counts as copied: shorter ones are the language's own."""


def originality(text: str, training: SuffixArray, shortest: int = SHORTEST) -> Originality:
    """Every piece of `shortest` or more characters that the training text has too, each as long as it goes."""
    spans, end, start = [], 0, 0
    while start + shortest <= len(text):
        # What ends where a span found before ends lies within it.
        needed = max(shortest, end - start + 1)
        if start + needed > len(text):
            break
        if training.find(text[start : start + needed]) >= 0:
            place, length = training.longest(text[start:], needed)
            spans.append(Copied(start, length, place))
            end = start + length
        start += 1
    copied = _covered(spans)
    return Originality(
        characters=len(text),
        copied=copied,
        shortest=shortest,
        spans=tuple(spans),
        share=copied / len(text) if text else 0.0,
    )


def placed(found: Originality, training: str) -> Originality:
    """The same with what stands around each copy in the training text, so that one can go and read there."""
    spans = tuple(msgspec.structs.replace(span, **_surroundings(span, training)) for span in found.spans)
    return msgspec.structs.replace(found, spans=spans)


def _surroundings(span: Copied, training: str) -> dict[str, str | float]:
    end = span.place + span.length
    return {
        "before": training[max(0, span.place - AROUND) : span.place],
        "after": training[end : end + AROUND],
        "part": span.place / max(1, len(training)),
    }


def training_text(corpus: Corpus) -> str:
    """What a model of the corpus is trained on, as it would write it: what is held out is left out.

    For characters and bytes, the corpus's text itself.
    """
    return corpus.vocabulary.decode(part_of(corpus, corpus.spec, "train"))


def _covered(spans: list[Copied]) -> int:
    total = end = 0
    for span in spans:
        total += span.start + span.length - max(span.start, end)
        end = span.start + span.length
    return total
