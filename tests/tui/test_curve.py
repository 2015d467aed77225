from hypothesis import given
from hypothesis import strategies as st

from rnnlab.tui.curve import cells
from rnnlab.tui.glyphs import FINE, PLAIN

WIDTH, HEIGHT = 20, 6
dots = st.lists(st.tuples(st.floats(0, WIDTH * 2 - 1), st.floats(-50, 50)), min_size=1, max_size=40).map(sorted)


def rows(points, width=3, height=1, glyphs=FINE):
    bits = cells(points, width, height, glyphs)
    return ["".join(glyphs.cell(bits.at(x, y)) for x in range(width)) for y in range(height)]


def test_a_level_line_is_one_dot_thin():
    assert rows([(0, 1.5), (5, 1.5)]) == ["⠒⠒⠒"]


def test_a_rising_line_is_joined():
    assert rows([(0, 3.5), (5, 0.5)]) == ["⡤⠖⠋"]


def test_a_single_point_is_a_single_dot():
    assert rows([(2, 0.5)]) == ["⠀⠁⠀"]


def test_values_in_one_column_are_all_covered():
    assert rows([(0, 0), (0, 3.9), (0, 2)], width=1) == ["⡇"]


def test_what_is_beyond_the_edges_is_drawn_along_them():
    assert rows([(0, -90), (5, -90)]) == ["⠉⠉⠉"]
    assert rows([(0, 90), (5, 90)]) == ["⣀⣀⣀"]


def test_a_plain_console_gets_half_blocks():
    assert rows([(0, 0), (2, 0)], glyphs=PLAIN) == ["▀▀▀"]
    assert rows([(0, 0), (0, 1)], width=1, glyphs=PLAIN) == ["█"]


@given(dots)
def test_no_column_between_the_ends_is_without_a_dot(points):
    bits = cells(points, WIDTH, HEIGHT, FINE)
    left, right = (0x47, 0xB8)
    lit = {x * 2 for (x, _), value in bits.items() if value & left}
    lit |= {x * 2 + 1 for (x, _), value in bits.items() if value & right}
    assert lit == set(range(int(points[0][0]), int(points[-1][0]) + 1))


@given(dots)
def test_neighbouring_columns_touch(points):
    """A column's dots begin at most a row from where those beside it end: there are no gaps in a steep line."""
    bits = cells(points, WIDTH, HEIGHT, FINE)
    covered: dict[int, set[int]] = {}
    for (x, y), value in bits.items():
        for dot_x, column in enumerate(FINE.dots):
            for dot_y, bit in enumerate(column):
                if value & bit:
                    covered.setdefault(x * 2 + dot_x, set()).add(y * 4 + dot_y)
    for column, dots_here in covered.items():
        beside = covered.get(column + 1)
        if beside:
            assert max(dots_here) >= min(beside) - 1
            assert max(beside) >= min(dots_here) - 1
