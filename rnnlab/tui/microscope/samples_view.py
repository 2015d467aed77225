"""The fixed prefixes' samples of a run, from the untrained model on: which there are, and what changed from one to the
next.

Pure functions. It must not know widgets or hosts.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher

import msgspec

from rnnlab.events import Sampled
from rnnlab.text.report import Originality
from rnnlab.tui.copied import marks, together, verdict
from rnnlab.tui.figures import count, share
from rnnlab.tui.grid import Part
from rnnlab.tui.run_view import RunView

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


def prefixes(view: RunView | None) -> tuple[str, ...]:
    """The prefixes that were written on from, in the order of their first samples."""
    events = [record.event for record in view.samples] if view else []
    return tuple(dict.fromkeys(event.prefix for event in events if isinstance(event, Sampled)))


def reel(view: RunView | None, prefix: str, at: int | None) -> Reel:
    """A prefix's samples; `at` None is the newest. A step that was sampled again has its last sample."""
    events = [record.event for record in view.samples] if view else []
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


def parts(shown: Reel, found: Originality | None) -> list[Part]:
    """The prefix and its sample: what is new since the sample before, and what is copied from the corpus."""
    sample = shown.sample
    if sample is None:
        return []
    fresh = new_marks(shown.before.text, sample.text) if shown.before else [False] * len(sample.text)
    copied = marks(len(sample.text), found)
    roles = ["-".join(filter(None, ("new" * f, "copied" * c))) for f, c in zip(fresh, copied, strict=True)]
    return [(shown.prefix, "quiet"), *together(sample.text, roles)]


def headline(shown: Reel, known: tuple[str, ...], found: Originality | None) -> str:
    """Which sample it is, and what is to be known of it."""
    sample, before = shown.sample, shown.before
    if sample is None:
        return "no samples yet: a run writes its first before it begins to train"
    told = [f"step {count(sample.step)}" + ("" if sample.step else ", untrained")]
    if before is not None:
        fresh = new_marks(before.text, sample.text)
        told.append(f"{share(sum(fresh) / max(1, len(fresh)))} new since step {count(before.step)}")
    if found is not None:
        told.append(verdict(found))
    if len(known) > 1:
        told.append(f"prefix {known.index(shown.prefix) + 1}/{len(known)}")
    return "  ".join(told)


def slider(shown: Reel, width: int) -> list[Part]:
    """All the samples as a line, with the one that is looked at on it."""
    many = len(shown.samples)
    if not many or width < 10:
        return []
    name = f" {shown.at + 1} of {many}"
    room = width - len(name)
    at = shown.at * (room - 1) // max(1, many - 1)
    return [("━" * at, "copied"), ("●", "new"), ("─" * (room - 1 - at), "quiet"), (name, "quiet")]
