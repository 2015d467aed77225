"""Numbers, durations and events in words."""

from __future__ import annotations

import math
from typing import get_args

import msgspec
import pytest

from rnnlab.cli.describe import duration, end_sentence, event_line, number, percent, size
from rnnlab.events import (
    Adopted,
    AnyEvent,
    Changed,
    Diverged,
    Evaluated,
    Exploded,
    Finished,
    Paused,
    Rewound,
    Sampled,
    Spiked,
    Unpaused,
    losses,
)
from rnnlab.specs import RunSpec

from .recorded import records, summary


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "not finite"),
        (0.0, "0"),
        (28.0, "28"),
        (1090.0, "1,090"),
        (21.72345, "21.72"),
        (1.04567, "1.046"),
        (0.17061, "0.1706"),
        (0.0012345, "0.001234"),
        (0.00012345, "1.234e-04"),
        (1040.5677, "1,041"),
        (123456.7, "123,457"),
        (1e300, "1.000e+300"),
        (2.5e7, "25,000,000"),
    ],
)
def test_numbers_have_four_significant_digits(value: float | None, words: str) -> None:
    assert number(value) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0:00"), (59.9, "0:59"), (61, "1:01"), (3599, "59:59"), (3661, "1:01:01"), (-5, "0:00")]
)
def test_durations_read_like_a_clock(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("share", "words"), [(0, "0%"), (1, "100%"), (0.5, "50%"), (0.034, "3.4%"), (0.00001, "<0.1%"), (0.999, "100%")]
)
def test_shares_that_are_not_nothing_never_look_like_nothing(share: float, words: str) -> None:
    assert percent(share) == words


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (179_000, "179 kB"), (8.46e10, "84.6 GB")]
)
def test_sizes_have_the_unit_that_fits(count: float, words: str) -> None:
    assert size(count) == words


def test_every_kind_of_event_is_one_line_that_begins_with_its_kind_and_step() -> None:
    extra = (
        Paused(step=1234, epoch=2),
        Unpaused(step=1234, epoch=2),
        Changed(step=1234, epoch=2, changes={"train.lr": "0.001"}),
        Diverged(step=5, epoch=1, loss=None, grad_norm=None, text="x"),
        Exploded(step=5, epoch=1, loss=9.0, usual_loss=2.0, grad_norm=9.0, usual_norm=0.5, text="x", back_to=3),
        Spiked(step=5, epoch=1, loss=2.1, grad_norm=9.0, usual_norm=0.5, text="x"),
        Rewound(step=5, epoch=1, from_step=12, lr=0.002),
        Adopted(step=0, epoch=1, parent="gru-8-calm-owl", from_step=90, fresh=("optimizer",), kept=20),
        Finished(step=9, epoch=1, cause="failed", message="the disk is full"),
    )
    assert {type(event) for event in extra} | {type(record.event) for record in records()} == set(get_args(AnyEvent))
    for event in (*(record.event for record in records()), *extra):
        kind, step, *_ = event_line(event).split()
        assert kind == type(event).__name__.lower()
        assert step == f"{event.step:,}"


def test_weights_that_were_taken_over_say_which_tokens_came_and_went() -> None:
    event = Adopted(
        step=0,
        epoch=1,
        parent="gru-8-calm-owl",
        from_step=90,
        fresh=("optimizer", "position", "rate"),
        kept=20,
        added=tuple("abcdefghijklmnop"),
        added_count=1600,
        dropped=("\n", "\x1b"),
        dropped_count=2,
    )
    line = event_line(event)
    assert "weights of gru-8-calm-owl at step 90, optimizer and position and rate anew; 20 tokens kept" in line
    assert "1,600 added (a b c d e f g h i j k l ...), 2 dropped (↵ ␛)" in line


def test_the_started_line_names_what_there_is_to_beat() -> None:
    line = event_line(records()[0].event)
    assert "12,345 parameters" in line
    assert "uniform 28, unigram 21.70" in line


def test_a_changed_knob_is_shown_as_it_was_set() -> None:
    assert event_line(Changed(step=1, epoch=1, changes={"train.lr": "0.001"})).endswith("train.lr=0.001")


def test_a_failure_says_its_sentence() -> None:
    event = Finished(step=9, epoch=1, cause="failed", message="the disk is full")
    assert event_line(event).endswith("failed: the disk is full")


def test_a_sample_shows_where_the_prefix_ends() -> None:
    assert event_line(Sampled(step=1, epoch=1, prefix="time", text=" and")).endswith("time| and")


def test_a_run_in_words_has_its_layers_only_where_there_are_several() -> None:
    from rnnlab.cli.describe import model_words

    assert model_words(summary().spec) == "gru 64"
    assert model_words(RunSpec().replace({"model.layers": 2})) == "gru 256 x 2"


@pytest.mark.parametrize(("characters", "said"), [(1.0, False), (4.0, True)])
def test_bits_for_each_character_are_said_where_tokens_are_more(characters: float, said: bool) -> None:
    event = Evaluated(
        step=1, epoch=1, split="validation", loss=math.log(64), perplexity=64.0,
        bits_per_character=losses(math.log(64), characters)["bits_per_character"],
    )  # fmt: skip
    assert event.bits_per_character == pytest.approx(6 / characters)
    assert ("1.500 bits/character" in event_line(event)) == said


def test_the_share_of_unknown_words_is_said_where_perplexities_are() -> None:
    run = summary(perplexity=64.0, validation=64.0)
    words = msgspec.structs.replace(run, bits_per_character=1.5, characters_per_token=4.0, unknown_share=0.034)
    assert "validation 64, 1.500 bits/character, 3.4% <unk>, " in end_sentence(words)
    assert "bits" not in end_sentence(run)
    assert event_line(msgspec.structs.replace(records()[0].event, unknown_share=0.034)).endswith(", 3.4% <unk>")
