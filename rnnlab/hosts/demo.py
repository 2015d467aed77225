"""The host of `rnnlab demo`: a run recorded on a laptop's processor, replayed as if it were training now.

What its model answered to the microscope's first questions was recorded when it had been trained.
"""

from __future__ import annotations

from pathlib import Path

from rnnlab.hosts.fake import FakeHost
from rnnlab.hosts.recording import load, load_answers

RECORDED = Path(__file__).parent / "recorded"
ANSWERS = ".answers.gz"
"""The ending of the file of a recorded run's answers."""


def demo_host(*, speed: float = 1.0) -> FakeHost:
    """The recorded runs, replayed `speed` times as fast as they happened."""
    places = {path: load(path) for path in sorted(RECORDED.glob("*.jsonl"))}
    found = {recording.summary.id: load_answers(path.with_suffix(ANSWERS)) for path, recording in places.items()}
    return FakeHost([*places.values()], found=found, speed=speed)
