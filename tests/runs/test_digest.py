"""The digest: with it a run is opened as without it, whatever happened to the journal or to the digest."""

from __future__ import annotations

import os
import random
import zlib
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnnlab.course import Course, fold
from rnnlab.errors import StorageError
from rnnlab.events import AnyEvent, Rewound, Step
from rnnlab.runs import digest, journal
from rnnlab.runs.journal import JournalWriter
from rnnlab.runs.paths import RunPaths
from tests.tui.runs import evaluated, sampled, started, step, training
from tests.tui.runs import records as records_of

from .strategies import events

steps = st.integers(0, 300)
happenings: st.SearchStrategy[AnyEvent] = st.one_of(
    events,
    *[st.builds(step, steps, st.floats(0.1, 100))] * 3,
    st.builds(started, steps, st.integers(1, 3)),
    st.builds(lambda n: Rewound(step=n, epoch=1, from_step=n + 9, lr=0.1), steps),
)
in_place = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def run(tmp_path: Path) -> RunPaths:
    paths = RunPaths(tmp_path / "gru-8-shy-owl")
    paths.directory.mkdir()
    return paths


def write(run: RunPaths, what: list[AnyEvent]) -> None:
    """As one more attempt's worker."""
    clock = iter(range(10**6))
    writer = JournalWriter(run.journal, clock=lambda: 1e9 + 3.0 * next(clock))
    for event in what:
        writer.write(event)
    writer.close()


def read_on(run: RunPaths, course: Course, cursor: int) -> Course:
    more = True
    while more:
        chunk = journal.read(run.journal, cursor, 7)
        course, cursor, more = fold(course, chunk.records), chunk.cursor, chunk.more
    return course


def opened(run: RunPaths) -> Course:
    """What a viewer has of the run when it has read all of it."""
    found = digest.load(run)
    return read_on(run, found.course, found.cursor)


def whole(run: RunPaths) -> Course:
    return read_on(run, Course(), 0)


@pytest.fixture
def digested(run: RunPaths) -> RunPaths:
    """A run of which all but the last records are digested."""
    write(run, [record.event for record in training(3000)])
    digest.renew(run)
    write(run, [started(2990, attempt=2), *(step(number) for number in range(3000, 3200, 10))])
    assert digest.load(run).cursor > 0
    return run


@in_place
@given(st.lists(st.lists(happenings, max_size=12), max_size=5), st.binary(max_size=20))
def test_whatever_happens_opening_is_reading_from_the_start(
    run: RunPaths, attempts: list[list[AnyEvent]], torn: bytes
) -> None:
    """Attempts that train again what others had, a digest after each, a tail that is torn, and one more record."""
    for path in (run.journal, run.digest):
        path.unlink(missing_ok=True)
    for attempt in attempts:
        write(run, attempt)
        digest.renew(run)
        assert digest.load(run).cursor == (run.journal.stat().st_size if run.journal.exists() else 0)
        assert opened(run) == whole(run)
    with run.journal.open("ab") as file:
        file.write(torn)
    digest.renew(run)
    assert opened(run) == whole(run)
    write(run, [step(301)])
    assert opened(run) == whole(run)


def test_who_opens_while_it_is_renewed_and_written_sees_all_of_it(run: RunPaths) -> None:
    writer = JournalWriter(run.journal)
    course, cursor = Course(), 0
    for number in range(100):
        writer.write(step(number))
        chunk = journal.read(run.journal, cursor, 3)
        course, cursor = fold(course, chunk.records), chunk.cursor
        if number % 20 == 0:
            digest.renew(run)
        assert opened(run) == whole(run)
    writer.close()
    assert read_on(run, course, cursor) == opened(run)


def test_only_the_rest_of_the_journal_is_read(digested: RunPaths) -> None:
    found = digest.load(digested)
    assert found.course.recent[-1].step == 3000
    assert len(journal.read(digested.journal, found.cursor).records) == 21


def test_damage_that_was_there_before_is_left_out_as_in_reading(run: RunPaths) -> None:
    write(run, [step(number) for number in range(100)])
    damage(run.journal, 5000)
    digest.renew(run)
    assert digest.load(run).cursor > 0
    assert opened(run) == whole(run)


def test_what_is_damaged_later_is_known_as_it_was_written(digested: RunPaths) -> None:
    before = opened(digested)
    damage(digested.journal, 5000)
    assert journal.read(digested.journal).damaged == 1, "who reads it from its start is told"
    assert opened(digested) == before != whole(digested)


@pytest.mark.parametrize("kept", [0, 0.5, 0.9])
def test_a_journal_that_was_cut_off_behind_its_digest_is_read_from_its_start(digested: RunPaths, kept: float) -> None:
    size = int(digest.load(digested).cursor * kept)
    os.truncate(digested.journal, size)
    assert digest.load(digested) == digest.Digest()
    write(digested, [step(number) for number in range(5000)])
    assert digest.load(digested) == digest.Digest(), "what grew in its place is another story"
    assert opened(digested) == whole(digested)


def test_without_a_journal_there_is_nothing(digested: RunPaths) -> None:
    digested.journal.unlink()
    assert digest.load(digested) == digest.Digest()
    digest.renew(digested)


