"""What the neuron bench shows: a text coloured by one unit, units ranked by a hypothesis, and what holding one changes.

Pure functions. It must not know widgets, hosts or how a unit is computed.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rnnlab.dialogue import Prompt, RankUnits
from rnnlab.findings import Activations, Ranking, UnitScore
from rnnlab.specs import SampleSpec
from rnnlab.specs.clamps import Clamp
from rnnlab.specs.model import ModelSpec
from rnnlab.text.reels import new_marks
from rnnlab.text.visible import label, visible
from rnnlab.tui.copied import together
from rnnlab.tui.figures import count, share
from rnnlab.tui.grid import Part
from rnnlab.tui.microscope.asking import Answer

PARTS = {"lstm": ("hidden", "memory", "input", "forget", "output"), "gru": ("hidden", "reset", "update")}
"""What of a cell can be looked at; of every other one, its hidden state."""
STATES = ("hidden", "memory")
"""Parts that lie around 0; gates lie between 0 and 1."""
FREE, HIGHEST, LOWEST, NOTHING = "free", "highest", "lowest", "nothing"
HOLDS = (FREE, HIGHEST, LOWEST, NOTHING)
"""At what a unit is held while the model writes."""
WRITTEN = 160
"""Tokens that are written to see what holding a unit changes."""
_EDGES = (1 / 3, 2 / 3)
_UP, _DOWN = ("level-0", "up-1", "up-2"), ("level-0", "down-1", "down-2")


class Unit(msgspec.Struct, frozen=True):
    """One unit of a model."""

    part: str = "hidden"
    layer: int = 0
    number: int = 0

    def beside(self, by: int, spec: ModelSpec) -> Unit:
        """The unit so many further, round about."""
        return msgspec.structs.replace(self, number=(self.number + by) % spec.hidden)

    def higher(self, spec: ModelSpec) -> Unit:
        """The same in the next layer, round about."""
        return msgspec.structs.replace(self, layer=(self.layer + 1) % spec.layers)

    def other(self, spec: ModelSpec) -> Unit:
        """The same number in the next part of the cell, round about."""
        parts = PARTS.get(spec.cell, ("hidden",))
        at = parts.index(self.part) if self.part in parts else -1
        return msgspec.structs.replace(self, part=parts[(at + 1) % len(parts)])


def hypothesis_of(typed: str) -> RankUnits | None:
    """What a person typed, as a question: `quotes`, `line`, or a regular expression; None where it is nothing."""
    name = typed.strip().lower()
    if not typed:
        return None
    if name in ("quotes", "line"):
        return RankUnits(hypothesis=name, gates=True, count=20)
    return RankUnits(hypothesis="match", pattern=typed, gates=True, count=20)


def activations(answer: Answer | None) -> Activations | None:
    return next(iter(answer.of(Activations)), None) if answer else None


def shaded(found: Activations) -> list[Part]:
    """The text by what the unit does: up where it is high, down where it is low, in thirds of its largest value."""
    middle = 0.0 if found.part in STATES else 0.5
    largest = max((abs(value - middle) for value in found.values), default=0.0) or 1.0
    return [(token, _role((value - middle) / largest)) for token, value in zip(found.tokens, found.values, strict=True)]


def _role(value: float) -> str:
    step = sum(abs(value) >= edge for edge in _EDGES)
    return (_UP if value > 0 else _DOWN)[step]


def headline(unit: Unit, spec: ModelSpec, found: Activations | None, cursor: int) -> str:
    """Which unit it is, what it does at the cursor, and between what it goes."""
    layer = f", layer {unit.layer + 1} of {spec.layers}" if spec.layers > 1 else ""
    told = [f"{unit.part} unit {unit.number} of {count(spec.hidden)}{layer}"]
    if found is not None and found.values:
        told.append(f"from {min(found.values):+.2f} to {max(found.values):+.2f}")
        if cursor < len(found.values):
            told.append(
                f"after {label(found.tokens[cursor]) if found.tokens[cursor] else '…'} {found.values[cursor]:+.3f}"
            )
    return "   ".join(told)


def held_value(found: Activations, hold: str) -> float:
    """The number that a unit is held at."""
    return {HIGHEST: max(found.values), LOWEST: min(found.values), NOTHING: 0.0}[hold]


def prompts(unit: Unit, found: Activations, hold: str, prefix: str, sample: SampleSpec, at: str) -> tuple[Prompt, ...]:
    """The same text to be written twice with the same seed: free, and with the unit held."""
    sample = msgspec.structs.replace(sample, length=WRITTEN, seed=sample.seed or 1, stop="")
    free = Prompt(prefix=prefix, sample=sample, at=at)
    clamp = Clamp(unit.layer, unit.number, held_value(found, hold))
    return free, msgspec.structs.replace(free, clamp=(clamp,))


def beginning_of(passage: str) -> str:
    """What of a passage the model writes on from: its last line or so."""
    return passage[-60:].rsplit("\n", 1)[-1] or passage[-60:]


def written(free: Answer, held: Answer, hold: str, value: float) -> tuple[list[Part], list[Part]]:
    """Both texts, what is new in the held one marked."""
    fresh = new_marks(free.text, held.text)
    roles = ["new" if mark else "" for mark in fresh]
    name = f"held at {value:+.2f}, its {hold}" if hold != NOTHING else "held at 0"
    return [("free  ", "quiet"), (free.text, "")], [(f"{name}  ", "quiet"), *together(held.text, roles)]


def ranked(answer: Answer | None) -> Ranking | None:
    return next(iter(answer.of(Ranking)), None) if answer else None


def ranking_title(ranking: Ranking) -> str:
    """What was ranked, on what."""
    holds = f", holds at {share(ranking.share)}" if ranking.measure == "auc" else ""
    name, _, pattern = ranking.hypothesis.partition(" ")
    hypothesis = f"{name} {visible(pattern)!r}" if pattern else name
    return f"{hypothesis}: {count(ranking.tokens)} tokens of {ranking.text} text{holds}   Enter: that unit"


def ranking_row(unit: UnitScore) -> Sequence[str]:
    """The cells of a ranked unit."""
    return (
        f"{unit.part} {unit.unit}" + (f", layer {unit.layer + 1}" if unit.layer else ""),
        f"{unit.score:.3f}", f"{unit.fitted:.3f}", f"{unit.low:+.2f}", f"{unit.high:+.2f}",
    )  # fmt: skip
