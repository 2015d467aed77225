"""A corpus: read, cleaned, cut and tokenized as its spec says."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.errors import CorpusError
from rnnlab.specs import DataSpec
from rnnlab.text.bundled import entries
from rnnlab.text.corpus import Corpus

KINDS = ("char", "byte", "word")


def test_a_bundled_corpus_opens_by_name() -> None:
    corpus = Corpus.open("lyrics-zh")
    entry = next(entry for entry in entries() if entry.name == "lyrics-zh")
    assert (corpus.name, corpus.title, corpus.about) == (entry.name, entry.title, entry.about)
    assert (corpus.sha256, corpus.source) == (entry.sha256, "lyrics-zh")
    assert len(corpus.ids) == entry.characters
    assert len(corpus.vocabulary) == entry.distinct
    assert corpus.vocabulary.decode(corpus.ids) == corpus.text


def test_the_lyrics_experiment_has_its_classic_size() -> None:
    corpus = Corpus.open("lyrics-zh", DataSpec(clean=("spaces",), limit=10_000))
    assert len(corpus.ids) == 10_000
    assert 950 <= len(corpus.vocabulary) <= 1_100
    assert "\n" not in corpus.vocabulary.tokens


def test_a_file_opens_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my notes.txt").write_bytes(b"one\r\ntwo\r\n")
    corpus = Corpus.open(str(tmp_path / "my notes.txt"))
    assert (corpus.name, corpus.about) == ("my notes", "")
    assert corpus.text == "one\r\ntwo\r\n"
    assert corpus.sha256 == hashlib.sha256(b"one\r\ntwo\r\n").hexdigest()
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Corpus.open("~/my notes.txt").text == corpus.text


def test_a_bundled_name_goes_before_a_file_of_that_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("gazette").write_text("my own")
    assert Corpus.open("gazette").bytes > 40_000
    assert Corpus.open("./gazette").text == "my own"


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("", "no corpus is named"),
        ("gazett", "did you mean gazette?"),
        ("\x1b]0;x\x07", "the bundled corpora are"),
        ("./gazett", "does not exist"),
        ("nowhere.txt", "does not exist"),
        ("a\0b", "the bundled corpora are"),
        ("./" + "x" * 4000, "longer than the system allows"),
        ("~nobody-of-that-name/x.txt", "does not exist"),
    ],
)
def test_what_names_no_text_is_refused_in_a_sentence(reference: str, words: str) -> None:
    with pytest.raises(CorpusError) as caught:
        Corpus.open(reference)
    assert words in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_of_fewer_than_two_tokens_is_too_short(kind: str) -> None:
    for text in ("", "a"):
        with pytest.raises(CorpusError, match=r"take a (longer )?text"):
            Corpus.from_text(text, DataSpec(tokens=kind))


def test_a_text_that_cleaning_eats_is_too_short() -> None:
    with pytest.raises(CorpusError, match="0 tokens after cleaning"):
        Corpus.from_text("红楼梦 1791", DataSpec(clean=("letters",)))


def test_words_that_never_come_again_teach_nothing() -> None:
    with pytest.raises(CorpusError, match="no word of poem comes twice"):
        Corpus.from_text("each word once only", DataSpec(tokens="word"), name="poem")


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(CorpusError, match="character 2"):
        Corpus.from_text("ab\udc80")


def test_the_letters_rule_reserves_a_token_for_the_unknown_as_d2l_does() -> None:
    data = DataSpec(clean=("lower", "letters"))
    corpus = Corpus.from_text("The quick brown fox jumps over the lazy dog, 1895.\n" * 2, data)
    assert len(corpus.vocabulary) == 28
    assert corpus.vocabulary.unknown == 0
    assert corpus.text == "the quick brown fox jumps over the lazy dog" * 2
    assert Corpus.from_text("abc").vocabulary.unknown is None


@pytest.mark.parametrize("kind", KINDS)
@given(st.text(st.sampled_from("ab é红👍\n."), min_size=2, max_size=50), st.integers(2, 60))
def test_the_limit_keeps_the_first_tokens_after_cleaning(kind: str, text: str, limit: int) -> None:
    text = "a a " + text
    whole = Corpus.from_text(text, DataSpec(tokens=kind, clean=("newlines",)))
    cut = Corpus.from_text(text, DataSpec(tokens=kind, clean=("newlines",), limit=max(limit, 2)))
    assert len(cut.ids) == min(limit, len(whole.ids))
    assert text.startswith(cut.text)
    if kind == "byte":
        assert cut.ids.tolist() == whole.ids[:limit].tolist()
    else:
        assert cut.vocabulary.encode(cut.text).tolist() == cut.ids.tolist()


@pytest.mark.parametrize(("kind", "ratio"), [("char", 1.0), ("byte", 1 / 3), ("word", 1.0)])
def test_characters_per_token_are_of_the_tokenized_text(kind: str, ratio: float) -> None:
    assert Corpus.from_text("红楼红楼", DataSpec(tokens=kind)).characters_per_token == pytest.approx(ratio)


@pytest.mark.parametrize("kind", KINDS)
def test_ids_cannot_be_changed(kind: str) -> None:
    ids = Corpus.from_text("the cat, the dog", DataSpec(tokens=kind)).ids
    assert ids.dtype == np.uint8
    with pytest.raises(ValueError, match="read-only"):
        ids[0] = 1


def test_the_same_text_has_the_same_identity_however_it_came(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("Träume".encode())
    assert Corpus.open(str(tmp_path / "a.txt")).sha256 == Corpus.from_text("Träume").sha256


def test_the_package_starts_without_torch_and_textual() -> None:
    lines = (
        "import sys",
        "import rnnlab.text.corpus, rnnlab.text.statistics, rnnlab.text.visible",
        "print(sorted({'torch', 'textual', 'rich'} & set(sys.modules)))",
    )
    done = subprocess.run([sys.executable, "-c", "; ".join(lines)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_looking_at_what_is_visible_needs_no_numpy() -> None:
    lines = "import sys; import rnnlab.text.visible, rnnlab.text.bundled; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
