"""When to look: which steps are followed by an evaluation or by samples, and how long nobody looks at all.

Pure arithmetic over a spec and its plan; it must not know what is seen.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from rnnlab.specs import RunSpec
from rnnlab.specs.arithmetic import Plan
from rnnlab.training import recovery

_RAREST, _OFTENEST = 1000, 100
"""Bounds, in steps, of the intervals that a spec leaves open: an epoch may be eight steps or a million."""


class Cadence(msgspec.Struct, frozen=True, kw_only=True):
    """Intervals in steps."""

    evaluate: int
    sample: int
    log: int
    save: int
    """0 where the clock says when."""
    last: int
    """The last step is always looked at."""

    @classmethod
    def of(cls, spec: RunSpec, plan: Plan) -> Cadence:
        """The spec's intervals; what it leaves open is about an epoch."""
        about_an_epoch = min(_RAREST, plan.batches * max(1, -(-_OFTENEST // plan.batches)))
        return cls(
            evaluate=spec.train.eval_every or min(_RAREST, plan.batches),
            sample=spec.train.sample_every or about_an_epoch,
            log=spec.train.log_every,
            save=spec.train.checkpoint_every,
            last=plan.total_steps,
        )

    def evaluates(self, step: int) -> bool:
        return step % self.evaluate == 0 or step == self.last

    def samples(self, step: int) -> bool:
        return step % self.sample == 0 or step == self.last

    def undisturbed(self, step: int, stops: Collection[int] = ()) -> int:
        """Steps after `step` until the first that something follows on, or that is one of `stops`."""
        every = (self.evaluate, self.sample, self.log, self.save or self.log, recovery.SOUND_EVERY)
        ahead = [interval - step % interval for interval in every]
        return min(*ahead, self.last - step, *(stop - step for stop in stops if stop > step))
