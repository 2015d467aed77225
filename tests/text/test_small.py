"""Reading a short text file of a person's own."""

from __future__ import annotations

import pytest

from rnnlab.errors import BadInput
from rnnlab.text.small import MOST, decoded, read_small


def test_the_text_is_there_without_a_byte_order_mark(tmp_path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfone | two\n")
    assert read_small(str(tmp_path / "a.txt")) == "one | two\n"


def test_what_cannot_be_read_is_said_in_a_sentence(tmp_path) -> None:
    (tmp_path / "b.txt").write_bytes(b"\xff\xfe")
    for path, words in ((tmp_path / "no.txt", "No such file"), (tmp_path, "directory"), (tmp_path / "b.txt", "UTF-8")):
        with pytest.raises(BadInput, match=words):
            read_small(str(path))
    with pytest.raises(BadInput, match="no path"):
        read_small("a\x00b")
    with pytest.raises(BadInput, match="more than 8 MB"):
        decoded(b"x" * (MOST + 1), "c.txt")
