"""The host of `rnnlab demo`: a run recorded on a laptop's processor, replayed as if it were training now."""

from __future__ import annotations

from pathlib import Path

from rnnlab.hosts.fake import FakeHost
from rnnlab.hosts.recording import load

RECORDED = Path(__file__).parent / "recorded"


def demo_host(*, speed: float = 1.0) -> FakeHost:
    """The recorded runs, replayed `speed` times as fast as they happened."""
    return FakeHost([load(path) for path in sorted(RECORDED.glob("*.jsonl"))], speed=speed)
