"""Where a training stands between two steps, as a whole: taken as a snapshot and given back, the sound step that
trouble goes back to included.

It must not know how a step is taken, nor when it is time to go back.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from rnnlab.specs import TrainSpec, Value
from rnnlab.training import judging, recovery
from rnnlab.training import snapshot as snapshots
from rnnlab.training.judging import Explosion
from rnnlab.training.learner import Learner, Numbers
from rnnlab.training.meters import Meter
from rnnlab.training.pace import Pace
from rnnlab.training.progress import Progress
from rnnlab.training.snapshot import Snapshot
from rnnlab.training.stretches import Stretches
from rnnlab.training.usual import Usual


class Standing:
    """All that a resume needs."""

    def __init__(self, learner: Learner, meters: Mapping[str, Meter], pace: Pace) -> None:
        self.stretches = Stretches(learner)
        self.meters = meters
        self.usual = Usual()
        self.progress = Progress()
        self.changes: dict[str, Value] = {}
        """The knobs that were turned."""
        self.sound: Snapshot | None = None
        """Where repeated trouble goes back to."""
        self._model, self._optimizer = learner.model, learner.optimizer
        self._pace = pace

    def take(self) -> Snapshot:
        """Copies of all but the sound step, on the host."""
        return snapshots.take(
            self._model,
            self._optimizer,
            self.meters,
            self.stretches.hidden,
            self.usual,
            {"progress": msgspec.to_builtins(self.progress), **self._pace.document(), "changes": dict(self.changes)},
        )

    def whole(self) -> Snapshot:
        """Copies of all."""
        return recovery.with_sound(self.take(), self.sound)

    def restore(self, snapshot: Snapshot) -> None:
        """Stand where that one was taken, its sound step and turned knobs included; raises CheckpointError where it
        does not fit, and SpecError where its knobs do not read."""
        self.sound = recovery.sound_in(snapshot)
        self.changes = snapshots.changes_of(snapshot.document)
        self._go_to(snapshot)

    def inherit_position(self, snapshot: Snapshot) -> None:
        """The sums, generators and hidden state of another training."""
        device = self._optimizer.parameter.device
        self.stretches.hidden = snapshots.give_back_position(snapshot, device, self.meters)

    def count(self, numbers: Numbers, train: TrainSpec) -> Explosion | None:
        """Count a step that was taken; gives its explosion where there is one to tell of."""
        return judging.count(numbers, train, self.progress, self.meters.values(), self.usual)

    def rewind(self) -> int:
        """Back to the sound step, its data, generators and best score; time and turned knobs stay as they are. Gives
        the step that it was at."""
        assert self.sound is not None, "the first step is one to go back to"
        before = self.progress
        self._go_to(self.sound)
        self.progress.elapsed_s = before.elapsed_s
        self.progress.rewinds = before.rewinds + 1
        return before.step

    def take_sound_weights(self) -> int:
        """Weights and optimizer of the sound step, and no state; the data goes on behind this batch. Gives the step."""
        assert self.sound is not None, "the first step is one to go back to"
        snapshots.give_back_weights(self.sound, self._model, self._optimizer)
        self.stretches.hidden = None
        return snapshots.progress_of(self.sound.document).step

    def _go_to(self, snapshot: Snapshot) -> None:
        self.progress = snapshots.progress_of(snapshot.document)
        self.stretches.hidden = snapshots.give_back(snapshot, self._model, self._optimizer, self.meters)
        self.usual.load(snapshot.tensors)
