from datetime import UTC, timedelta, timezone

import msgspec
import pytest

from rnnlab.events import (
    Adopted,
    Changed,
    Diverged,
    Exploded,
    Finished,
    Paused,
    Record,
    Rewound,
    Saved,
    Spiked,
    Unpaused,
)
from rnnlab.tui.log_line import ROLES, log_line

from .runs import NOON, evaluated, sampled, started, step

EVENTS = [
    started(),
    started(1800, attempt=2),
    step(1900, 4.31, grad_norm=0.834),
    evaluated(1800, 4.88),
    evaluated(1800, 5.1, split="train"),
    sampled(1900),
    Saved(step=1800, epoch=12, reason="best"),
    Saved(step=1800, epoch=12, reason="request"),
    Paused(step=1850, epoch=13),
    Unpaused(step=1850, epoch=13),
    Changed(step=1860, epoch=13, changes={"train.lr": "0.001", "train.clip_at": "5"}),
    Diverged(step=1870, epoch=13, loss=None, grad_norm=None, text="the tide\nwent out"),
    Exploded(
        step=1871, epoch=13, loss=9.25, usual_loss=1.4, grad_norm=31.0, usual_norm=0.8, text="the tide", back_to=1800
    ),
    Spiked(step=1872, epoch=13, loss=1.42, grad_norm=31.0, usual_norm=0.8, text="the\ntide"),
    Rewound(step=1800, epoch=13, from_step=1873, lr=0.002),
    Adopted(step=0, epoch=1, parent="gru-8-calm-owl", from_step=900, fresh=(), kept=26, added=("é",), added_count=1),
    Finished(step=7500, epoch=50, cause="finished"),
    Finished(step=1900, epoch=13, cause="failed", message="the disk is full"),
]


def line(event, at=NOON, zone=UTC) -> str:
    return "".join(text for text, _ in log_line(Record(seq=1, at=at, event=event), zone))


def test_every_event_has_its_line(snapshot):
    assert "\n".join(line(event).rstrip() for event in EVENTS) == snapshot


def test_kinds_steps_and_numbers_stand_in_columns():
    lines = [line(event) for event in EVENTS]
    assert {text[:10] for text in lines} == {"12:00:00  "}
    assert len({text.index(" ppl ") for text in lines if " ppl " in text}) == 1
    assert all(text[20] == " " and text[28:30] == "  " for text in lines)


def test_times_are_of_the_zone():
    assert line(EVENTS[0], zone=timezone(timedelta(hours=8))).startswith("20:00:00")


@pytest.mark.parametrize("at", [1e300, -1e300, float("nan"), float("inf")])
def test_a_time_that_is_none_is_no_error(at):
    assert line(EVENTS[0], at=at).startswith("--:--:--")


@pytest.mark.parametrize(
    "event",
    [
        sampled(1, "a\x1b[2Jb\u202ec\r\nd\x9b1m"),
        Finished(step=1, epoch=1, cause="x\x1b]52;c;eA==\x07", message="\x1b[31m\n"),
        Saved(step=1, epoch=1, reason="\x07\n"),
        Changed(step=1, epoch=1, changes={"a\x1b": "\x00\n"}),
        Diverged(step=1, epoch=1, loss=None, grad_norm=None, text="\x1bc\t"),
        Adopted(step=1, epoch=1, parent="\x1b[2J\n", from_step=1, fresh=(), kept=1),
        started(device="\x1b[5m\x85"),
        evaluated(1, 5.0, split="\x1b\n"),
    ],
)
def test_foreign_text_is_harmless_and_on_one_line(event):
    assert line(event).isprintable() or all(c.isprintable() or c == "\u202e" for c in line(event))
    assert not set(line(event)) & set("\x1b\x07\n\r\t\x00\x85\x9b\u202e")


def test_only_known_roles_are_used():
    roles = {role for event in EVENTS for _, role in log_line(Record(seq=1, at=NOON, event=event), UTC)}
    assert roles <= set(ROLES)


def test_huge_numbers_stay_short():
    assert len(line(step(10, 1e300, loss=1e300, grad_norm=1e300))) < 90


def test_bits_for_each_character_are_told_where_a_token_is_more_than_one():
    words = msgspec.structs.replace(evaluated(1800, 64.0), bits_per_character=1.5)
    assert "1.500 bits/char" in line(words)
    same = msgspec.structs.replace(evaluated(1800, 64.0), bits_per_character=6.0)
    assert "bits" not in line(same)
    assert line(started(unknown_share=0.034)).endswith(", 3.4 % <unk>")
