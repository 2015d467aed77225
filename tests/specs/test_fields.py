"""Fields: what may be typed, and what is said where it may not."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.errors import SpecError
from rnnlab.specs import FIELDS, Field, Value

from .sentences import assert_one_sentence
from .strategies import values

ALL = list(FIELDS.values())
NUMBERS = [field for field in ALL if field.kind in (int, float)]
INTEGERS = [field for field in NUMBERS if field.kind is int]
FLOATS = [field for field in NUMBERS if field.kind is float]
NO_NUMBERS = [
    *("", " ", "abc", "NaN", "nan", "inf", "-Infinity", "1e400", "１２", "٣", "1_000", "0x10", "1,5", "--1", "1 2"),
    *("9" * 5000, "1\x00", "\x1b[2J1", "[/x]", "½"),
]


def by_path(value: object) -> str | None:
    return value.path if isinstance(value, Field) else ascii(value)[:20]


@pytest.mark.parametrize("text", NO_NUMBERS, ids=by_path)
@pytest.mark.parametrize("field", NUMBERS, ids=by_path)
def test_what_is_no_number_is_refused_in_one_sentence_at_the_field(field: Field, text: str) -> None:
    with pytest.raises(SpecError) as caught:
        field.parse(text)
    assert_one_sentence(caught, field.path)
    assert str(caught.value).startswith(field.about.label)


@pytest.mark.parametrize("text", ["1.0", "1e3", "0.5"])
@pytest.mark.parametrize("field", INTEGERS, ids=by_path)
def test_a_whole_number_is_not_written_with_a_point(field: Field, text: str) -> None:
    with pytest.raises(SpecError, match="must be a whole number"):
        field.parse(text)


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, 10**400, -(10**5000)], ids=["nan", "inf", "-inf", 1, 2]
)
@pytest.mark.parametrize("field", NUMBERS, ids=by_path)
def test_values_that_no_field_holds_are_refused_also_where_they_were_never_text(field: Field, value: float) -> None:
    with pytest.raises(SpecError) as caught:
        field.check(value)
    assert_one_sentence(caught, field.path)


@pytest.mark.parametrize("value", [None, [], {}, "1", b"1", (1,), 1j, [[]] * 3, object], ids=by_path)
@pytest.mark.parametrize("field", NUMBERS, ids=by_path)
def test_values_of_another_type_are_refused(field: Field, value: object) -> None:
    with pytest.raises(SpecError) as caught:
        field.check(value)
    assert_one_sentence(caught, field.path)


@pytest.mark.parametrize("field", NUMBERS, ids=by_path)
def test_true_is_no_number(field: Field) -> None:
    with pytest.raises(SpecError, match="not True"):
        field.check(True)


@pytest.mark.parametrize("field", NUMBERS, ids=by_path)
def test_every_number_has_bounds_and_values_just_outside_are_refused_with_them(field: Field) -> None:
    about = field.about
    smallest = about.low if about.low is not None else about.above
    largest = about.high if about.high is not None else about.below
    assert smallest is not None
    assert largest is not None
    if field.kind is int:
        outside: list[float] = [int(smallest) - 1, int(largest) + 1]
    else:
        below = smallest if about.low is None else math.nextafter(smallest, -math.inf)
        above = largest if about.high is None else math.nextafter(largest, math.inf)
        outside = [below, above]
    for value in outside:
        with pytest.raises(SpecError) as caught:
            field.check(value)
        assert_one_sentence(caught, field.path)
        assert field.bounds() in str(caught.value)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("model.hidden", "1000000000"),
        ("model.hidden", "0"),
        ("data.batch", "-1"),
        ("train.lr", "0"),
        ("train.lr", "1e30"),
        ("model.dropout", "1.0"),
        ("train.seed", str(2**64)),
        ("sample.temperature", "0"),
    ],
)
def test_the_usual_slips_are_refused(path: str, text: str) -> None:
    with pytest.raises(SpecError) as caught:
        FIELDS[path].parse(text)
    assert_one_sentence(caught, path)


@given(st.sampled_from(ALL), st.data())
def test_what_is_shown_reads_back_as_the_value(field: Field, data: st.DataObject) -> None:
    value = data.draw(values(field))
    back = field.parse(field.show(value))
    assert back == value
    assert type(back) is type(value)


@given(st.sampled_from(ALL), st.text())
def test_any_text_is_a_value_within_bounds_or_one_sentence(field: Field, text: str) -> None:
    value, refusal = None, None
    try:
        value = field.parse(text)
    except SpecError as error:
        refusal = error
    if refusal is not None:
        assert refusal.field == field.path
        assert str(refusal).isprintable()
    else:
        assert type(value) is field.kind
        assert field.check(value) == value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (("ROMEO:", "分开"), "ROMEO:, 分开"),
        (("Once, twice",), '"Once, twice"'),
        (("分开,不分开",), '"分开,不分开"'),
        ((" edge", "", '"quoted"'), '" edge", "", "\\"quoted\\""'),
        (("line\nend",), '"line\\nend"'),
        ((), ""),
    ],
)
def test_a_text_in_a_list_is_quoted_only_where_it_must_be(value: tuple[str, ...], shown: str) -> None:
    field = FIELDS["train.prefixes"]
    assert field.show(value) == shown
    assert field.parse(shown) == value


@pytest.mark.parametrize("text", ['"open', '"a" b', '"\\q"', '"\\ud800"', '["a"]" , "'])
def test_a_quote_that_does_not_end_is_refused(text: str) -> None:
    with pytest.raises(SpecError) as caught:
        FIELDS["train.prefixes"].parse(text)
    assert_one_sentence(caught, "train.prefixes")


@pytest.mark.parametrize(
    ("value", "shown"), [(0.1 + 0.2, "0.30000000000000004"), (0.002, "0.002"), (1.0, "1"), (1e-9, "1e-09")]
)
def test_numbers_are_shown_as_short_as_they_can_be(value: Value, shown: str) -> None:
    assert FIELDS["train.lr"].show(value) == shown


def test_a_misspelt_choice_is_answered_with_the_nearest() -> None:
    with pytest.raises(
        SpecError, match=r"cell must be one of rnn, gru, lstm, rnn-relu, gru-simple; did you mean lstm\?"
    ):
        FIELDS["model.cell"].parse("lsmt")


def test_texts_have_a_longest_length_and_whole_characters() -> None:
    field = FIELDS["train.prefixes"]
    with pytest.raises(SpecError, match="at most 4,096 characters"):
        field.check(("x" * 4097,))
    with pytest.raises(SpecError, match="surrogate"):
        field.check(("\ud800",))
    with pytest.raises(SpecError, match="a list of texts"):
        field.check((1,))


@pytest.mark.parametrize("field", ALL, ids=by_path)
def test_every_field_can_be_asked_for(field: Field) -> None:
    assert field.about.label
    assert field.about.help.isprintable()
    assert field.check(field.default) == field.default
    assert field.path == f"{field.section}.{field.name}"