def test_every_flipped_byte_makes_it_none_at_all(digested: RunPaths) -> None:
    expected, data = whole(digested), digested.digest.read_bytes()
    chance = random.Random(1)
    for _ in range(100):
        damaged = bytearray(data)
        damaged[chance.randrange(len(data))] ^= chance.randrange(1, 256)
        digested.digest.write_bytes(damaged)
        # A space for another leaves it what it was; nothing may make it another.
        assert digest.load(digested) in (digest.Digest(), digest.Digest(*parts(data)))
    assert opened(digested) == expected


def parts(data: bytes) -> tuple[Course, int]:
    body = msgspec.json.decode(msgspec.json.decode(data, type=digest._File).body, type=digest._Body)
    return body.course, body.cursor


def forge(run: RunPaths, **changes: object) -> None:
    """A digest whose checksums are right and which lies."""
    body = msgspec.json.decode(msgspec.json.decode(run.digest.read_bytes(), type=digest._File).body, type=digest._Body)
    digest._write(run.digest, msgspec.structs.replace(body, **changes))


@pytest.mark.parametrize(
    "lie",
    [
        {"format": digest.FORMAT + 1},
        {"cursor": 0},
        {"cursor": -1},
        {"cursor": 10**9},
        {"cursor": 10**30},
        {"seal": 0},
        {"course": Course(recent=(step(-1, 5.0),))},
        {"course": Course(recent=(step(1),) * 1000)},
    ],
    ids=["newer", "at 0", "before 0", "behind the end", "far behind", "unsealed", "senseless", "too long"],
)
def test_a_digest_that_lies_costs_a_reading_and_nothing_else(digested: RunPaths, lie: dict[str, object]) -> None:
    forge(digested, **lie)
    assert digest.load(digested) == digest.Digest()
    assert opened(digested) == whole(digested)
    digest.renew(digested)
    assert digest.load(digested).cursor == digested.journal.stat().st_size, "the next one is true"


def test_a_place_in_the_midst_of_a_line_is_none(digested: RunPaths) -> None:
    forge(digested, cursor=100, seal=zlib.crc32(digested.journal.read_bytes()[:100]))
    assert digest.load(digested) == digest.Digest()


@pytest.mark.parametrize(
    "junk",
    [
        b"", b"\0" * 100, b"{}", b"[]", b"\xff", b"[" * 100_000, b'{"crc":0,"body":' + b"[" * 50_000,
        b'{"crc":0,"body":{}}', b'{"crc":2745614147,"body":{}}', b" " * (digest.MOST + 1),
    ],
)  # fmt: skip
def test_a_file_that_is_no_digest_is_none(digested: RunPaths, junk: bytes) -> None:
    digested.digest.write_bytes(junk)
    assert digest.load(digested) == digest.Digest()


@pytest.mark.timeout(10)
@pytest.mark.parametrize("what", ["a pipe", "a directory", "a link"])
def test_what_stands_in_its_place_is_neither_waited_for_nor_followed(
    digested: RunPaths, tmp_path: Path, what: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    digested.digest.rename(elsewhere)
    {
        "a pipe": lambda: os.mkfifo(digested.digest),
        "a directory": digested.digest.mkdir,
        "a link": lambda: digested.digest.symlink_to(elsewhere),
    }[what]()
    assert digest.load(digested) == digest.Digest()
    before = elsewhere.read_bytes()
    digest.renew(digested)
    assert elsewhere.read_bytes() == before


def test_a_disk_that_refuses_leaves_the_old_one_and_troubles_nobody(
    digested: RunPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        raise StorageError("no space left on device")

    monkeypatch.setattr(digest, "write_atomic", full)
    old = digest.load(digested)
    digest.renew(digested)
    assert digest.load(digested) == old


def test_a_run_with_too_much_to_tell_has_none(run: RunPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest, "MOST", 1000)
    write(run, [step(number) for number in range(100)])
    digest.renew(run)
    assert not run.digest.exists()


def test_it_is_kept_every_so_many_records_and_short_runs_have_none(
    run: RunPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest, "EVERY", 10)
    keeper, writer, places = digest.Keeper(run), JournalWriter(run.journal), []
    for number in range(1, 36):
        writer.write(step(number))
        keeper.synced(number)
        places.append(digest.load(run).course.seq)
    writer.close()
    assert places == [0] * 9 + [10] * 10 + [20] * 10 + [30] * 6


def damage(path: Path, at: int) -> None:
    """Spoil one line near that byte."""
    with path.open("r+b") as file:
        file.seek(at)
        file.readline()
        file.write(b"x")


def test_numbers_keep_every_digit(run: RunPaths) -> None:
    written = [step(1, 1 / 3, grad_norm=1e-300, lr=5e-324, tokens_per_s=1e308, elapsed_s=0.1 + 0.2)]
    write(run, [*written])
    digest.renew(run)
    kept: tuple[Step, ...] = digest.load(run).course.recent
    assert kept == tuple(written)


def test_who_changes_what_folding_gives_counts_the_format_up() -> None:
    """Else a run that was digested before shows what folding gave then: the pair below changes only together."""
    told = [step(number, 1.0 + number % 97, loss=1.0, elapsed_s=1.0) for number in range(0, 9000, 3)]
    attempts = [started(), *told, *training_ends(), started(6000, attempt=2), *told[2001:]]
    course = fold(Course(), records_of(attempts))
    assert (digest.FORMAT, zlib.crc32(msgspec.json.encode(course))) == (2, 3723426716)


def training_ends() -> list[AnyEvent]:
    return [evaluated(9000, 1.0), sampled(9000), Rewound(step=8000, epoch=1, from_step=9000, lr=0.1), step(8001, 1.0)]
