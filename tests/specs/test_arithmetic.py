"""What a spec comes to: counted by brute force, and advice that holds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.errors import SpecError
from rnnlab.specs import FIELDS, DataSpec, ModelSpec, RunSpec
from rnnlab.specs.arithmetic import (
    batches_per_epoch,
    check_memory,
    check_threads,
    memory_estimate,
    parameter_count,
    plan,
    split_spans,
    split_tokens,
    total_steps,
)
from rnnlab.specs.cells import CELLS

from .sentences import assert_one_sentence

small = st.integers(1, 9)
SAMPLINGS = st.sampled_from(FIELDS["data.sampling"].about.choices)


def batches_by_hand(tokens: int, batch: int, steps: int, offset: int, sampling: str) -> int:
    """Batches counted by laying the text out, token by token, from an offset."""
    text = list(range(tokens))[offset:]
    count = 0
    if sampling == "random":
        segments = [text[i : i + steps + 1] for i in range(0, len(text), steps)]
        return sum(len(segment) == steps + 1 for segment in segments) // batch
    row = (len(text) - 1) // batch
    while (count + 1) * steps <= row:
        count += 1
    return count


@given(st.integers(0, 300), small, small, SAMPLINGS)
def test_batches_are_what_laying_out_the_text_gives_with_the_worst_offset(
    tokens: int, batch: int, steps: int, sampling: str
) -> None:
    data = DataSpec(batch=batch, steps=steps, sampling=sampling)
    by_hand = min(batches_by_hand(tokens, batch, steps, offset, sampling) for offset in range(steps))
    assert batches_per_epoch(data, tokens) == max(0, by_hand)


@given(
    st.integers(0, 5000),
    st.one_of(small, st.integers(1, 65536)),
    st.one_of(small, st.integers(1, 65536)),
    st.sampled_from([0.0, 0.1, 0.37, 0.5]),
    SAMPLINGS,
)
def test_where_nothing_fits_the_sentence_names_values_that_do(
    tokens: int, batch: int, steps: int, split: float, sampling: str
) -> None:
    spec = RunSpec().replace({"data.batch": batch, "data.steps": steps, "data.split": split, "data.sampling": sampling})
    try:
        assert plan(spec, tokens=tokens, vocabulary=10).batches > 0
        return
    except SpecError as error:
        message, field = str(error), error.field
    assert message.isprintable()
    if field == "data.batch":
        advised = {"data.batch": number_after("the largest batch that fits is", message)}
        one_more = {"data.batch": advised["data.batch"] + 1}
        assert batches_per_epoch(spec.replace(one_more).data, split_tokens(spec.data, tokens)[0]) == 0
    elif field == "data.steps":
        advised = {"data.steps": number_after(r"steps are too many .*: steps", message)}
        advised["data.batch"] = number_after("with batch", message)
    else:
        assert (field == "data.corpus" and split_tokens(spec.data, tokens)[0] < 3) or field == "data.split"
        return
    train = split_tokens(spec.data, tokens).train
    assert batches_per_epoch(spec.replace(advised).data, train) > 0


def number_after(words: str, message: str) -> int:
    found = re.search(words + r" ([0-9,]+)", message)
    assert found, message
    return int(found.group(1).replace(",", ""))


@given(st.integers(0, 3000), st.floats(0, 0.5), st.floats(0, 0.5), st.sampled_from(["end", "rows"]), st.integers(1, 40))
def test_a_split_reads_no_token_twice_and_loses_none_but_a_rest_of_the_rows(
    tokens: int, split: float, test: float, held_out: str, batch: int
) -> None:
    data = DataSpec(split=split, test=test, held_out=held_out, batch=batch)
    parts, spans = split_tokens(data, tokens), split_spans(data, tokens)
    read = {name: [token for span in spans[name] for token in range(tokens)[span]] for name in parts._fields}
    assert {name: len(found) for name, found in read.items()} == parts._asdict()
    rest = tokens % batch if held_out == "rows" else 0
    assert sorted(token for found in read.values() for token in found) == list(range(tokens - rest))
    assert len({span.stop - span.start for span in spans["train"]}) <= 1


def test_rows_hold_out_the_end_of_each_sequence_of_a_batch() -> None:
    spans = split_spans(DataSpec(split=0.2, test=0.1, held_out="rows", batch=2), 21)
    assert spans == {
        "train": (slice(0, 7), slice(10, 17)),
        "validation": (slice(7, 9), slice(17, 19)),
        "test": (slice(9, 10), slice(19, 20)),
    }


def test_one_token_to_validate_on_is_refused() -> None:
    spec = RunSpec().replace({"data.batch": 1, "data.steps": 2})
    with pytest.raises(SpecError, match="set validation to 0") as caught:
        plan(spec, tokens=19, vocabulary=5)
    assert_one_sentence(caught, "data.split")


def test_the_whole_training_is_epochs_times_batches_unless_max_steps_ends_it() -> None:
    spec = RunSpec().replace({"data.batch": 2, "data.steps": 5, "train.epochs": 7})
    assert batches_per_epoch(spec.data, 105) == 10
    assert total_steps(spec, 105) == 70
    assert total_steps(spec.replace({"train.max_steps": 12}), 105) == 12
    assert total_steps(spec.replace({"train.max_steps": 1000}), 105) == 70


@pytest.mark.parametrize(
    ("model", "vocabulary", "expected"),
    [
        # 3 gates, each 256 x (28 + 256) weights and two biases, and the output 256 x 28 + 28.
        (ModelSpec(cell="gru", hidden=256), 28, 3 * 256 * (28 + 256 + 2) + 256 * 28 + 28),
        (ModelSpec(cell="rnn", hidden=4, layers=2), 3, 4 * (3 + 4 + 2) + 4 * (4 + 4 + 2) + 4 * 3 + 3),
        (ModelSpec(cell="lstm", hidden=2, bidirectional=True), 5, 2 * 4 * 2 * (5 + 2 + 2) + 4 * 5 + 5),
        (ModelSpec(cell="rnn", hidden=6, embedding=6, tied=True), 9, 9 * 6 + 6 * (6 + 6 + 2) + 9),
    ],
)
def test_parameters_are_counted_as_by_hand(model: ModelSpec, vocabulary: int, expected: int) -> None:
    assert parameter_count(model, vocabulary) == expected


@pytest.mark.parametrize("cell", CELLS)
def test_more_of_anything_needs_more_memory(cell: str) -> None:
    spec = RunSpec().replace({"model.cell": cell})
    base = memory_estimate(spec, 50)
    for changes in ({"model.hidden": 512}, {"model.layers": 2}, {"data.batch": 64}, {"data.steps": 128}):
        assert memory_estimate(spec.replace(changes), 50) > base
    assert memory_estimate(spec, 5000) > base


def test_a_model_that_the_machine_cannot_hold_is_refused_before_anything_is_allocated() -> None:
    spec = RunSpec().replace({"model.hidden": 16384, "model.layers": 16, "data.batch": 65536, "data.steps": 65536})
    with pytest.raises(SpecError, match="fewer hidden units") as caught:
        check_memory(spec, vocabulary=200_000, available=8 << 30)
    assert_one_sentence(caught, "model.hidden")
    check_memory(RunSpec(), vocabulary=100, available=1 << 30)


def test_more_threads_than_a_machine_has_cores_are_refused() -> None:
    spec = RunSpec().replace({"train.threads": 3})
    check_threads(spec, cores=3)
    with pytest.raises(SpecError, match="3 threads would wait for each other, as this machine can run 2 at once"):
        check_threads(spec, cores=2)
