"""What a run wrote from its fixed prefixes, evaluation after evaluation, and what is new in each text.

Pure functions of a run's events. It must not know who shows it, nor where events come from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby

import msgspec

from rnnlab.events import AnyEvent, Sampled

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


class Reel(msgspec.Struct, frozen=True):
    """One prefix's samples by rising step, and which of them is looked at."""

    prefix: str
    samples: tuple[Sampled, ...]
    at: int
    """The sample's position."""

    @property
    def sample(self) -> Sampled | None:
        return self.samples[self.at] if self.samples else None

    @property
    def before(self) -> Sampled | None:
        return self.samples[self.at - 1] if self.at else None


class Take(msgspec.Struct, frozen=True, kw_only=True):
    """A sample, beside the one before it from the same prefix."""

    step: int
    epoch: int
    prefix: str
    text: str
    """What was written after the prefix."""
    since: int | None
    """The step of the sample before; None for the first."""
    new: tuple[tuple[int, int], ...]
    """The stretches of words that the sample before has not, as (first character, characters); none in the first."""

    @property
    def share(self) -> float:
        """Of the text's characters, those that are new, 0 to 1."""
        return sum(length for _, length in self.new) / max(1, len(self.text))


def prefixes(events: Iterable[AnyEvent]) -> tuple[str, ...]:
    """The prefixes that were written on from, in the order of their first samples."""
    return tuple(dict.fromkeys(event.prefix for event in events if isinstance(event, Sampled)))


def reel(events: Iterable[AnyEvent], prefix: str, at: int | None = None) -> Reel:
    """A prefix's samples; `at` None is the newest. A step that was sampled again has its last sample."""
    by_step = {event.step: event for event in events if isinstance(event, Sampled) and event.prefix == prefix}
    samples = tuple(by_step[step] for step in sorted(by_step))
    last = len(samples) - 1
    return Reel(prefix, samples, max(0, last if at is None else min(at, last)))


def new_marks(before: str, now: str) -> list[bool]:
    """Of each character of a text, whether it belongs to a word that was not there before."""
    old, words = _WORDS.findall(before), _WORDS.findall(now)
    fresh = [True] * len(words)
    for _, begin, size in SequenceMatcher(None, old, words, autojunk=False).get_matching_blocks():
        fresh[begin : begin + size] = [False] * size
    return [mark for mark, word in zip(fresh, words, strict=True) for _ in word]


def takes(events: Sequence[AnyEvent], prefix: str) -> Iterator[Take]:
    """A prefix's samples by rising step, each beside the one before."""
    before: Sampled | None = None
    for sample in reel(events, prefix).samples:
        yield Take(
            step=sample.step,
            epoch=sample.epoch,
            prefix=prefix,
            text=sample.text,
            since=before.step if before else None,
            new=_stretches(new_marks(before.text, sample.text)) if before else (),
        )
        before = sample


def _stretches(marks: Sequence[bool]) -> tuple[tuple[int, int], ...]:
    found, at = list[tuple[int, int]](), 0
    for mark, run in groupby(marks):
        length = sum(1 for _ in run)
        if mark:
            found.append((at, length))
        at += length
    return tuple(found)
