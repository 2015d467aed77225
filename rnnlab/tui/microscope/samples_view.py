"""The sample time machine as it is painted: a text with its marks, what is to be known of it, the line of all samples.

Pure functions. It must not know widgets or hosts.
"""

from __future__ import annotations

from rnnlab.events import Sampled
from rnnlab.text.reels import Reel, new_marks
from rnnlab.text.report import Originality
from rnnlab.tui.copied import marks, together, verdict
from rnnlab.tui.figures import count, share
from rnnlab.tui.grid import Part
from rnnlab.tui.run_view import RunView


def samples(view: RunView | None) -> tuple[Sampled, ...]:
    """The samples that are known of a run."""
    return view.samples if view else ()


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
