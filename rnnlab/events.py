"""What comes out of training: frozen values, in the order in which things happened.

The trainer yields them, the worker writes them into the run's journal, the faces fold them into what they show.
Losses are mean cross-entropies in nats per token; a loss that is not finite is None, since JSON has no NaN. They must
not know who made them or who reads them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypeVar

import msgspec

E = TypeVar("E", bound="Event")


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """The base of all events; `kind` is the lower-case class name in JSON."""

    step: int
    """Optimizer steps done when it happened."""
    epoch: int
    """The epoch that the next step belongs to, from 1."""


class Started(Event, frozen=True, kw_only=True, tag="started"):
    """A worker took the run up: the first event of every attempt. Readers drop what it makes void (`counts_until`)."""

    attempt: int
    """1 for the first worker of the run, one more for each resume."""
    device: str
    """Where it trains, as torch names it, with the card's name where there is one."""
    engine: str
    """Who computes the cells: native, fused, scratch or torch."""
    threads: int
    layout: str = ""
    """How the engine lays a sequence out in memory, where that is known."""
    note: str = ""
    """A sentence where these are not what an attempt before had."""
    parameters: int
    vocabulary: int
    """Tokens in the vocabulary; also the perplexity of guessing evenly."""
    unigram: float
    """Perplexity of always guessing by the training text's token frequencies."""
    train_tokens: int
    validation_tokens: int
    rulers: dict[str, float] = {}
    """Perplexities, by name, that simple models reach on a held-out tenth of the text: unigram, bigram, 5-gram."""
    unknown_share: float = 0.0
    """The share of the text that is `<unk>`: such tokens are easily guessed right, and say nothing."""
    characters_per_token: float
    """Of the training text; what bits per character are made with."""
    batches: int
    """Batches an epoch."""
    total_steps: int
    epochs: int

    @property
    def by_frequency(self) -> float:
        """The unigram perplexity to hold the run's against: on held-out text, like the other rulers, where it is known
        there; a run of an earlier version knows only that of its training text.
        """
        return self.rulers.get("unigram", self.unigram)


class Adopted(Event, frozen=True, kw_only=True, tag="adopted"):
    """The weights that a run begins with are another run's; right after its first `Started`."""

    parent: str
    """The other run's id."""
    from_step: int
    """The step of the other run's that they are from."""
    fresh: tuple[str, ...]
    """What begins anew: optimizer, position, rate."""
    kept: int
    """Tokens that both vocabularies have."""
    added: tuple[str, ...] = ()
    """Tokens that only this run's has, the first of them; their rows are drawn anew."""
    dropped: tuple[str, ...] = ()
    """Tokens that only the other's had, the first of them."""
    added_count: int = 0
    dropped_count: int = 0


class Step(Event, frozen=True, kw_only=True, tag="step"):
    """Training went on: means over the steps since the last one of these."""

    loss: float | None
    """Nats per token, in training mode."""
    perplexity: float | None
    bits_per_character: float | None = None
    """The loss for each character of the text, by which models of other tokens compare."""
    grad_norm: float | None
    """Global L2 norm of the gradient before clipping, mean over the steps."""
    clipped: float
    """Share of the steps whose gradient was clipped."""
    lr: float
    tokens_per_s: float
    """Training tokens a second since the last of these, evaluation and saving left out."""
    elapsed_s: float
    """Seconds trained, over all attempts; pauses left out."""


class Evaluated(Event, frozen=True, kw_only=True, tag="evaluated"):
    """The mean over a whole split: `validation`, or `train` for the epoch that just ended (in training mode)."""

    split: str
    loss: float | None
    perplexity: float | None
    bits_per_character: float | None = None
    best: bool = False
    """Whether no evaluation of this split was better before."""


class Sampled(Event, frozen=True, kw_only=True, tag="sampled"):
    """The model wrote on from a fixed prefix."""

    prefix: str
    text: str
    """What it wrote, without the prefix."""


class Saved(Event, frozen=True, kw_only=True, tag="saved"):
    """A checkpoint of this step is safe on the disk."""

    reason: str
    """begin, interval, best, request, pause, change, rewind, stop or end."""


class Paused(Event, frozen=True, kw_only=True, tag="paused"):
    """The worker waits, on request; it keeps the model in memory."""


