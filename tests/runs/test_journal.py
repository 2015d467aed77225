"""The journal: what was written is read, and damage costs the damaged line and no other."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnnlab.errors import RunError, StorageError
from rnnlab.events import Event, Record, Sampled, Saved
from rnnlab.runs import journal
from rnnlab.runs.journal import MAX_LINE, JournalWriter, decode, encode, read

from .strategies import events, records

LINES = st.one_of(events.map(lambda event: encode(Record(seq=1, at=1.0, event=event))[:-1]), st.binary(max_size=30))
TAILS = st.binary(max_size=10).filter(lambda tail: b"\n" not in tail)
in_place = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def saved(step: int) -> Saved:
    return Saved(step=step, epoch=1, reason="interval")


def write(path: Path, *what: Event) -> list[Record]:
    writer = JournalWriter(path, clock=lambda: 1e9)
    written = [writer.write(event) for event in what]
    writer.close()
    return written


def steps(path: Path) -> list[int]:
    return [record.event.step for record in read(path).records]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


@given(records)
def test_any_record_reads_back_from_one_line_of_json(record: Record) -> None:
    line = encode(record)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert decode(line[:-1]) == record
    assert json.loads(line)["seq"] == record.seq


@in_place
@given(st.lists(events, max_size=8))
def test_any_events_read_back_in_their_order_with_a_gapless_sequence(path: Path, given_events: list[Event]) -> None:
    path.unlink(missing_ok=True)
    written = write(path, *given_events)
    chunk = read(path)
    assert list(chunk.records) == written
    assert [record.event for record in chunk.records] == given_events
    assert [record.seq for record in chunk.records] == list(range(1, len(given_events) + 1))
    assert (chunk.more, chunk.damaged) == (False, 0)


@in_place
@given(st.lists(LINES, max_size=8), TAILS, st.integers(1, 9))
def test_reading_in_pieces_of_any_size_is_reading_at_once(
    path: Path, lines: list[bytes], tail: bytes, limit: int
) -> None:
    path.write_bytes(b"".join(line + b"\n" for line in lines) + tail)
    whole = read(path)
    records, cursor, damaged, more = [], 0, 0, True
    while more:
        chunk = read(path, cursor, limit)
        assert len(chunk.records) <= limit
        assert chunk.cursor > cursor or not chunk.more
        records += chunk.records
        cursor, damaged, more = chunk.cursor, damaged + chunk.damaged, chunk.more
    assert (tuple(records), cursor, damaged) == (whole.records, whole.cursor, whole.damaged)
    assert cursor == path.stat().st_size - len(tail)


def test_there_is_nothing_to_read_before_there_is_a_journal(path: Path) -> None:
    assert read(path) == journal.Chunk((), 0, False, 0)


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_a_torn_tail_waits_until_the_rest_comes(path: Path, cut: int) -> None:
    write(path, saved(1), saved(2))
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    first = read(path)
    assert [record.event.step for record in first.records] == [1]
    assert (first.damaged, first.more) == (0, False)
    assert read(path, first.cursor).cursor == first.cursor
    path.write_bytes(whole)
    assert [record.event.step for record in read(path, first.cursor).records] == [2]


def test_a_reader_follows_a_writer_record_by_record(path: Path) -> None:
    writer = JournalWriter(path)
    cursor, seen = 0, []
    for step in range(20):
        writer.write(saved(step))
        chunk = read(path, cursor)
        cursor = chunk.cursor
        seen += [record.event.step for record in chunk.records]
    writer.close()
    assert seen == list(range(20))


def test_the_next_worker_cuts_a_torn_tail_off_and_numbers_on(path: Path) -> None:
    write(path, saved(1), saved(2))
    path.write_bytes(path.read_bytes()[:-7])
    write(path, saved(3))
    chunk = read(path)
    assert [(record.seq, record.event.step) for record in chunk.records] == [(1, 1), (2, 3)]
    assert chunk.damaged == 0


@pytest.mark.parametrize("size", [1, 4096, MAX_LINE + 4096], ids=["one", "a page", "more than a line"])
def test_zeros_at_the_end_as_a_power_cut_leaves_them_harm_nothing_that_follows(path: Path, size: int) -> None:
    write(path, saved(1))
    whole = path.read_bytes()
    path.write_bytes(whole + b"\0" * size)
    assert steps(path) == [1]
    write(path, saved(2))
    assert steps(path) == [1, 2]
    assert path.read_bytes().startswith(whole)
    assert b"\0" not in path.read_bytes()


@pytest.mark.parametrize(
    "junk",
    [
        b"", b"\0" * 100, b"{}", b"[]", b"null", b"not json", b"\xff\xfe", b'{"seq":1', b"[" * 100_000,
        b'{"seq":1,"at":1.0,"crc":0,"event":{"kind":"saved","step":1,"epoch":1,"reason":"x"}}',
        b'{"seq":1,"at":1.0,"crc":0,"event":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"seq":' + b"9" * 5000 + b',"at":1,"crc":0,"event":{}}',
        b'{"seq":1,"at":NaN,"crc":0,"event":{}}',
    ],
)  # fmt: skip
def test_a_bad_line_in_the_middle_is_left_out_and_counted(path: Path, junk: bytes) -> None:
    write(path, saved(1))
    with path.open("ab") as file:
        file.write(junk + b"\n")
    write(path, saved(2))
    chunk = read(path)
    assert [record.event.step for record in chunk.records] == [1, 2]
    assert chunk.damaged == 1


def test_an_event_of_a_newer_program_is_counted_and_not_fatal(path: Path) -> None:
    write(path, saved(1))
    event = b'{"kind":"levitated","step":1,"epoch":1}'
    crc = journal._crc(2, 1.5, event)
    with path.open("ab") as file:
        file.write(b'{"seq":2,"at":1.5,"crc":%d,"event":%b}\n' % (crc, event))
    write(path, saved(3))
    chunk = read(path)
    assert [record.event.step for record in chunk.records] == [1, 3]
    assert chunk.damaged == 1


def test_a_line_that_no_event_is_as_long_as_is_damage_and_reading_goes_on_after_it(path: Path) -> None:
    write(path, saved(1))
    with path.open("ab") as file:
        file.write(b"x" * (2 * MAX_LINE + 10) + b"\n")
    write(path, saved(2))
    for limit in (1, 2000, 100_000):
        seen, cursor, damaged, more = [], 0, 0, True
        while more:
            chunk = read(path, cursor, limit)
            seen += [record.event.step for record in chunk.records]
            cursor, damaged, more = chunk.cursor, damaged + chunk.damaged, chunk.more
        assert seen == [1, 2]
        assert damaged >= 1


def test_every_flipped_byte_costs_at_most_its_line_and_never_gives_another_record(path: Path) -> None:
    originals = write(path, *[Sampled(step=n, epoch=1, prefix="a\u2028", text="né\x1b\n") for n in range(8)])
    data = path.read_bytes()
    chance = random.Random(1)
    for _ in range(1500):
        at, flip = chance.randrange(len(data)), chance.randrange(1, 256)
        damaged = bytearray(data)
        damaged[at] ^= flip
        with path.open("r+b") as file:
            file.write(damaged)
        chunk = read(path)
        assert all(record in originals for record in chunk.records)
        lost = len(originals) - len(chunk.records)
        in_newline = data[at : at + 1] == b"\n"
        assert lost == 0 or lost == (2 if in_newline and at + 1 < len(data) else 1)
        # What was lost was counted, or, at the very end, waits for its newline.
        assert lost == 0 or chunk.damaged >= 1 or chunk.cursor < len(damaged)
        assert decode(bytes(damaged).split(b"\n")[0]) in (None, originals[0])


def test_a_full_disk_leaves_the_journal_as_it_was_and_no_number_is_lost(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = JournalWriter(path)
    writer.write(saved(1))

    def full(descriptor: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.write", full)
        with pytest.raises(StorageError, match=r"no space left on device; .* bytes are free"):
            writer.write(saved(2))
    assert steps(path) == [1]
    writer.write(saved(3))
    writer.close()
    assert [record.seq for record in read(path).records] == [1, 2]


def test_the_sequence_goes_on_from_the_highest_number_whatever_order_they_stand_in(path: Path) -> None:
    path.write_bytes(b"".join(encode(Record(seq=seq, at=1.0, event=saved(seq))) for seq in (7, 3)))
    assert write(path, saved(1))[0].seq == 8


def test_a_limit_of_nothing_still_reads_on(path: Path) -> None:
    write(path, saved(1), saved(2))
    for limit in (0, -5):
        assert [record.event.step for record in read(path, 0, limit).records] == [1]


def test_a_journal_that_cannot_be_read_is_a_sentence(path: Path) -> None:
    path.mkdir()
    with pytest.raises(RunError, match=r"journal of the run .* cannot be read"):
        read(path)
    with pytest.raises(RunError, match="cannot be read"):
        read(Path(__file__), -1)


def test_nobody_writes_through_a_link_that_stands_in_the_journals_place(path: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"mine\n")
    path.symlink_to(precious)
    with pytest.raises(RunError, match="symbolic link"):
        JournalWriter(path)
    assert precious.read_bytes() == b"mine\n"
