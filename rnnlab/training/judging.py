"""What the numbers of a step mean: whether it is counted, and whether there is trouble to tell of.

Pure arithmetic over numbers; it must not know tensors, nor how a step is taken or trouble is met.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rnnlab.specs import TrainSpec
from rnnlab.training import recovery
from rnnlab.training.learner import Numbers
from rnnlab.training.meters import Meter
from rnnlab.training.progress import Progress
from rnnlab.training.usual import Usual


class Explosion(NamedTuple):
    """A loss or norm that is far above what is usual, and to be told."""

    usual_loss: float | None
    usual_norm: float | None
    goes_back: bool = False
    """Whether sound weights are to be taken for it."""
    tamed: bool = False
    """Whether it is a gradient's alone, which clipping has cut to size, so that nothing is done about it."""


def count(
    numbers: Numbers, train: TrainSpec, progress: Progress, meters: Iterable[Meter], usual: Usual
) -> Explosion | None:
    """Count a step that was taken; gives its explosion where there is one to tell of.

    A step that did not move the weights is in no sum, and no measure of what is usual.
    """
    progress.step += 1
    progress.batch += 1
    progress.skipped_in_a_row = 0 if numbers.moved else progress.skipped_in_a_row + 1
    if not numbers.moved:
        return None
    for meter in meters:
        meter.add(numbers.loss, numbers.norm, numbers.clipped)
    usual_loss, usual_norm = usual.loss.median(), usual.norm.median()
    exploded = usual.explodes(numbers.loss, numbers.norm, train)
    tamed = exploded and train.explosions == "note" and usual.tamed(numbers.loss, train)
    usual.add(numbers.loss, numbers.norm)
    if tamed:
        return Explosion(usual_loss, usual_norm, tamed=True) if recovery.tells_spike(progress) else None
    remedy = recovery.explosion(train, progress) if exploded else ""
    return Explosion(usual_loss, usual_norm, remedy == "back") if remedy else None