class Unpaused(Event, frozen=True, kw_only=True, tag="unpaused"):
    """The worker goes on after a pause."""


class Changed(Event, frozen=True, kw_only=True, tag="changed"):
    """Knobs were turned: from the next step on the spec has other values."""

    changes: dict[str, str]
    """The new values, as text, by the fields' dotted names."""


class Diverged(Event, frozen=True, kw_only=True, tag="diverged"):
    """A loss, a gradient or what would have become of the weights was not finite; the step, which is counted, was
    skipped and the weights were kept.
    """

    loss: float | None
    grad_norm: float | None
    text: str
    """The beginning of the batch that did it."""


class Exploded(Event, frozen=True, kw_only=True, tag="exploded"):
    """A loss or gradient norm was far above what is usual: finite, but often the beginning of the end."""

    loss: float | None
    usual_loss: float | None
    """The median over the steps before."""
    grad_norm: float | None
    usual_norm: float | None
    text: str
    """The beginning of the batch that did it."""
    back_to: int | None = None
    """The step whose weights and optimizer training goes on with, behind that batch; None where it goes on as it is.
    The steps between are counted and not trained again: readers keep them, and the run is no longer comparable.
    """


class Spiked(Event, frozen=True, kw_only=True, tag="spiked"):
    """A gradient norm was far above what is usual, and clipping cut it to size: the loss is usual, and nothing needs to
    be done about it.
    """

    loss: float | None
    grad_norm: float | None
    """Before clipping."""
    usual_norm: float | None
    """The median over the steps before."""
    text: str
    """The beginning of the batch that did it."""


class Rewound(Event, frozen=True, kw_only=True, tag="rewound"):
    """After repeated trouble the training went back to a step whose weights were sound, and goes on with a smaller
    learning rate. Readers drop what it makes void (`counts_until`).
    """

    from_step: int
    """Steps done when it gave up going forward."""
    lr: float
    """The learning rate of the next step."""


class Finished(Event, frozen=True, kw_only=True, tag="finished"):
    """The last event of an attempt."""

    cause: str
    """finished, stopped, preempted, patience, time (its minutes are used up), diverged or failed; and, from the one who
    watched a worker that could not say it: killed, or out of memory."""
    message: str = ""
    """For diverged, failed, killed and out of memory, one sentence."""


AnyEvent = (
    Started
    | Adopted
    | Step
    | Evaluated
    | Sampled
    | Saved
    | Paused
    | Unpaused
    | Changed
    | Diverged
    | Exploded
    | Spiked
    | Rewound
    | Finished
)
"""The union that JSON is decoded into."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """An event as the journal keeps it."""

    seq: int
    """Its number in the journal, from 1, without gaps."""
    at: float
    """Seconds since 1970, for display only."""
    event: AnyEvent


def counts_until(now: Started | Rewound) -> int:
    """The last step whose events before this one still count, -1 where none do: what came later is trained again.

    An attempt that begins at step 0 looks at the untrained model again, too.
    """
    return now.step if now.step or isinstance(now, Rewound) else -1


def counted(events: Iterable[E]) -> list[E]:
    """The events that still count, in their order."""
    kept: list[E] = []
    for event in events:
        if isinstance(event, Started | Rewound):
            last = counts_until(event)
            kept = [earlier for earlier in kept if earlier.step <= last]
        kept.append(event)
    return kept


def finite(value: float) -> float | None:
    """The value, or None where it is not finite."""
    return value if math.isfinite(value) else None


def bits_per_character(loss: float | None, characters_per_token: float) -> float | None:
    """loss / ln 2 / characters per token, or None where there is no loss."""
    return None if loss is None or characters_per_token <= 0 else loss / math.log(2) / characters_per_token


def losses(loss: float, characters_per_token: float) -> dict[str, float | None]:
    """A mean loss in nats per token, as nats, perplexity and bits per character."""
    nats = finite(loss)
    bits = bits_per_character(nats, characters_per_token)
    return {"loss": nats, "perplexity": perplexity(loss), "bits_per_character": bits}


def perplexity(loss: float | None) -> float | None:
    """exp(loss), or None where that is not finite."""
    try:
        return None if loss is None else finite(math.exp(loss))
    except OverflowError:
        return None
