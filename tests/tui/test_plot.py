import random
import tracemalloc

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.events import Changed, Diverged, Finished
from rnnlab.series import Series
from rnnlab.tui.glyphs import FINE, PLAIN
from rnnlab.tui.grid import Grid
from rnnlab.tui.plot import _Plot, plot
from rnnlab.tui.run_view import RunView, fold

from .runs import evaluated, records, started, step, training, view_of

EMPTY = RunView.empty()


def picture(view, width=76, height=10, glyphs=FINE) -> list[str]:
    grid = plot(view, width, height, glyphs)
    return [grid.text(y) for y in range(height)]


def roles(view, width=76, height=10) -> set[str]:
    grid = plot(view, width, height, FINE)
    return {role for y in range(height) for _, role in grid.parts(y)}


def row_of(lines: list[str], text: str) -> int:
    return next(y for y, line in enumerate(lines) if text in line)


def test_the_curve_falls_through_its_rulers(snapshot):
    assert "\n".join(picture(view_of(1800), height=12)) == snapshot


def test_a_plain_console_gets_blocks(snapshot):
    lines = picture(view_of(1800), glyphs=PLAIN)
    assert "\n".join(lines) == snapshot
    assert not any("\u2800" <= character <= "\u28ff" for line in lines for character in line)


def test_rulers_stand_at_their_perplexities_with_their_names():
    lines = picture(view_of(600), height=14)
    assert row_of(lines, "uniform 71") < row_of(lines, "unigram 21.3")
    assert row_of(lines, " 50 ") < row_of(lines, "unigram 21.3") <= row_of(lines, " 20 ")


def test_the_unigram_ruler_is_measured_on_the_text_that_the_others_are():
    def drawn(**rulers: float) -> str:
        began = msgspec.structs.replace(started(), unigram=22.2, rulers=rulers)
        return "\n".join(picture(msgspec.structs.replace(view_of(1800), started=began), height=20))

    assert "unigram 22.2" in drawn()
    assert "unigram 21.9" in drawn(unigram=21.9, bigram=9.8)
    assert "bigram 9.8" in drawn(unigram=21.9, bigram=9.8)


def test_rulers_that_fall_together_share_a_row():
    view = fold(EMPTY, records([started(unigram=70.0), step(10)]), None)
    assert any(line.endswith("uniform 71 · unigram 70") for line in picture(view))


def test_curves_have_their_names_at_their_tips():
    lines = picture(view_of(1800))
    assert row_of(lines, " val ") <= row_of(lines, " train ")
    assert {"train", "validation"} <= roles(view_of(1800))
    assert not any(" val " in line for line in picture(fold(EMPTY, records([started(), step(10), step(20)]), None)))


def test_a_name_never_hides_a_curve():
    """Validation ends before training does: its name must not lie on the training curve."""
    for step_of_last in range(150, 600, 50):
        happened = [started(), *(step(n) for n in range(10, 601, 10)), evaluated(step_of_last, 9.0)]
        named = plot(fold(EMPTY, records(happened), None), 76, 10, FINE)
        alone = plot(fold(EMPTY, records(happened[:-1]), None), 76, 10, FINE)
        for y in range(10):
            for x in range(70):
                if alone.roles(x, y, 1) == {"train"} and alone.text(y)[x] not in "train ":
                    assert named.roles(x, y, 1) == {"train"} or named.text(y)[x] == FINE.point


def where(grid: Grid, role: str) -> set[tuple[int, int]]:
    return {(x, y) for y in range(grid.height) for x in range(grid.width) if grid.roles(x, y, 1) == {role}}


@pytest.mark.parametrize("level", [1001, 800, 200, 0])
def test_a_rulers_name_gives_way_to_a_curve_and_hides_none(monkeypatch, level):
    """The curve is level at the ruler's height from that step on."""
    points = [step(n, 50.0 if n < level else 21.3) for n in range(10, 1001, 10)]
    view = fold(EMPTY, records([started(), *points]), None)
    grid = plot(view, 76, 14, FINE)
    lines = [grid.text(y).rstrip() for y in range(14)]
    named = [line for line in lines if "unigram 21.3" in line]
    assert len(named) == (level > 200), "only a level curve leaves no room"
    assert all(line.endswith("unigram 21.3") == (level > 1000) for line in named)
    monkeypatch.setattr(_Plot, "_name_rulers", lambda self, labels: None)
    assert where(plot(view, 76, 14, FINE), "train") - where(grid, "validation") == where(grid, "train")


