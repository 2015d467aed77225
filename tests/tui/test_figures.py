import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.tui import figures


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (4.3149, "4.31"), (71.0, "71.00"), (99.996, "100.0"), (1027.2, "1,027"), (999_999.6, "1.0e+06"),
        (0.0521, "0.052"), (0.00001, "1.0e-05"), (0.0, "0.000"), (None, "–"), (math.inf, "–"), (math.nan, "–"),
    ],
)  # fmt: skip
def test_magnitudes_have_about_three_digits(value, text):
    assert figures.magnitude(value) == text


@given(st.floats(0, 1e99))
def test_a_magnitude_is_never_wider_than_its_column(value):
    assert len(figures.magnitude(value)) <= 7


def test_counts_and_ticks_have_thousands_separators_and_no_needless_digits():
    assert figures.count(269383) == "269,383"
    assert [figures.compact(v) for v in (1000.0, 999.7, 50.0, 0.5, 22.164, 1.25)] == [
        "1,000", "1,000", "50", "0.5", "22.2", "1.25",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text"),
    [(41233.0, "41,200"), (999.4, "999"), (611.2, "611"), (12.0, "12"), (9.5, "9.50"), (1234567.0, "1.23 M"),
     (None, "–"), (math.nan, "–")],
)  # fmt: skip
def test_the_last_digits_of_a_speed_stay_still(value, text):
    assert figures.rate(value) == text


def test_a_share_says_when_it_is_nearly_none_or_all():
    assert [figures.share(v) for v in (0, 0.001, 0.12, 0.999, 1)] == ["0 %", "<1 %", "12 %", ">99 %", "100 %"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(42.4, "0:42"), (130, "2:10"), (3599.7, "1:00:00"), (3730, "1:02:10"), (200_000, "2 d 7 h"),
     (10**9, "11,574 d"), (None, "–"), (math.inf, "–"), (-1, "–")],
)  # fmt: skip
def test_durations_read_as_clocks_do(seconds, text):
    assert figures.duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0"), (9_999_999, "9,999,999"), (10_000_000, "10.0 M"), (10**9, "1,000.0 M")]
)
def test_a_long_text_s_length_takes_no_more_cells_than_a_column_has(value, shown):
    assert figures.short_count(value) == shown
