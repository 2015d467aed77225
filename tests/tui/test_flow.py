import tracemalloc
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from rnnlab.tui.flow import LINE, Flow, Row

text = st.text(st.sampled_from("ab  é漢字、e\u0301👍\u200d🏽\n"), max_size=120)
pieces = st.lists(text, max_size=8)
widths = st.integers(2, 30)


def shown(flow: Flow) -> list[str]:
    return [row.line.text[row.start : row.end] for row in flow.rows]


def whole(flow: Flow) -> str:
    return "".join(
        row.line.text[row.start : row.end] + ("\n" if row.last and row.line.ended else "") for row in flow.rows
    )


def flow_of(*texts: str, width: int = 10, **rest) -> Flow:
    flow = Flow(width, **rest)
    for piece in texts:
        flow.write(piece, "text")
    return flow


def test_words_wrap_at_spaces_and_long_ones_where_they_are_full():
    assert shown(flow_of("the tide went out")) == ["the tide ", "went out"]
    assert shown(flow_of("abcdefghijklmno")) == ["abcdefghij", "klmno"]


def test_wide_characters_take_two_cells_and_marks_none():
    assert shown(flow_of("漢字漢字漢字")) == ["漢字漢字漢", "字"]
    assert shown(flow_of("e\u0301" * 12)) == ["e\u0301" * 10, "e\u0301" * 2]


@given(pieces, widths)
def test_nothing_is_lost_added_or_moved(texts, width):
    assert whole(flow_of(*texts, width=width)) == "".join(texts)


@given(pieces, widths)
def test_writing_in_pieces_wraps_as_writing_at_once(texts, width):
    assert shown(flow_of(*texts, width=width)) == shown(flow_of("".join(texts), width=width))


@given(text, widths)
def test_a_row_is_no_wider_than_the_width_but_for_spaces(written, width):
    assert all(cell_len(row.rstrip(" ")) <= width for row in shown(flow_of(written, width=width)))


@given(pieces, widths, widths)
def test_rewrapping_is_writing_in_the_other_width(texts, width, other):
    flow = flow_of(*texts, width=width)
    flow.rewrap(other)
    assert shown(flow) == shown(flow_of(*texts, width=other))


@given(pieces, widths)
def test_only_the_rows_it_names_change(texts, width):
    flow = Flow(width)
    for piece in texts:
        before = [(row.line, row.start, row.end) for row in flow.rows]
        first, gone = flow.write(piece, "text")
        assert gone == 0
        assert [tuple(row) for row in flow.rows[:first]] == before[:first]


def test_stretches_keep_their_roles():
    flow = Flow(10)
    flow.write("time ", "prefix")
    flow.write("held the", "text")
    flow.write(" lamp", "text")
    assert [row.line.parts(row.start, row.end) for row in flow.rows] == [
        [("time ", "prefix"), ("held ", "text")],
        [("the lamp", "text")],
    ]


@given(pieces, widths)
def test_parts_of_the_rows_are_their_text(texts, width):
    flow = Flow(width)
    for number, piece in enumerate(texts):
        flow.write(piece, str(number % 3))
    for row, said in zip(flow.rows, shown(flow), strict=True):
        parts = row.line.parts(row.start, row.end)
        assert "".join(piece for piece, _ in parts) == said
        assert all(a[1] != b[1] for a, b in pairwise(parts))


def test_what_is_kept_is_bounded_and_the_oldest_goes_first():
    flow = Flow(20, characters=1000)
    dropped = sum(flow.write(f"line number {number}\n", "text")[1] for number in range(500))
    assert sum(len(line) for line in shown(flow)) <= 1000
    assert dropped + len(flow.rows) == 501
    assert shown(flow)[-2] == "line number 499"


def test_a_line_without_end_stays_cheap_and_whole():
    flow = Flow(40)
    for _ in range(LINE // 100 * 3):
        flow.write("x" * 100, "text")
    assert whole(flow) == "x" * (LINE // 100 * 300)
    assert all(len(row.line.text) <= LINE for row in flow.rows)


def test_a_flood_of_marks_cannot_make_one_endless_row():
    flow = flow_of("a" + "\u0301" * 100_000, width=40)
    assert all(row.end - row.start <= LINE for row in flow.rows)


def test_clearing_leaves_one_empty_row():
    flow = flow_of("a\nb")
    flow.clear()
    assert shown(flow) == [""]
    assert isinstance(flow.rows[0], Row)


def test_what_comes_after_a_mark_is_forgotten_and_what_comes_then_is_as_if_it_had_never_been():
    for before, after, then in (
        ("a b", "c\nd e f\n\ng", "x\ny"),
        ("line\n", "more", "other"),
        ("w" * 30, "\n", "z" * 9),
    ):
        flow, straight = Flow(7), Flow(7)
        flow.write(before, "text")
        mark = flow.end
        flow.write(after, "bad")
        first = flow.cut(mark)
        assert first is not None
        assert [stretch(row) for row in flow.rows[:first]] == [stretch(row) for row in _written(before).rows[:first]]
        flow.write(then, "prefix")
        straight.write(before, "text")
        straight.write(then, "prefix")
        assert [stretch(row) for row in flow.rows] == [stretch(row) for row in straight.rows]


def test_a_mark_in_what_was_dropped_is_gone_and_nothing_is_forgotten():
    flow = Flow(10, characters=50)
    flow.write("begin\n", "text")
    mark = Flow(10).end
    kept = [stretch(row) for row in flow.rows]
    assert flow.cut(mark) is None
    assert [stretch(row) for row in flow.rows] == kept


def _written(text: str) -> Flow:
    flow = Flow(7)
    flow.write(text, "text")
    return flow


def stretch(row) -> tuple[str, list, bool]:
    return row.line.text[row.start : row.end], row.line.parts(row.start, row.end), row.line.ended


@given(pieces, text, widths)
def test_recolouring_changes_roles_and_neither_text_nor_rows(before, written, width):
    flow = flow_of(*before, width=width)
    mark = flow.end
    flow.write(written, "text")
    flow.write("\nend", "stamp")
    rows = shown(flow)
    half = len(written) // 2
    assert flow.recolour(mark, [(written[:half], "new"), (written[half:], "text")]) == bool(written)
    assert shown(flow) == rows
    roles = [(c, role) for row in flow.rows for text, role in row.line.parts(row.start, row.end) for c in text]
    told = [("new" if n < half else "text") for n, c in enumerate(written) if c != "\n"]
    assert [role for _, role in roles][-len(told) - 3 :] == [*told, *["stamp"] * 3]


def test_what_stands_there_no_more_is_not_recoloured():
    flow = flow_of("the tide ")
    mark = flow.end
    flow.write("went out", "text")
    flow.cut(mark)
    flow.write("came in", "text")
    assert not flow.recolour(mark, [("went out", "new")])
    assert flow.rows[0].line.parts(0, 99) == [("the tide came in", "text")]


def test_a_long_text_takes_little_more_room_than_its_characters():
    tracemalloc.start()
    try:
        flow = flow_of(*("the tide went out over the old mole\n" for _ in range(1000)), width=20)
        room, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(flow.rows) == 2001
    assert room < 8 * len(whole(flow))