def test_what_happened_to_a_run_is_marked_at_its_step():
    happened = [
        started(),
        *(step(n) for n in range(10, 1001, 10)),
        Changed(step=300, epoch=2, changes={}),
        Diverged(step=700, epoch=5, loss=None, grad_norm=None, text=""),
        started(800, attempt=2),
        *(step(n) for n in range(810, 1001, 10)),
    ]
    view = fold(EMPTY, records(happened), None)
    top = picture(view)[0]
    assert top.index("△") < top.index("✕") < top.index("↻")
    assert {"resumed", "changed", "diverged"} <= roles(view)


def test_between_two_drawings_only_the_tip_moves():
    before, after = fold(EMPTY, training(1520), None), fold(EMPTY, training(1530), None)
    changed = list(plot(after, 76, 10, FINE).changes(plot(before, 76, 10, FINE)))
    assert changed
    assert all(width <= 8 for _, _, width in changed)


def test_the_axis_grows_in_round_steps_and_ends_where_the_run_ended():
    assert "2,000" in picture(view_of(1900), width=100)[-1]
    ended = fold(view_of(1900), records([Finished(step=1900, epoch=13, cause="stopped")], first=10**6), None)
    assert "2,000" not in picture(ended, width=100)[-1]


def test_a_run_that_has_hardly_begun_shows_its_rulers():
    lines = picture(fold(EMPTY, records([started()]), None))
    assert any("uniform 71" in line for line in lines)
    assert picture(EMPTY) == [" " * 76] * 10


@pytest.mark.parametrize(("width", "height"), [(0, 0), (1, 1), (23, 9), (24, 3), (24, 4), (300, 100), (-3, 5)])
def test_it_fits_any_size(width, height):
    grid = plot(view_of(300), width, height, FINE)
    assert (grid.width, grid.height) == (max(width, 0), max(height, 0))


hostile = st.floats(min_value=0, allow_nan=False, allow_infinity=False)


@given(
    st.lists(st.tuples(st.integers(0, 2**53), hostile), max_size=8),
    st.lists(st.tuples(st.integers(0, 2**53), hostile), max_size=8),
    st.integers(0, 2**53),
    hostile,
    st.integers(0, 2**53),
)
def test_no_journal_can_break_it(train, validation, vocabulary, unigram, total):
    happened = [
        started(vocabulary=vocabulary, unigram=unigram, total_steps=total),
        *(step(n, max(value, 5e-324)) for n, value in train),
        *(evaluated(n, max(value, 5e-324)) for n, value in validation),
    ]
    view = fold(EMPTY, records(happened), None)
    assert all(len(line) == 60 for line in picture(view, 60, 9))


def test_log_spacing_is_even():
    """Ten times the perplexity is always the same distance up."""
    falling = [step(n * 10, 1000 / 2**n) for n in range(9)]
    lines = picture(fold(EMPTY, records([started(vocabulary=1000, unigram=900.0), *falling]), None), 60, 41)
    rows = {tick: row_of(lines, f" {tick} ") for tick in (500, 200, 100, 50, 20, 10)}
    for tick in (20, 10):
        assert rows[tick] - rows[50] == pytest.approx(rows[tick * 10] - rows[500], abs=1)


def test_a_drawing_takes_hardly_more_memory_than_the_picture_that_comes_of_it():
    """What a moment takes a process keeps: with its points and cells as objects, this one took 550 kB in passing."""
    chance = random.Random(1)
    noise = Series().extend((n, 6 + 2 * chance.random()) for n in range(1, 20_000))
    view = msgspec.structs.replace(view_of(1), perplexity=noise, validation=noise)
    plot(view, 190, 50, FINE)
    tracemalloc.start()
    drawn = plot(view, 190, 50, FINE)
    kept, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "validation" in {role for y in range(50) for _, role in drawn.parts(y)}
    assert most - kept < 100_000
