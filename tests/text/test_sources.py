"""Which files a reference means."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from rnnlab.errors import CorpusError
from rnnlab.specs import DataSpec
from rnnlab.text import sources
from rnnlab.text.bundled import path_of
from rnnlab.text.corpus import Corpus
from rnnlab.text.sources import absolute, resolve, stamp


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of texts, as the current one, with things in it that are no texts."""
    for name in ("ch10.txt", "ch2.txt", "ch1.TXT", "notes.md", ".hidden.txt", "deep/a.txt", ".git/config.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"this is {name}")
    (tmp_path / "round").symlink_to(tmp_path)
    (tmp_path / "folder.txt").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def named(reference: str) -> list[str]:
    return [os.path.relpath(path) for path in resolve(reference).paths]


def test_a_folder_stands_for_its_texts_in_the_order_a_person_would_give(shelf: Path) -> None:
    assert named(".") == ["ch1.TXT", "ch2.txt", "ch10.txt", "deep/a.txt"]
    assert named(str(shelf)) == named(".")
    assert resolve(str(shelf)).name == shelf.name
    assert resolve(str(shelf)).title == f"{shelf.name} (4 files)"


def test_an_empty_file_among_others_is_passed_over_and_alone_is_refused(shelf: Path) -> None:
    (shelf / "ch3.txt").touch()
    assert named(".") == ["ch1.TXT", "ch2.txt", "ch10.txt", "deep/a.txt"]
    assert named("ch?.txt") == ["ch2.txt"]
    with pytest.raises(CorpusError, match="is empty"):
        Corpus.open("ch3.txt")


def test_a_pattern_stands_for_what_it_matches(shelf: Path) -> None:
    assert named("ch?.txt") == ["ch2.txt"]
    assert named("**/*.txt")[:2] == ["ch2.txt", "ch10.txt"]
    assert named("*.[mM]d") == ["notes.md"]


def test_a_list_keeps_its_order_and_its_parts_are_of_any_kind(shelf: Path) -> None:
    assert named("notes.md:ch2.txt") == ["notes.md", "ch2.txt"]
    both = resolve("gazette:deep:ch1*")
    assert both.paths == (path_of("gazette"), Path("deep/a.txt"), Path("ch1.TXT"), Path("ch10.txt"))
    assert both.name == "gazette+deep+ch1*"


def test_a_file_that_exists_goes_before_a_pattern_or_a_list(shelf: Path) -> None:
    for name in ("a[1].txt", "a:b.txt"):
        Path(name).write_text("odd")
        assert named(name) == [name]


def test_a_bundled_name_goes_before_a_folder_of_that_name(shelf: Path) -> None:
    Path("gazette").mkdir()
    assert resolve("gazette").paths == (path_of("gazette"),)


@pytest.mark.parametrize("reference", ["*.nothing", "empty", ":", "::", "**/*.exe"])
def test_what_means_no_file_is_refused_in_a_sentence(shelf: Path, reference: str) -> None:
    Path("empty").mkdir()
    with pytest.raises(CorpusError) as caught:
        resolve(reference)
    assert "name" in str(caught.value)
    assert str(caught.value).isprintable()


def test_too_many_files_are_refused_before_they_are_read(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_FILES", 3)
    for reference in (".", "**/*", "ch1.TXT:ch2.txt:notes.md:ch10.txt"):
        with pytest.raises(CorpusError, match="more than 3 files"):
            resolve(reference)


@pytest.mark.parametrize("reference", [".", "**/*.md", "./**/*"])
def test_a_folder_with_too_much_in_it_is_given_up_soon(
    shelf: Path, monkeypatch: pytest.MonkeyPatch, reference: str
) -> None:
    monkeypatch.setattr(sources, "MAX_SEEN", 5)
    with pytest.raises(CorpusError, match="more than 5 files: name the folder with the texts"):
        resolve(reference)


def test_several_files_are_one_text_with_one_identity(shelf: Path, tmp_path: Path) -> None:
    Path("a.txt").write_bytes(b"one\r\n")
    Path("b.txt").write_bytes("zwö".encode("utf-16"))
    Path("c.txt").write_bytes(b"\xef\xbb\xbfthree\n")
    corpus = Corpus.open("a.txt:b.txt:c.txt")
    assert corpus.text == "one\r\nzwö\nthree\n"
    assert corpus.encoding == "utf-8, utf-16-le with BOM, utf-8 with BOM"
    Path("copy").write_bytes(b"".join(corpus.original.raw()))
    again = Corpus.open("./copy")
    assert (again.sha256, again.bytes, again.text) == (corpus.sha256, corpus.bytes, corpus.text)


def test_one_bad_file_among_several_is_named(shelf: Path) -> None:
    Path("ch3.txt").write_bytes(b"\xff")
    with pytest.raises(CorpusError, match=r"ch3\.txt is not UTF-8"):
        Corpus.open(".")


def test_standard_input_is_a_corpus_that_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = "Träume\r\n".encode("utf-16")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
    corpus = Corpus.open("-")
    assert (corpus.text, corpus.name) == ("Träume\r\n", "stdin")
    assert b"".join(corpus.original.raw()) == raw
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    with pytest.raises(CorpusError, match="standard input is empty"):
        Corpus.open("-")


def test_a_text_that_was_changed_after_it_was_read_is_refused(shelf: Path) -> None:
    corpus = Corpus.open("notes.md", DataSpec(tokens="word", min_count=1))
    assert corpus.text == "this is notes.md"
    Path("notes.md").write_text("rewritten")
    with pytest.raises(CorpusError, match="was changed"):
        "".join(corpus.pieces())


def test_an_absolute_reference_means_the_same_from_any_folder(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(shelf))
    for reference in ("ch2.txt", "ch*.txt", ".", "gazette:ch2.txt", "~/ch2.txt:notes.md", "gazette"):
        before = [path.resolve() for path in resolve(reference).paths]
        everywhere = absolute(reference)
        monkeypatch.chdir("/")
        assert [path.resolve() for path in resolve(everywhere).paths] == before
        assert absolute(everywhere) == everywhere
        monkeypatch.chdir(shelf)
    assert absolute("-") == "-"


def test_a_stamp_changes_when_a_file_does(shelf: Path) -> None:
    before = stamp(".")
    assert stamp(".") == before
    Path("deep/a.txt").write_text("longer than it was before")
    assert stamp(".") != before
    assert stamp("nowhere.txt") == stamp("-") == stamp("*.nothing") == ()
