"""How much of what a model writes is copied: over training as curves, and span by span with its place in the corpus.

Pure functions. It must not know widgets, hosts or how a copy is found.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rnnlab.events import Sampled
from rnnlab.text.reels import Reel, prefixes, reel
from rnnlab.text.report import Copied, Originality
from rnnlab.text.visible import label
from rnnlab.tui.copied import verdict
from rnnlab.tui.figures import count, share
from rnnlab.tui.grid import Part
from rnnlab.tui.microscope.checking import Copies
from rnnlab.tui.microscope.curves import Axes, Line
from rnnlab.tui.microscope.samples_view import samples
from rnnlab.tui.run_view import RunView

CONSOLE = "console"
"""What the answers of the console are called among the texts."""
AXES = Axes(title="copied, of each sample", across="steps", low=0.0, label=lambda part: f"{part:.0%}")
_NAMED = 30
_BEFORE = 70
"""Characters before a copy that are shown, so that the copy is in sight."""


def reels(view: RunView | None, said: tuple[Sampled, ...]) -> tuple[Reel, ...]:
    """The texts there are: each prefix's samples, and what the run has said in the console, where it has."""
    console = (Reel(CONSOLE, said, len(said) - 1),) if said else ()
    written = samples(view)
    return (*(reel(written, prefix) for prefix in prefixes(written)), *console)


def lines(known: Sequence[Reel], copies: Copies) -> list[Line]:
    """A curve for each prefix: the share copied over the steps, as far as it was looked up."""
    return [
        Line(name_of(each), tuple((s.step, copies[s.text].share) for s in each.samples if s.text in copies))
        for each in known
        if each.prefix != CONSOLE
    ]


def axes(drawn: Sequence[Line]) -> Axes:
    """With room for the highest, and never so little that a single span fills the picture."""
    highest = max((y for line in drawn for _, y in line.points), default=0.0)
    return msgspec.structs.replace(AXES, high=max(0.1, highest))


def name_of(shown: Reel) -> str:
    """What a reel's texts are."""
    if shown.prefix == CONSOLE:
        return "the console's answers"
    name = "".join(label(character) for character in shown.prefix[:_NAMED])
    return f"after {name}" + ("…" if len(shown.prefix) > _NAMED else "")


def headline(shown: Reel, found: Originality | None) -> str:
    """Which text it is, and how much of it is copied."""
    sample = shown.sample
    if sample is None:
        return "no samples yet: a run writes its first before it begins to train"
    told = f"step {count(sample.step)}, {shown.at + 1} of {len(shown.samples)}"
    if found is not None:
        longest = max((span.length for span in found.spans), default=0)
        told += f": {verdict(found)}" + (f", the longest {count(longest)} characters" if longest else "")
    return f"{told}  {name_of(shown)}"


def row(span: Copied) -> Sequence[str]:
    """The cells of a span, without its text."""
    return count(span.start), count(span.length), f"{count(span.place)} ({share(span.part)})"


def place(span: Copied | None, text: str) -> list[Part]:
    """The training text around a copy, the copy marked."""
    if span is None:
        return []
    copy = text[span.start : span.start + span.length]
    return [(span.before[-_BEFORE:].rpartition("\n")[2], "quiet"), (copy, "copied"), (span.after, "quiet")]
