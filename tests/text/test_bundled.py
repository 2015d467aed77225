"""The bundled corpora are what their index says."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import pytest

from rnnlab.errors import NotFound
from rnnlab.specs import TrainSpec
from rnnlab.text import bundled
from rnnlab.text.bundled import BundledCorpus, entries, folder, path_of, read_index

SMALLEST = {
    "the-tide-clock": 60_000,
    "lyrics-zh": 12_000,
    "gazette": 40_000,
    "the-glass-orchard": 40_000,
    "agreement": 400_000,
}
EACH = pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.name)


@EACH
def test_the_index_pins_each_file(entry: BundledCorpus) -> None:
    raw = path_of(entry.name).read_bytes()
    text = raw.decode()
    assert hashlib.sha256(raw).hexdigest() == entry.sha256
    assert (len(text), len(set(text))) == (entry.characters, entry.distinct)
    assert "\r" not in text


@EACH
def test_each_is_large_enough_for_what_it_is_for(entry: BundledCorpus) -> None:
    assert entry.characters >= SMALLEST[entry.name]


@EACH
def test_prefixes_are_in_the_text_and_a_spec_takes_them(entry: BundledCorpus) -> None:
    text = path_of(entry.name).read_text(encoding="utf-8")
    assert len(entry.prefixes) == 2
    assert all(prefix in text and "," not in prefix and prefix == prefix.strip() for prefix in entry.prefixes)
    assert TrainSpec(prefixes=entry.prefixes).prefixes == entry.prefixes


def test_there_are_the_five_texts_and_no_file_without_an_entry() -> None:
    assert {entry.name for entry in entries()} == set(SMALLEST)
    assert {path.name for path in folder().glob("*.txt")} == {entry.file for entry in entries()}


def test_the_lyrics_have_the_true_size_of_the_classic_experiment() -> None:
    text = path_of("lyrics-zh").read_text(encoding="utf-8")
    assert 900 <= len(set(text[:10_000])) <= 1_100


def test_a_text_is_not_repetitive_filler() -> None:
    for entry in entries():
        lines = [line for line in path_of(entry.name).read_text(encoding="utf-8").splitlines() if len(line) > 30]
        assert len(set(lines)) >= 0.95 * len(lines), entry.name


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(NotFound, match="did you mean gazette"):
        path_of("gazete")


def test_corpora_inside_the_package_go_before_those_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled, "_PACKAGE", tmp_path / "rnnlab")
    (tmp_path / "rnnlab").mkdir()
    assert bundled.folder.__wrapped__() == tmp_path / "corpora"
    (tmp_path / "rnnlab" / "corpora").mkdir()
    assert bundled.folder.__wrapped__() == tmp_path / "rnnlab" / "corpora"


def test_an_index_with_an_unknown_field_is_refused() -> None:
    index = (folder() / bundled.INDEX).read_text(encoding="utf-8")
    assert len(read_index(index)) == len(SMALLEST)
    with pytest.raises(msgspec.ValidationError):
        read_index(index.replace("language", "langauge"))
