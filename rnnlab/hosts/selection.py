"""Which run a reference means: one rule for every host and every face. It must not know where runs live."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rnnlab.errors import NotFound
from rnnlab.hosts.values import RunSummary


def choose(reference: str, runs: Sequence[RunSummary]) -> RunSummary:
    """The run that an id, a unique beginning of one, `last` or `best` means among runs, newest first.

    Raises NotFound with what to do where there is none, or more than one.
    """
    if not runs:
        raise NotFound("there is no run yet: start one with `rnnlab train --corpus the-tide-clock`")
    if reference == "last":
        return runs[0]
    if reference == "best":
        return min((run for run in runs if comparable(run, runs[0])), key=score)
    exact = [run for run in runs if run.id == reference]
    found = exact or [run for run in runs if reference and run.id.startswith(reference)]
    if not found:
        raise NotFound(f"there is no run {reference[:64]!a}: `rnnlab runs` lists those there are")
    if len(found) > 1:
        names = ", ".join(run.id for run in found[:4]) + (" ..." if len(found) > 4 else "")
        raise NotFound(f"{reference[:64]!a} could be {names}: type more of it")
    return found[0]


def comparable(run: RunSummary, other: RunSummary) -> bool:
    """Whether the two runs' perplexities are of the same tokens of the same text."""
    ours, theirs = run.spec.data, other.spec.data
    kept = ["tokens", "clean", "limit", "split", "test", "held_out", *(["batch"] if ours.held_out == "rows" else [])]
    return run.corpus_sha256 == other.corpus_sha256 and all(getattr(ours, n) == getattr(theirs, n) for n in kept)


def score(run: RunSummary) -> float:
    """The perplexity that runs are ranked by: validation where there is one, else training, else infinity."""
    return next((value for value in (run.validation, run.perplexity) if value is not None), math.inf)
