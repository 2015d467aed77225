"""Every strange thing that can be taken for a text has its own plain sentence."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import os
import socket
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.errors import CorpusError
from rnnlab.text import decoding, reading
from rnnlab.text.reading import decode, read_file, read_stream

POEM = "Träume\r\nund 红楼梦\rund \u2028 mehr\n"


def refusal(path: Path) -> str:
    with pytest.raises(CorpusError) as caught:
        read_file(path)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert "Traceback" not in sentence
    return sentence


def written(folder: Path, data: bytes, name: str = "text.txt") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_a_utf8_file_is_read_as_it_is_with_its_line_ends(tmp_path: Path) -> None:
    raw = POEM.encode()
    source = read_file(written(tmp_path, raw))
    assert source.text == POEM
    assert source.sha256 == hashlib.sha256(raw).hexdigest()
    assert (source.bytes, source.encoding) == (len(raw), "utf-8")


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_is_honoured_and_left_out(mark: bytes, encoding: str, tmp_path: Path) -> None:
    raw = mark + POEM.encode(encoding)
    source = read_file(written(tmp_path, raw))
    assert source.text == POEM
    assert source.encoding == f"{encoding} with BOM"
    assert source.bytes == len(raw)


@given(st.text(min_size=1))
def test_any_text_in_utf8_comes_back_as_it_was(text: str) -> None:
    data = text.encode()
    if data.count(0) <= len(data) * decoding.MAX_NULS and not data.startswith((b"PK\x03\x04", b"%PDF-", b"\x7fELF")):
        assert decode(data, "text").text == text.removeprefix("\ufeff") or text == "\ufeff"


@given(st.binary())
def test_any_bytes_are_a_text_or_a_plain_sentence(data: bytes) -> None:
    try:
        source = decode(data, "text")
    except CorpusError as error:
        assert str(error).isprintable()  # noqa: PT017
    else:
        assert source.text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (codecs.BOM_UTF8, "nothing but a byte-order mark"),
        ("naïve".encode("latin-1"), "byte 2 is 0xEF"),
        (b"abc\xc0\xaf", "byte 3 is 0xC0"),
        (b"abc\xed\xa0\x80def", "byte 3 is 0xED"),
        ("abc红".encode()[:-1], "ends in the middle of a character, at byte 3"),
        (codecs.BOM_UTF8 + b"abc\xff", "byte 6 is 0xFF"),
        (codecs.BOM_UTF16_LE + b"a\0b", "ends in the middle of a character, at byte 4"),
        ("The Time Machine".encode("utf-16-le"), "looks like UTF-16 without its mark"),
        ("The Time Machine".encode("utf-16-be"), "--encoding utf-16-be"),
        (b"text and \0\0\0 more", "holds 3 NUL bytes"),
        (bytes(5000), "holds 5,000 NUL bytes"),
        (gzip.compress(b"text" * 99, mtime=0), "gzip file: unpack it first"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "PNG picture"),
        (b"%PDF-1.7\n" + bytes(range(255)), "PDF"),
        (b"\x7fELF\x02\x01", "a program"),
    ],
)
def test_what_is_not_a_text_is_refused_with_what_it_is(data: bytes, words: str, tmp_path: Path) -> None:
    assert words in refusal(written(tmp_path, data))


def test_a_zip_file_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "text")
    assert "zip file: unpack it first" in refusal(tmp_path / "a.zip")


def test_a_few_nul_characters_in_a_long_text_are_text(tmp_path: Path) -> None:
    assert read_file(written(tmp_path, b"a\0" + b"text " * 999)).text.startswith("a\0text")


def test_places_that_are_no_files_are_refused_without_being_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "to-zero").symlink_to("/dev/zero")
    assert "is a pipe, not a file" in refusal(tmp_path / "pipe")
    assert "is a folder, not a file" in refusal(tmp_path)
    assert "is a device, not a file" in refusal(tmp_path / "to-zero")
    assert "leads back to itself" in refusal(tmp_path / "loop")
    assert "does not exist" in refusal(tmp_path / "nowhere.txt")
    assert "does not exist" in refusal(written(tmp_path, b"text") / "below.txt")
    assert "longer than the system allows" in refusal(tmp_path / ("x" * 300))
    assert "NUL" in refusal(tmp_path / "a\0b")


def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        assert "is a socket, not a file" in refusal(Path("socket"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, b"text")
    path.chmod(0)
    assert "you have no permission" in refusal(path)


def test_a_file_without_a_known_size_is_read(tmp_path: Path) -> None:
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("no /proc here")
    assert "r-xp" in read_file(maps).text


def test_a_file_that_grows_too_large_while_it_is_read_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 10)
    assert "is larger than" in refusal(written(tmp_path, b"x" * 11))
    with pytest.raises(CorpusError, match="is larger than"):
        read_stream(io.BytesIO(b"x" * 11))


def test_a_hostile_name_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    assert refusal(tmp_path / "\x1b]0;pwned\x07").isprintable()


def test_an_encoding_that_was_named_is_used() -> None:
    assert decode("naïve".encode("latin-1"), "text", encoding="ISO-8859-1").text == "naïve"
    assert decode("红".encode("utf-16-le"), "text", encoding="utf-16-le").text == "红"
    assert decode("红".encode("gb18030"), "text", encoding="gb18030").text == "红"
    assert decode(codecs.BOM_UTF8 + b"a", "text", encoding="UTF8").text == "a"
    for bad in ("utf-99", "rot13", "hex", "a\0b", "\x1b"):
        with pytest.raises(CorpusError, match="there is no encoding"):
            decode(b"text", "text", encoding=bad)
