"""Events, runs and numbers in words: what stands on a line that a person reads.

Foreign text (prefixes, samples, messages) stays as it is; `Output` makes it visible. It must not know where lines go.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from rnnlab.events import (
    Adopted,
    Changed,
    Diverged,
    Evaluated,
    Event,
    Exploded,
    Finished,
    Paused,
    Rewound,
    Sampled,
    Saved,
    Spiked,
    Started,
    Step,
    Unpaused,
)
from rnnlab.hosts.values import RunSummary
from rnnlab.specs import RunSpec
from rnnlab.specs.model import READS_FUTURE
from rnnlab.text.amounts import counted
from rnnlab.text.visible import label

FUTURE = READS_FUTURE
_TOKENS = 12
"""Tokens of a vocabulary that a line names."""


def event_line(event: Event) -> str:
    """One event on one line: its kind, its step and what it says."""
    kind = type(event).__name__.lower()
    return f"{kind:<9} {event.step:>8,}  {_SAY.get(type(event), str)(event)}".rstrip()


def end_sentence(summary: RunSummary) -> str:
    """How a run ended."""
    figures = [
        f"perplexity {number(summary.perplexity)}" if summary.perplexity else "",
        f"validation {number(summary.validation)}" if summary.validation else "",
        f"{summary.step:,} of {counted(summary.total_steps, 'step')}",
        duration(summary.elapsed_s),
    ]
    if summary.bits_per_character is not None and summary.characters_per_token != 1:
        figures.insert(2, f"{number(summary.bits_per_character)} bits/character{_unknown(summary.unknown_share)}")
    message = f" ({summary.message})" if summary.message else ""
    future = f"; {FUTURE}" if summary.spec.model.bidirectional else ""
    return f"{summary.id} {summary.state}{message}: {', '.join(figure for figure in figures if figure)}{future}"


def number(value: float | None) -> str:
    """Four significant digits, as a person writes them; None is what was not finite."""
    if value is None:
        return "not finite"
    if float(value).is_integer() and abs(value) < 1e9:
        return f"{value:,.0f}"
    if 1e-3 <= abs(value) < 1e6:
        return f"{value:,.{max(0, 3 - math.floor(math.log10(abs(value))))}f}"
    return f"{value:.3e}"


def percent(share: float) -> str:
    """A share, 0 to 1, in percent; what is not nothing never looks like nothing."""
    if 0 < share < 0.001:
        return "<0.1%"
    return f"{share:.0%}" if share in (0, 1) or share >= 0.1 else f"{share:.1%}"


def duration(seconds: float) -> str:
    """Hours, minutes and seconds."""
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"


def moment(seconds: float) -> str:
    """A time of this place's clock, or nothing for none."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds)) if seconds > 0 else ""


def size(count: float) -> str:
    """Bytes in the unit that fits."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:,.1f} GB"


def model_words(spec: RunSpec) -> str:
    """The model in two words: its cell, units and layers."""
    layers = f" x {spec.model.layers}" if spec.model.layers > 1 else ""
    return f"{spec.model.cell} {spec.model.hidden}{layers}"


def _started(event: Started) -> str:
    attempt = f"attempt {event.attempt} " if event.attempt > 1 else ""
    engine = f"{event.engine} {event.layout}" if event.layout else event.engine
    return (
        f"{attempt}on {event.device} ({engine}, {counted(event.threads, 'thread')}), {event.parameters:,} parameters, "
        f"{counted(event.batches, 'batch', 'batches')} x {counted(event.epochs, 'epoch')}, "
        f"perplexity to beat: uniform {event.vocabulary:,}, unigram {number(event.by_frequency)}"
        f"{_unknown(event.unknown_share)}{f'; {event.note}' if event.note else ''}"
    )


def _step(event: Step) -> str:
    return (
        f"epoch {event.epoch}  loss {number(event.loss)}  perplexity {number(event.perplexity)}{_bits(event)}  "
        f"gradient {number(event.grad_norm)}  clipped {percent(event.clipped)}  lr {event.lr:.4g}  "
        f"{event.tokens_per_s:,.0f} tokens/s  {duration(event.elapsed_s)}"
    )


def _evaluated(event: Evaluated) -> str:
    best = "  best" if event.best else ""
    found = f"loss {number(event.loss)}  perplexity {number(event.perplexity)}{_bits(event)}"
    return f"epoch {event.epoch}  {event.split}  {found}{best}"


def _bits(event: Step | Evaluated) -> str:
    """Bits per character, where they are not the same nats in another unit."""
    bits = event.bits_per_character
    if bits is None or event.loss is None or math.isclose(bits * math.log(2), event.loss):
        return ""
    return f"  {number(bits)} bits/character"


def _unknown(share: float) -> str:
    return f", {percent(share)} <unk>" if share else ""


def _diverged(event: Diverged) -> str:
    return f"loss {number(event.loss)}, gradient {number(event.grad_norm)}; the batch begins {event.text[:60]}"


def _exploded(event: Exploded) -> str:
    back = "" if event.back_to is None else f"; the weights of step {event.back_to:,} again, and on behind this batch"
    return (
        f"loss {number(event.loss)}, usually {number(event.usual_loss)}; gradient {number(event.grad_norm)}, "
        f"usually {number(event.usual_norm)}{back}; the batch begins {event.text[:60]}"
    )


def _spiked(event: Spiked) -> str:
    return (
        f"gradient {number(event.grad_norm)}, usually {number(event.usual_norm)}, clipped; "
        f"loss {number(event.loss)}; the batch begins {event.text[:60]}"
    )


def _rewound(event: Rewound) -> str:
    return f"back from step {event.from_step:,}, learning rate {event.lr:.4g}; later steps count for nothing"


def adopted_words(event: Adopted) -> str:
    """Where weights came from, what began anew, and what the vocabularies have in common."""
    fresh = f", {' and '.join(event.fresh)} anew" if event.fresh else ""
    tokens = f"{counted(event.kept, 'token')} kept" if event.added_count or event.dropped_count else ""
    added = f"{event.added_count:,} added ({_some(event.added)})" if event.added_count else ""
    dropped = f"{event.dropped_count:,} dropped ({_some(event.dropped)})" if event.dropped_count else ""
    words = ", ".join(part for part in (tokens, added, dropped) if part)
    return f"weights of {event.parent} at step {event.from_step:,}{fresh}{'; ' if words else ''}{words}"


def _some(tokens: tuple[str, ...]) -> str:
    return " ".join(map(label, tokens[:_TOKENS])) + (" ..." if len(tokens) > _TOKENS else "")


def _finished(event: Finished) -> str:
    return f"{event.cause}: {event.message}" if event.message else event.cause


_SAY: dict[type[Event], Callable[[Any], str]] = {
    Started: _started,
    Step: _step,
    Evaluated: _evaluated,
    Sampled: lambda event: f"{event.prefix}|{event.text}",
    Saved: lambda event: event.reason,
    Paused: lambda event: "",
    Unpaused: lambda event: "",
    Changed: lambda event: "  ".join(f"{path}={text}" for path, text in event.changes.items()),
    Diverged: _diverged,
    Exploded: _exploded,
    Spiked: _spiked,
    Rewound: _rewound,
    Adopted: adopted_words,
    Finished: _finished,
}
"""What each event says behind its kind and step."""
