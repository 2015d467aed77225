"""Several curves in one picture."""

from __future__ import annotations

import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnnlab.tui.glyphs import FINE, PLAIN
from rnnlab.tui.microscope.curves import Axes, Line, curves

NUMBERS = st.floats(allow_nan=True, allow_infinity=True)
POINTS = st.lists(st.tuples(st.floats(-1e3, 1e3), NUMBERS), max_size=8).map(
    lambda p: tuple(sorted(p, key=lambda q: q[0]))
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(POINTS, max_size=3), st.booleans(), st.booleans(), st.integers(0, 90), st.integers(0, 30),
    st.sampled_from([FINE, PLAIN]),
)  # fmt: skip
def test_any_numbers_can_be_drawn_in_any_room(points, log_x, log_y, width, height, glyphs) -> None:
    lines = [Line(f"run {n}", p) for n, p in enumerate(points)]
    grid = curves(lines, Axes(title="t", across="x", log_x=log_x, log_y=log_y), width, height, glyphs)
    assert (grid.width, grid.height) == (width, height)


def test_a_power_law_is_a_straight_line_on_two_logarithmic_axes() -> None:
    line = Line("law", tuple((float(x), 1.0 / x) for x in (1, 10, 100, 1000)))
    grid = curves([line], Axes(title="", across="", log_x=True, log_y=True), 46, 24, PLAIN)
    rows = [y for x in range(8, 40) for y in range(2, 23) if "line-0" in grid.roles(x, y, 1)]
    steps = [b - a for a, b in itertools.pairwise(rows)]
    assert rows[0] < 4
    assert rows[-1] > 19
    assert all(step in (0, 1) for step in steps)


def test_each_curve_has_its_letter_in_the_names_and_at_its_end() -> None:
    lines = [Line("one", ((0.0, 0.0), (9.0, 0.0))), Line("two", ((0.0, 1.0), (9.0, 1.0)), quiet=True)]
    grid = curves(lines, Axes(title="right", across="words", low=0.0, high=1.0), 40, 12, FINE)
    text = [grid.text(y).rstrip() for y in range(12)]
    assert text[:3] == ["right", "A one", "B two"]
    assert text[3].endswith("B")
    assert text[10].endswith("A")
    assert text[11].endswith("words")


def test_what_is_counted_has_no_halves_below_it() -> None:
    line = Line("one", ((0.0, 0.0), (3.0, 1.0)))
    axis = curves([line], Axes(title="", across="attractors"), 78, 12, FINE).text(11)
    assert axis.split() == ["0", "1", "2", "attractors"]
