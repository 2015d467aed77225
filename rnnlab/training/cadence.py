"""When to look: which steps are followed by an evaluation or by samples. Pure arithmetic over a spec and its plan."""

from __future__ import annotations

import msgspec

from rnnlab.specs import RunSpec
from rnnlab.specs.arithmetic import Plan

_RAREST, _OFTENEST = 1000, 100
"""Bounds, in steps, of the intervals that a spec leaves open: an epoch may be eight steps or a million."""


class Cadence(msgspec.Struct, frozen=True, kw_only=True):
    """Intervals in steps."""

    evaluate: int
    sample: int
    last: int
    """The last step is always looked at."""

    @classmethod
    def of(cls, spec: RunSpec, plan: Plan) -> Cadence:
        """The spec's intervals; what it leaves open is about an epoch."""
        about_an_epoch = min(_RAREST, plan.batches * max(1, -(-_OFTENEST // plan.batches)))
        return cls(
            evaluate=spec.train.eval_every or min(_RAREST, plan.batches),
            sample=spec.train.sample_every or about_an_epoch,
            last=plan.total_steps,
        )

    def evaluates(self, step: int) -> bool:
        return step % self.evaluate == 0 or step == self.last

    def samples(self, step: int) -> bool:
        return step % self.sample == 0 or step == self.last
