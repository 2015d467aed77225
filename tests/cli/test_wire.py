"""The JSON lines of a journal's records: flat, complete, and readable back."""

from __future__ import annotations

import json
import typing

import msgspec
import pytest

from rnnlab.cli.wire import decode, encode, encode_reading
from rnnlab.events import AnyEvent, Diverged, Record, Step
from rnnlab.hosts.values import Reading

from .recorded import records


@pytest.mark.parametrize("record", records(1), ids=lambda record: type(record.event).__name__)
def test_a_record_survives_the_wire(record: Record) -> None:
    line = decode(msgspec.json.encode(encode("run-1", record, 99)))
    assert (line.run, line.record, line.cursor) == ("run-1", record, 99)


def test_a_record_that_is_not_finite_survives_the_wire() -> None:
    event = Diverged(step=1, epoch=1, loss=None, grad_norm=None, text='{"kind":"step"}\n')
    record = Record(seq=1, at=0.5, event=event)
    assert decode(msgspec.json.encode(encode("r", record))).record == record


def test_a_step_has_the_fields_that_scripts_were_promised() -> None:
    step = next(record for record in records() if isinstance(record.event, Step))
    line = json.loads(msgspec.json.encode(encode("r", step)))
    promised = {"kind", "step", "epoch", "loss", "perplexity", "grad_norm", "tokens_per_s", "elapsed_s"}
    assert promised <= line.keys()
    assert line["kind"] == "step"


def test_no_field_of_an_event_hides_behind_one_of_the_envelope() -> None:
    for event in typing.get_args(AnyEvent):
        names = {field.encode_name for field in msgspec.structs.fields(event)}
        assert not names & {"run", "seq", "at", "cursor", "kind"}, event


def test_only_the_last_line_of_a_reading_has_its_cursor() -> None:
    reading = Reading(records=records(2), cursor=512, more=False, damaged=0)
    lines = list(encode_reading("r", reading))
    assert [line.get("cursor") for line in lines] == [None] * (len(lines) - 1) + [512]


def test_what_is_no_record_is_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(b'{"run":"r","seq":1,"at":0}')
