"""The best score, patience and plateaus."""

from __future__ import annotations

import math

from rnnlab.training.progress import Progress


def test_a_better_score_resets_patience() -> None:
    progress = Progress()
    assert [progress.score(loss, decay_every=9) for loss in (3.0, 2.0, 2.5, 2.0, 1.0)] == [
        True,
        True,
        False,
        False,
        True,
    ]
    assert (progress.best, progress.evaluations_since_best) == (1.0, 0)


def test_a_score_that_is_not_finite_is_never_the_best() -> None:
    progress = Progress()
    assert not progress.score(math.nan, decay_every=9)
    assert not progress.score(-math.inf, decay_every=9)
    assert progress.best is None
    assert progress.score(5.0, decay_every=9)


def test_a_plateau_cuts_after_so_many_evaluations_without_progress_and_counts_anew() -> None:
    progress = Progress()
    progress.score(1.0, decay_every=2)
    cuts = []
    for _ in range(5):
        progress.score(1.5, decay_every=2)
        cuts.append(progress.cuts)
    assert cuts == [0, 1, 1, 2, 2]
