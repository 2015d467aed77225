"""Bytes into text, piece by piece: strictly, by the mark or the encoding that was named, or one sentence on why not.

Line ends stay as they are. It must not know files, tokenizations or which corpora there are.
"""

from __future__ import annotations

import codecs
import re

from rnnlab.errors import CorpusError
from rnnlab.text.visible import visible

MAX_NULS = 0.001
"""A larger share of NUL bytes than this is no text."""
SNIFFED = 1 << 16
"""Bytes at the beginning by which a text is told from other things."""

_ARCHIVES = {
    b"\x1f\x8b": "a gzip file: unpack it first",
    b"PK\x03\x04": "a zip file: unpack it first",
    b"\xfd7zXZ\x00": "an xz file: unpack it first",
    b"\x28\xb5\x2f\xfd": "a zstd file: unpack it first",
    b"7z\xbc\xaf\x27\x1c": "a 7z file: unpack it first",
    b"\x89PNG\r\n\x1a\n": "a PNG picture: take a text file",
    b"\xff\xd8\xff": "a JPEG picture: take a text file",
    b"%PDF-": "a PDF: save its text as a text file first",
    b"\x7fELF": "a program: take a text file",
    b"SQLite format 3\x00": "a database: take a text file",
}
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
"""Byte-order marks; those of UTF-32 first, since they begin like those of UTF-16."""
_CUT_SHORT = ("unexpected end of data", "truncated data", "incomplete multibyte sequence")
_HIGH = re.compile(rb"[\x80-\xff]+")
_ORDINARY = 0.9
"""The share of runs with whole pairs of bytes from which on they are taken for pairs."""
_FEW = 2.5
"""Bytes above ASCII in a row, on average, up to which they are accents."""


class Decoding:
    """One text's bytes on their way to characters; `finish` after the last."""

    def __init__(self, name: str, encoding: str = "") -> None:
        self._name = name
        self._given = encoding
        self._begin = bytearray()
        self._decoder: codecs.IncrementalDecoder | None = None
        self._chosen = ""
        self._fed = 0
        self._empty = True
        self.encoding = ""
        """`utf-8`, `utf-16-le` …, with `with BOM` after it where the text had a mark; known at the end."""

    def feed(self, data: bytes | bytearray) -> str:
        """The text that is complete by now; raises CorpusError where it is none."""
        if self._decoder is not None:
            return self._decode(data, final=False)
        self._begin += data
        return self._start() if len(self._begin) >= SNIFFED else ""

    def finish(self) -> str:
        """The rest; raises CorpusError where a character was cut short, or nothing came."""
        text = self._start() if self._decoder is None else ""
        text += self._decode(b"", final=True)
        if self._empty:
            raise CorpusError(f"{self._name} holds nothing but a byte-order mark: take a text file")
        return text

    def _start(self) -> str:
        """Judge the beginning, and decode it."""
        begin, self._begin = bytes(self._begin), bytearray()
        if not begin:
            raise CorpusError(f"{self._name} is empty: take a text of at least a few thousand characters")
        mark, marked = next(((m, e) for m, e in _MARKS.items() if begin.startswith(m)), (b"", ""))
        if not marked and not self._given:
            _refuse_binary(begin, self._name)
        self._chosen = known_encoding(self._given) if self._given else marked or "utf-8"
        skipped = len(mark) if marked == self._chosen else 0
        self.encoding = f"{self._chosen} with BOM" if skipped else self._chosen
        self._decoder = codecs.getincrementaldecoder(self._chosen)("strict")
        self._fed = skipped
        return self._decode(begin[skipped:], final=False)

    def _decode(self, data: bytes | bytearray, *, final: bool) -> str:
        assert self._decoder is not None
        held = len(self._decoder.getstate()[0])
        try:
            text = self._decoder.decode(data, final)
        except UnicodeDecodeError as error:
            raise self._undecodable(error, self._fed - held + error.start) from None
        self._fed += len(data)
        self._empty = self._empty and not text
        return text

    def _undecodable(self, error: UnicodeDecodeError, offset: int) -> CorpusError:
        if error.reason in _CUT_SHORT:
            return CorpusError(
                f"{self._name} ends in the middle of a character, at byte {offset:,}: get the whole file, or cut it "
                "there"
            )
        found = f"{self._name} is not {self._chosen.upper()}: byte {offset:,} is 0x{error.object[error.start]:02X}"
        return CorpusError(found, guess(error.object[max(0, error.start - 2) :][:SNIFFED], but=self._chosen))


def known_encoding(encoding: str) -> str:
    """The encoding's own name; raises CorpusError where Python knows none, or none that gives text."""
    try:
        "".encode(encoding)
        return codecs.lookup(encoding).name
    except (LookupError, ValueError):
        shown = visible(encoding[:40])
        raise CorpusError(f"there is no encoding {shown!r}: try utf-8, utf-16-le or latin-1") from None


def guess(sample: bytes, but: str = "") -> str:
    """The encoding that bytes which are not UTF-8 most likely have, told by their runs of bytes above ASCII.

    Chinese in GB has two bytes a character, Cyrillic words are long and of any length, accents stand alone.
    """
    runs = [len(run) for run in _HIGH.findall(sample)]
    even = sum(1 for run in runs if run % 2 == 0)
    guesses = ["latin-1", "utf-8"]
    if sum(runs) >= _FEW * len(runs):
        guesses.insert(0, "gb18030" if even >= _ORDINARY * len(runs) else "cp1251")
    return next(each for each in guesses if codecs.lookup(each).name != but)


def _refuse_binary(data: bytes, name: str) -> None:
    for magic, sentence in _ARCHIVES.items():
        if data.startswith(magic):
            raise CorpusError(f"{name} is {sentence}")
    begin = data[:SNIFFED]
    nuls = begin.count(0)
    if nuls <= len(begin) * MAX_NULS:
        return
    odd = begin[1::2].count(0)
    for likely, share in (("utf-16-le", odd), ("utf-16-be", nuls - odd)):
        if share > 0.3 * len(begin) and share > 0.9 * nuls:
            raise CorpusError(f"{name} looks like UTF-16 without its mark", likely)
    raise CorpusError(f"{name} is not a text file: it holds {nuls:,} NUL bytes; take a text file")
