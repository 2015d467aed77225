"""How far back models remember, as curves: gradients over the steps they go back, and perplexity by length of context.

Pure functions from answers. It must not know widgets, hosts or how a gradient is taken.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from rnnlab.findings import Memory
from rnnlab.text.amounts import counted
from rnnlab.tui.figures import compact, magnitude
from rnnlab.tui.microscope.asking import Answer
from rnnlab.tui.microscope.curves import Axes, Line, letter

FAINT = 1e-6
"""A gradient so many times smaller than that of one step back is as good as none: float32 adds it to nothing."""

CONTEXT = Axes(title="perplexity by tokens of context", across="context", log_x=True, log_y=True)


def gradient_axes(*, cells: bool) -> Axes:
    what = "memory cells" if cells else "hidden state"
    return Axes(title=f"gradient reaching the {what}", across="steps back", log_y=True, label=power)


def power(value: float) -> str:
    """A power of ten as `1e-9`; 0.001 to 1,000 plainly."""
    return compact(value) if 1e-3 <= value <= 1e3 else f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e")


def gradients(answers: Sequence[Answer], *, cells: bool) -> list[Line]:
    """A curve for each model: the size of the gradient over the steps it goes back."""
    return [
        Line(answer.label, tuple(enumerate(memory.cell if cells else memory.hidden, 1)), quiet=not memory.step)
        for answer, memory in _found(answers)
    ]


def contexts(answers: Sequence[Answer]) -> list[Line]:
    """A curve for each model: perplexity over the tokens of context that it may see."""
    return [
        Line(
            answer.label,
            tuple((point.tokens, point.perplexity) for point in memory.context if point.perplexity is not None),
            quiet=not memory.step,
        )
        for answer, memory in _found(answers)
    ]


def has_cells(answers: Sequence[Answer]) -> bool:
    return any(memory.cell for _, memory in _found(answers))


def told(answers: Sequence[Answer]) -> list[str]:
    """A sentence for each trained model: how far its loss hears, and what context is worth to it."""
    return [
        f"{letter(n)} {_reach(memory)}; {_worth(memory)}"
        for n, (_, memory) in enumerate(_found(answers))
        if memory.step
    ]


def reach(norms: Sequence[float]) -> int:
    """Steps back up to which the gradient is not yet faint; 0 where there is none at all."""
    first = norms[0] if norms else 0.0
    return max((k for k, norm in enumerate(norms, 1) if first > 0 and norm >= FAINT * first), default=0)


def _reach(memory: Memory) -> str:
    far, lags = reach(memory.hidden), len(memory.hidden)
    last = memory.hidden[-1] / memory.hidden[0] if memory.hidden and memory.hidden[0] else math.nan
    if last > 1:
        return f"the gradient grows {magnitude(last)} times in {lags} steps"
    return f"hears {'more than ' if far >= lags else ''}{counted(far, 'step')} back"


def _worth(memory: Memory) -> str:
    """From which context on more of it gains less than one in a hundred."""
    points = [point for point in memory.context if point.perplexity is not None]
    if not points:
        return "no perplexity"
    best = min(point.perplexity or math.inf for point in points)
    enough = next(point.tokens for point in points if (point.perplexity or math.inf) <= best * 1.01)
    return f"uses {counted(enough, 'token')} of context, perplexity {magnitude(best)}"


def _found(answers: Sequence[Answer]) -> list[tuple[Answer, Memory]]:
    return [(answer, memory) for answer in answers for memory in answer.of(Memory)]
