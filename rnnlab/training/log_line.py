"""What a line of the log says: means over the steps since the last one, and how fast they went.

It must not know when a line is due.
"""

from __future__ import annotations

from typing import Any

from rnnlab.events import finite, losses
from rnnlab.training.meters import Meter


class LogLine:
    """Sums and seconds since the last line."""

    def __init__(self, characters_per_token: float) -> None:
        self.meter = Meter()
        self._characters_per_token = characters_per_token
        self.seconds = 0.0
        """Spent on training; looking and saving left out."""

    def read(self, tokens_per_step: int) -> dict[str, Any]:
        """What a `Step` says of them, and a new line begins."""
        loss, norm, clipped = self.meter.means()
        rate = self.meter.count * tokens_per_step / max(self.seconds, 1e-9)
        self.meter.clear()
        self.seconds = 0.0
        return {
            **losses(loss, self._characters_per_token),
            "grad_norm": finite(norm),
            "clipped": clipped,
            "tokens_per_s": round(rate, 1),
        }
