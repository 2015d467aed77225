"""One line of the event log for each record: time, what happened, at which step, and its numbers in columns.

A pure function; foreign text comes out visible and on one line. It must not know widgets or colours.
"""

from __future__ import annotations

import math
from datetime import datetime, tzinfo

from rnnlab.events import (
    Adopted,
    AnyEvent,
    Changed,
    Diverged,
    Evaluated,
    Exploded,
    Finished,
    Paused,
    Record,
    Rewound,
    Sampled,
    Saved,
    Spiked,
    Started,
    Step,
    Unpaused,
)
from rnnlab.text.amounts import counted
from rnnlab.text.visible import visible
from rnnlab.tui import figures
from rnnlab.tui.grid import Part
from rnnlab.tui.words import fine_share

ROLES = ("time", "kind", "step", "text", "quiet", "validation", "prefix", "good", "bad")
"""What a stretch of a line can be; the widget gives each a colour."""

_KIND = 10
_STEP = 7
_SAVES = {"best": "best so far", "request": "on request", "stop": "to stop", "end": "at the end"}
_ENDS = {"finished": "good", "patience": "good", "stopped": "kind", "preempted": "kind"}
"""The roles of the causes that are nothing bad."""


def log_line(record: Record, zone: tzinfo | None = None) -> list[Part]:
    """The line's stretches with their roles; times in that zone, or in the local one."""
    event = record.event
    kind, role, parts = _said(event)
    return [
        (_clock(record.at, zone) + "  ", "time"),
        (f"{kind:<{_KIND}} ", role),
        (f"{figures.count(event.step):>{_STEP}}  ", "step"),
        *parts,
    ]


def _clock(at: float, zone: tzinfo | None) -> str:
    try:
        return datetime.fromtimestamp(at, zone).strftime("%H:%M:%S")
    except (OverflowError, ValueError, OSError):
        return "--:--:--"


def _said(event: AnyEvent) -> tuple[str, str, list[Part]]:
    """What happened, its role, and what there is to say of it."""
    match event:
        case Step():
            return "step", "kind", _step(event)
        case Evaluated():
            return _evaluated(event)
        case Sampled():
            return "sample", "kind", [(visible(event.prefix), "prefix"), (_one_line(event.text), "text")]
        case Saved():
            return "saved", "kind", [(_SAVES.get(event.reason, visible(event.reason)), "quiet")]
        case Started():
            return ("started" if event.attempt == 1 else "resumed"), "good", [(_started(event), "quiet")]
        case Adopted():
            return "adopted", "good", [(_adopted(event), "text")]
        case Rewound():
            back = f"from step {figures.count(event.from_step)}; it goes on with learning rate {event.lr:.4g}"
            return "went back", "bad", [(back, "text")]
        case Paused():
            return "paused", "good", []
        case Unpaused():
            return "unpaused", "good", []
        case Changed():
            changes = ", ".join(f"{path} {text}" for path, text in event.changes.items())
            return "changed", "good", [(_one_line(changes), "text")]
        case Diverged():
            return "diverged", "bad", [(f"the step was skipped; its batch began {_one_line(event.text)}", "text")]
        case Exploded():
            return "exploded", "bad", [(_exploded(event), "text")]
        case Spiked():
            return "spiked", "kind", [(_spiked(event), "quiet")]
        case Finished():
            return visible(event.cause), _ENDS.get(event.cause, "bad"), [(_one_line(event.message), "text")]


def _step(event: Step) -> list[Part]:
    return [
        (f"ppl {figures.magnitude(event.perplexity):>6}", "text"),
        (f"  loss {_loss(event.loss):>6}  norm {figures.magnitude(event.grad_norm):>5}", "quiet"),
        *_bits(event),
    ]


def _evaluated(event: Evaluated) -> tuple[str, str, list[Part]]:
    kind, role = ("epoch", "kind") if event.split == "train" else (visible(event.split), "validation")
    parts = [
        (f"ppl {figures.magnitude(event.perplexity):>6}", role if role == "validation" else "text"),
        (f"  loss {_loss(event.loss):>6}", "quiet"),
    ]
    parts += _bits(event)
    return kind, role, [*parts, ("  best so far", "quiet")] if event.best and role == "validation" else parts


def _bits(event: Step | Evaluated) -> list[Part]:
    """Bits per character, where they are not the same nats in another unit."""
    bits = event.bits_per_character
    if bits is None or event.loss is None or math.isclose(bits * math.log(2), event.loss):
        return []
    return [(f"  {bits:.3f} bits/char", "quiet")]


def _started(event: Started) -> str:
    attempt = f"attempt {event.attempt}, " if event.attempt > 1 else ""
    unknown = f", {fine_share(event.unknown_share)} <unk>" if event.unknown_share else ""
    weights = figures.count(event.parameters)
    batches = f"{figures.count(event.batches)} {'batch' if event.batches == 1 else 'batches'}"
    note = f"; {visible(event.note)}" if event.note else ""
    return f"{attempt}{visible(event.device)}, {weights} weights, {batches} an epoch{unknown}{note}"


def _adopted(event: Adopted) -> str:
    tokens = f", {counted(event.added_count, 'token')} added, {event.dropped_count} dropped"
    changed = tokens if event.added_count or event.dropped_count else ""
    return f"weights of {visible(event.parent)} at step {figures.count(event.from_step)}{changed}"


def _exploded(event: Exploded) -> str:
    back = "" if event.back_to is None else f"weights of step {figures.count(event.back_to)} again; "
    loss = f"loss {_loss(event.loss)}, usually {_loss(event.usual_loss)}"
    norm = f"norm {figures.magnitude(event.grad_norm)}, usually {figures.magnitude(event.usual_norm)}"
    return f"{back}{loss}; {norm}; its batch began {_one_line(event.text)}"


def _spiked(event: Spiked) -> str:
    norm = f"norm {figures.magnitude(event.grad_norm)}, usually {figures.magnitude(event.usual_norm)}; clipped"
    return f"{norm}; its batch began {_one_line(event.text)}"


def _loss(value: float | None) -> str:
    return f"{value:.3f}" if value is not None and abs(value) < 1000 else figures.magnitude(value)


def _one_line(text: str) -> str:
    return visible(text.replace("\n", " ").replace("\t", " "))
