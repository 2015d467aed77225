"""The neuron bench's shades, moves and hypotheses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.dialogue import Prompt, RankUnits, WatchUnit
from rnnlab.findings import Activations, Ranking
from rnnlab.specs import SampleSpec
from rnnlab.specs.clamps import Clamp
from rnnlab.specs.model import ModelSpec
from rnnlab.tui.microscope import neurons_view
from rnnlab.tui.microscope.asking import Answer, Job
from rnnlab.tui.microscope.neurons_view import HIGHEST, LOWEST, NOTHING, Unit


def watched(*values: float, part: str = "hidden") -> Activations:
    return Activations(part=part, layer=0, unit=0, tokens=tuple("abcdefgh"[: len(values)]), values=values)


def test_a_unit_is_shaded_in_thirds_of_its_largest_value_around_its_middle() -> None:
    roles = [role for _, role in neurons_view.shaded(watched(0.9, 0.4, 0.1, -0.4, -0.9))]
    assert roles == ["up-2", "up-1", "level-0", "down-1", "down-2"]
    assert [role for _, role in neurons_view.shaded(watched(1.0, 0.5, 0.0, part="forget"))] == [
        "up-2", "level-0", "down-2",
    ]  # fmt: skip


@given(st.lists(st.floats(-1e6, 1e6), max_size=8))
def test_any_values_can_be_shaded_and_never_turn_around(values) -> None:
    found = neurons_view.shaded(watched(*values))
    order = ["down-2", "down-1", "level-0", "up-1", "up-2"]
    by_value = [order.index(role) for _, (_, role) in sorted(zip(values, found, strict=True), key=lambda pair: pair[0])]
    assert by_value == sorted(by_value)


def test_units_are_stepped_through_round_about() -> None:
    spec = ModelSpec(cell="lstm", hidden=8, layers=2)
    assert Unit().beside(-1, spec) == Unit(number=7)
    assert Unit(layer=1).higher(spec) == Unit()
    assert [unit.part for unit in (Unit().other(spec), Unit("output").other(spec))] == ["memory", "hidden"]
    assert Unit().other(ModelSpec(cell="rnn")) == Unit()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", None),
        (" ", ("match", " ")),
        ("quotes", ("quotes", "")),
        (" Line ", ("line", "")),
        ("[A-Z]", ("match", "[A-Z]")),
    ],
)
def test_what_is_typed_becomes_a_hypothesis(typed, expected) -> None:
    found = neurons_view.hypothesis_of(typed)
    assert (found and (found.hypothesis, found.pattern)) == expected
    assert found is None or isinstance(found, RankUnits)


@pytest.mark.parametrize(("hold", "value"), [(HIGHEST, 0.75), (LOWEST, -0.5), (NOTHING, 0.0)])
def test_two_texts_are_asked_for_that_differ_in_the_held_unit_alone(hold, value) -> None:
    free, held = neurons_view.prompts(Unit("hidden", 1, 3), watched(0.75, -0.5), hold, "the", SampleSpec(), "best")
    assert isinstance(free, Prompt)
    assert free.sample == held.sample
    assert (free.sample.seed, free.at, free.clamp) == (1, "best", ())
    assert held.clamp == (Clamp(1, 3, value),)


def test_what_holding_a_unit_changed_is_marked() -> None:
    job = Job("neurons", "run", WatchUnit(text=""))
    free, held = (Answer(job=job, text=text) for text in ("the sea", "the tide"))
    assert neurons_view.written(free, held, HIGHEST, 0.5)[1] == [
        ("held at +0.50, its highest  ", "quiet"), ("the ", ""), ("tide", "new"),
    ]  # fmt: skip


def test_what_was_ranked_is_told_safely() -> None:
    ranking = Ranking(
        hypothesis="match \x1b+", measure="auc", share=0.25, tokens=1000, text="validation", step=1, units=()
    )
    assert (
        neurons_view.ranking_title(ranking)
        == "match '␛+': 1,000 tokens of validation text, holds at 25 %   Enter: that unit"
    )
