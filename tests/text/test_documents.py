"""Documents and the token at their ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.errors import CorpusError
from rnnlab.specs import DataSpec
from rnnlab.text.corpus import Corpus
from rnnlab.text.documents import marked
from rnnlab.text.tokens import EOS_MARK
from rnnlab.text.vocabulary import Vocabulary

NAMES = "emma\nolivia\nava\n" * 3
SEPARATORS = ("line", "blank", "<|end|>", "aab", "|")


@pytest.mark.parametrize("separator", SEPARATORS)
@given(pieces=st.lists(st.text(st.sampled_from("ab|<end>\r\n \t"), max_size=6), max_size=8))
def test_separators_are_found_in_whatever_pieces_the_text_comes(separator: str, pieces: list[str]) -> None:
    whole = "".join(pieces)
    assert "".join(marked(pieces, separator)) == "".join(marked([whole], separator))


@pytest.mark.parametrize(
    ("separator", "text", "documents"),
    [
        ("line", "a\nb\r\nc", ["a", "b", "c"]),
        ("blank", "a\nb\n\nc\r\n \r\n\r\nd", ["a\nb", "c", "d"]),
        ("<|end|>", "a<|end|>b", ["a", "b"]),
        ("", "a\n\nb", ["a\n\nb"]),
    ],
)
def test_each_separator_ends_a_document(separator: str, text: str, documents: list[str]) -> None:
    assert "".join(marked([text], separator)).split(EOS_MARK) == documents


@pytest.mark.parametrize("kind", ["char", "byte", "word", "bpe"])
def test_every_tokenization_has_an_end_of_document(kind: str) -> None:
    pytest.importorskip("tokenizers") if kind == "bpe" else None
    corpus = Corpus.from_text(NAMES, DataSpec(tokens=kind, separator="line"))
    eos = corpus.vocabulary.eos
    assert eos is not None
    assert corpus.vocabulary.tokens[eos] == "<eos>"
    assert (corpus.ids == eos).sum() == corpus.counts[eos] == 9
    assert corpus.vocabulary.decode(corpus.ids) == corpus.text == NAMES
    assert corpus.characters == len(NAMES)
    again = Vocabulary.from_document(corpus.vocabulary.to_document())
    assert again == corpus.vocabulary
    assert again.decode(corpus.ids) == NAMES


@pytest.mark.parametrize("kind", ["char", "byte", "word"])
def test_the_limit_counts_ends_of_documents(kind: str) -> None:
    whole = Corpus.from_text(NAMES, DataSpec(tokens=kind, separator="line", min_count=1))
    cut = Corpus.from_text(NAMES, DataSpec(tokens=kind, separator="line", min_count=1, limit=9))
    assert len(cut.ids) == 9
    assert cut.vocabulary.decode(cut.ids) == whole.vocabulary.decode(whole.ids[:9])


def test_a_text_that_holds_the_mark_itself_is_refused_only_where_it_is_needed() -> None:
    text = f"a{EOS_MARK}b\n"
    assert Corpus.from_text(text).text == text
    with pytest.raises(CorpusError, match=r"U\+FDD0"):
        Corpus.from_text(text, DataSpec(separator="line"))
