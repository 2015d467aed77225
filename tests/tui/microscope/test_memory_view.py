"""What is told of how far models remember."""

from __future__ import annotations

from rnnlab.dialogue import MeasureMemory
from rnnlab.findings import ContextPoint, Memory
from rnnlab.tui.microscope import memory_view
from tests.tui.microscope.looking import answer


def memory(
    step: int, *norms: float, cell: tuple[float, ...] = (), contexts: tuple[tuple[int, float], ...] = ((1, 9.0),)
):
    points = tuple(ContextPoint(tokens, 0.0, perplexity) for tokens, perplexity in contexts)
    found = Memory(
        weights="trained", step=step, hidden=norms, cell=cell, context=points, positions=4, text="validation"
    )
    return answer(MeasureMemory(at=str(step)), found, part="memory")


def test_the_untrained_models_curve_is_there_to_be_held_against() -> None:
    lines = memory_view.gradients([memory(600, 1.0, 0.5), memory(0, 1.0, 0.1)], cells=False)
    assert [(line.points, line.quiet) for line in lines] == [
        (((1, 1.0), (2, 0.5)), False),
        (((1, 1.0), (2, 0.1)), True),
    ]


def test_an_lstms_cells_are_another_picture() -> None:
    found = [memory(600, 1.0, cell=(2.0,))]
    assert memory_view.has_cells(found)
    assert memory_view.gradients(found, cells=True)[0].points == ((1, 2.0),)


def test_a_gradient_a_million_times_smaller_is_heard_no_more() -> None:
    assert memory_view.reach([1.0, 1e-3, 2e-6, 1e-7]) == 3
    assert memory_view.reach([0.0, 0.0]) == 0
    (told,) = memory_view.told([memory(600, 1.0, 1e-3, 1e-7, contexts=((1, 9.0), (5, 4.02), (20, 4.0)))])
    assert told == "A hears 2 steps back; uses 5 tokens of context, perplexity 4.00"


def test_an_exploding_gradient_is_told_so() -> None:
    assert "grows 100.0 times in 3 steps" in memory_view.told([memory(600, 1.0, 10.0, 100.0)])[0]
