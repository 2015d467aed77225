"""A text is encoded once; what is kept is the same, and read rather than made again."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from rnnlab.errors import CorpusError
from rnnlab.specs import DataSpec
from rnnlab.text import cache as module
from rnnlab.text import corpus as corpora
from rnnlab.text import encoding
from rnnlab.text.cache import Cache
from rnnlab.text.corpus import Corpus
from rnnlab.text.encoding import Cancelled

TEXT = "The tide clock of Harrow, 红楼梦 and naïve words; the tide clock.\r\n\r\n" * 50
KINDS = ("char", "byte", "word")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_bytes(TEXT.encode())
    os.utime(path, (1_000_000_000, 1_000_000_000))
    return path


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture
def nothing_is_encoded(monkeypatch: pytest.MonkeyPatch):
    def refuse(*arguments: object) -> None:
        raise AssertionError("it was encoded again")

    def begin() -> None:
        monkeypatch.setattr(corpora, "tokens_of", refuse)
        monkeypatch.setattr(corpora, "write_ids", refuse)

    return begin


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "settings", [{}, {"clean": ("newlines", "lower")}, {"limit": 500}, {"separator": "blank"}, {"min_count": 60}]
)
def test_what_the_cache_gives_is_what_memory_gives(kind: str, settings: dict, file: Path, cache: Cache) -> None:
    data = DataSpec(tokens=kind, **settings)
    plain, kept = Corpus.open(str(file), data), Corpus.open(str(file), data, cache=cache)
    again = Corpus.open(str(file), data, cache=cache)
    for corpus in (kept, again):
        assert corpus.ids.tolist() == plain.ids.tolist()
        assert corpus.ids.dtype == plain.ids.dtype
        assert corpus.counts.tolist() == plain.counts.tolist()
        assert corpus.vocabulary == plain.vocabulary
        assert corpus.encoded.identity == plain.encoded.identity
        assert (corpus.characters, corpus.lines, corpus.text) == (plain.characters, plain.lines, plain.text)


def test_ids_are_a_read_only_memory_map_of_the_smallest_type(file: Path, cache: Cache) -> None:
    ids = Corpus.open(str(file), cache=cache).ids
    assert isinstance(ids, np.memmap)
    assert ids.dtype == np.uint8
    with pytest.raises(ValueError, match="read-only"):
        ids[0] = 1


def test_a_second_opening_encodes_nothing(file: Path, cache: Cache, nothing_is_encoded) -> None:
    first = Corpus.open(str(file), cache=cache)
    nothing_is_encoded()
    assert Corpus.open(str(file), cache=cache).ids.tolist() == first.ids.tolist()


def test_a_known_digest_needs_no_file(file: Path, cache: Cache, nothing_is_encoded) -> None:
    first = Corpus.open(str(file), cache=cache)
    file.unlink()
    nothing_is_encoded()
    assert Corpus.open(str(file), cache=cache, sha256=first.sha256).ids.tolist() == first.ids.tolist()


def test_a_changed_file_is_encoded_anew(file: Path, cache: Cache) -> None:
    before = Corpus.open(str(file), cache=cache)
    file.write_text("something else")
    after = Corpus.open(str(file), cache=cache)
    assert after.sha256 != before.sha256
    assert after.text == "something else"


def test_a_file_that_is_not_the_text_it_was_is_refused(file: Path, cache: Cache) -> None:
    with pytest.raises(CorpusError, match="is not the text it was"):
        Corpus.open(str(file), cache=cache, sha256="0" * 64)


@pytest.mark.parametrize("damage", ["ids.bin", "counts.bin", "vocabulary.json", "meta.json"])
@pytest.mark.parametrize("how", [b"", b"{}", b"\0" * 100])
def test_a_damaged_part_is_made_again(damage: str, how: bytes, file: Path, cache: Cache, tmp_path: Path) -> None:
    expected = Corpus.open(str(file), cache=cache).ids.tolist()
    (part,) = (tmp_path / "cache" / "encoded").glob(f"*/{damage}")
    part.write_bytes(how)
    assert Corpus.open(str(file), cache=cache).ids.tolist() == expected
    assert part.read_bytes() != how


def test_reading_can_be_watched_and_ended_and_leaves_nothing(file: Path, cache: Cache, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []

    def pace(stage: str, done: int, total: int) -> None:
        told.append((stage, done, total))
        if stage == "encoding":
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        Corpus.open(str(file), cache=cache, pace=pace)
    size = len(TEXT.encode())
    assert told == [("reading", size, 0), ("encoding", size, size)]
    assert [*(tmp_path / "cache" / "encoded").iterdir()] == []


def test_the_longest_unused_goes_first_where_there_is_too_much(
    file: Path, cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in (100, 200, 300):
        Corpus.open(str(file), DataSpec(limit=limit), cache=cache)
    places = sorted((tmp_path / "cache" / "encoded").iterdir(), key=lambda place: place.stat().st_mtime_ns)
    for age, place in enumerate(places):
        os.utime(place, (age, age))
    Corpus.open(str(file), DataSpec(limit=100), cache=cache)
    monkeypatch.setattr(module, "MAX_BYTES", 2 * max(map(module._size, places)))
    Corpus.open(str(file), DataSpec(limit=50), cache=cache)
    assert len([*(tmp_path / "cache" / "encoded").iterdir()]) < 4
    assert places[0].exists()
    assert not places[1].exists()


def test_pieces_of_any_size_give_the_same(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {kind: Corpus.open(str(file), DataSpec(tokens=kind)).ids.tolist() for kind in KINDS}
    monkeypatch.setattr("rnnlab.text.reading.PIECE", 7)
    monkeypatch.setattr(encoding, "CHUNK", 5)
    for kind in KINDS:
        corpus = Corpus.open(str(file), DataSpec(tokens=kind))
        assert corpus.ids.tolist() == whole[kind]
        assert corpus.lines == len(TEXT.splitlines())
