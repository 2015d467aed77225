"""Measurements as tables."""

from __future__ import annotations

import pytest

from rnnlab.bench.values import Agreement, AnyRow, Doing, Figure, Missing, Point, SameText, Spread, Target
from rnnlab.cli.measured import sections, short, table_of, tally, verdict

SHAPE = "GRU, hidden 256, vocabulary 28"


def speed(who: str, median: float, ratio: float, *targets: Target, share: float | None = 0.5) -> Figure:
    return Figure(
        part="train",
        what=SHAPE,
        who=who,
        unit="tokens/s",
        value=Spread(median, median * 0.9, median * 1.1, 7),
        ratio=Spread(ratio, ratio, ratio, 7),
        beside="textbook",
        share=share,
        targets=targets,
    )


ROWS: list[AnyRow] = [
    Doing(part="train", what="curves"),
    Agreement(part="train", what=SHAPE, who="fused", steps=200, loss=1.5, reference=1.5, rounding=0.0, agrees=True),
    Doing(part="train", what="speeds"),
    speed("textbook", 22_000, 1.0),
    speed("torch.nn", 20_000, 0.9, share=None),
    speed("fused", 50_000, 2.27, Target(2.2, "ratio")),
    speed("native", 70_000, 3.2, Target(3.5, "ratio"), Target(0.65, "share")),
    Missing(part="train", what=SHAPE, who="quantum", why="not to be had here"),
]


def test_rows_about_one_thing_make_one_table() -> None:
    agreement, speeds = sections(ROWS)
    assert len(agreement) == 1
    assert [row.who for row in speeds if isinstance(row, Figure | Missing)] == [
        "textbook",
        "torch.nn",
        "fused",
        "native",
        "quantum",
    ]


def test_speeds_stand_beside_their_targets_with_a_mark() -> None:
    table = table_of(list(sections(ROWS))[1])
    assert table.headers == (SHAPE, "measured", "least–most", "to textbook", "of peak", "target")
    assert table.rows[2] == ("fused", "50.0 k tokens/s", "45.0 k–55.0 k", "×2.27", "50%", "✓ ≥ ×2.2")
    assert table.rows[3][-1] == "✕ ≥ ×3.5, ✕ ≥ 65%"
    assert table.rows[1][4] == ""
    assert table.rows[4] == ("quantum", "not to be had here", "", "", "", "")


def test_a_table_has_no_columns_that_nobody_fills() -> None:
    figure = Figure(part="text", what="English", who="encode", unit="MB/s", value=Spread(19.84, 19.84, 19.84, 1))
    assert table_of([figure]).headers == ("English", "measured", "least–most")
    assert table_of([figure]).rows == (("encode", "19.8 MB/s", ""),)


def test_a_curve_or_a_text_that_differs_is_not_overlooked() -> None:
    differs = Agreement(part="train", what=SHAPE, who="x", steps=9, loss=1.6, reference=1.5, rounding=0.0, agrees=False)
    assert table_of([differs]).rows == (("x", "9", "1.60000", "1.50000", "✕ NO"),)
    text = SameText(part="generate", what=SHAPE, who="numpy", tokens=5000, ties=1, faults=0)
    assert table_of([text]).rows == (("numpy", "5,000", "1", "0", "✓ yes"),)


def test_points_of_a_sweep_are_a_row_for_each_value_and_a_column_for_each_contender() -> None:
    points = [
        Point(part="growth", sweep="hidden", x=x, who=who, unit="µs a token", value=Spread(cost, cost, cost, 1))
        for x, who, cost in ((64, "textbook", 12.0), (64, "fused", 4.0), (1024, "textbook", 300.0))
    ]
    table = table_of(points)
    assert table.headers == ("hidden (µs a token)", "textbook", "fused")
    assert table.rows == (("64", "12.0", "4.00"), ("1,024", "300", ""))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0123, "0.01"), (4.2, "4.20"), (57.31, "57.3"), (999.4, "999"), (57_310, "57.3 k"), (140e9, "140 G")],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert short(value) == text


def test_a_thousand_milliseconds_are_a_second_and_so_are_their_ends() -> None:
    waits = Figure(part="ui", what="keys", who="slow", unit="ms", value=Spread(1160.0, 980.0, 1200.0, 3))
    assert table_of([waits]).rows == (("slow", "1.16 s", "0.98–1.20"),)


def test_a_limit_from_above_is_told_from_one_from_below() -> None:
    wait = Figure(
        part="ui",
        what="keys",
        who="key to screen",
        unit="ms",
        value=Spread(31.0, 20.0, 60.0, 9),
        targets=(Target(50.0, at_most=True),),
    )
    assert verdict(wait) == "✓ ≤ 50.0 ms"


def test_targets_and_agreements_are_tallied() -> None:
    assert tally(ROWS) == (2, 4)
