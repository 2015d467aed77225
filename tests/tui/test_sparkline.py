from hypothesis import given
from hypothesis import strategies as st

from rnnlab.tui.glyphs import FINE, PLAIN
from rnnlab.tui.sparkline import sparkline


def test_bars_reach_from_the_lowest_to_the_highest():
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8, FINE) == "▁▂▃▄▅▆▇█"
    assert sparkline([0, 1, 2], 3, PLAIN) == "_▄█"


def test_the_newest_stand_at_the_right_and_the_oldest_fall_off():
    assert sparkline([7, 0], 4, FINE) == "  █▁"
    assert sparkline([100, 7, 0], 2, FINE) == "█▁"


def test_what_is_missing_is_a_gap_and_what_is_level_is_half_high():
    assert sparkline([1, None, float("inf"), 1], 4, FINE) == "▅  ▅"
    assert sparkline([], 3, FINE) == "   "


@given(st.lists(st.none() | st.floats(), max_size=30), st.integers(-1, 40))
def test_it_is_exactly_as_wide_as_asked_whatever_the_values(values, width):
    assert len(sparkline(values, width, FINE)) == max(width, 0)
