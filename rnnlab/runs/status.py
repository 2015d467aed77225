"""`status.json`: how far a worker is, replaced by it every second or so, read by lists of runs.

Only for looking: the journal is the truth about training, the lock about life. It must not decide anything.
"""

from __future__ import annotations

import math
from pathlib import Path

import msgspec

from rnnlab import events
from rnnlab.events import Evaluated, Event, Finished, Paused, Started, Step, Unpaused, counts_until
from rnnlab.files import replace_quickly, write_atomic
from rnnlab.runs.memory_kills import MemoryKills
from rnnlab.runs.regular import open_regular


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """A worker's own word on a run."""

    state: str = "starting"
    """starting, running, paused, waiting (the disk refuses), or the cause of the end as in `events.Finished`."""
    message: str = ""
    """Why it waits, or how it ended."""
    step: int = 0
    total_steps: int = 0
    epoch: int = 0
    perplexity: float | None = None
    validation: float | None = None
    best_validation: float | None = None
    characters_per_token: float = 0.0
    """0 where that is not known."""
    unknown_share: float = 0.0
    tokens_per_s: float | None = None
    elapsed_s: float = 0.0
    device: str = ""
    progress: int = 0
    """Grows with every sign of life; two readings that agree mean that nothing moved."""
    host: str = ""
    pid: int = 0
    watcher: int = 0
    """The process that outlives that one by a moment, to see how it ends; 0 where nobody does."""
    boot: str = ""
    """The machine's boot id: where it differs, the machine restarted since."""
    memory_kills: MemoryKills = MemoryKills()
    """As they were counted when it began: more of them now may be its death."""


_decoder = msgspec.json.Decoder(Status)
_MAX_BYTES = 1 << 20


def read(path: Path) -> Status | None:
    """The status, or None where there is none that reads."""
    try:
        with open_regular(path) as file:
            return _decoder.decode(file.read(_MAX_BYTES))
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def write(path: Path, status: Status, *, lasting: bool = False) -> None:
    """Replace the status; `lasting` waits for the disk, as the last word of a worker should."""
    (write_atomic if lasting else replace_quickly)(path, msgspec.json.encode(status))


def bits_per_character(now: Status) -> float | None:
    """Of the best validation perplexity, or, where there is none, of the newest in training."""
    found = now.best_validation or now.perplexity
    return events.bits_per_character(math.log(found), now.characters_per_token) if found else None


def fold(now: Status, event: Event) -> Status:
    """The status after an event."""
    changes: dict[str, object] = {"step": event.step, "epoch": event.epoch}
    if isinstance(event, Started):
        changes |= {"state": "running", "device": event.device, "total_steps": event.total_steps}
        changes |= {"characters_per_token": event.characters_per_token, "unknown_share": event.unknown_share}
        if counts_until(event) < 0:
            changes |= {"perplexity": None, "validation": None, "best_validation": None}
    elif isinstance(event, Step):
        changes |= {
            "perplexity": event.perplexity,
            "tokens_per_s": event.tokens_per_s,
            "elapsed_s": event.elapsed_s,
        }
    elif isinstance(event, Evaluated) and event.split == "train" and now.perplexity is None:
        changes["perplexity"] = event.perplexity  # of an epoch that was over before the first line of the log
    elif isinstance(event, Evaluated) and event.split == "validation":
        best = event.best or now.best_validation is None
        changes |= {
            "validation": event.perplexity,
            "best_validation": event.perplexity if best else now.best_validation,
        }
    elif isinstance(event, Paused | Unpaused):
        changes["state"] = "paused" if isinstance(event, Paused) else "running"
    elif isinstance(event, Finished):
        changes |= {"state": event.cause, "message": event.message}
    return msgspec.structs.replace(now, **changes)
