"""Bytes into text: what a path or a stream holds, read once, decoded strictly, or one sentence on why not.

Regular files only, looked at before they are opened, so that no pipe or device can hold the program up. Line ends
stay as they are. What was read is what is hashed: a file that changes meanwhile cannot come between. It must not know
tokenizations or which corpora there are.
"""

from __future__ import annotations

import codecs
import errno
import hashlib
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from rnnlab.errors import CorpusError
from rnnlab.text.visible import visible

PIECE = 1 << 20
"""Bytes read at a time."""
MAX_BYTES = 4 << 30
"""A longer file is refused before it fills the memory."""
MAX_NULS = 0.001
"""A larger share of NUL bytes than this is no text."""
_SNIFFED = 1 << 16
"""Bytes at the beginning in which NULs are counted."""

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


class SourceText(msgspec.Struct, frozen=True, kw_only=True):
    """What was read."""

    text: str
    """Decoded, without its byte-order mark, with its line ends as they were."""
    sha256: str
    """Of the bytes, the mark among them."""
    bytes: int
    encoding: str
    """`utf-8`, `utf-16-le` …, with `with BOM` after it where the text had a mark."""


def read_file(path: Path, encoding: str = "") -> SourceText:
    """The text of a file; raises CorpusError with a sentence for each thing that a file can be instead."""
    return decode(_read(path), visible(str(path)), encoding)


def read_stream(stream: BinaryIO, name: str = "standard input") -> bytes:
    """The bytes of a stream, read to its end; raises CorpusError where they are too many."""
    data = bytearray()
    while piece := stream.read(PIECE):
        data += piece
        _check_size(len(data), name)
    return bytes(data)


def read_files(paths: Sequence[Path], encoding: str = "") -> SourceText:
    """One file as it is, or several as one text, a line feed put after each that does not end a line.

    The bytes of several, which the digest is of, are that text in UTF-8. Raises CorpusError.
    """
    if len(paths) == 1:
        return read_file(paths[0], encoding)
    raw, encodings = _joined(paths, encoding)
    return msgspec.structs.replace(decode(raw, "the files together", "utf-8"), encoding=encodings)


def original_bytes(paths: Sequence[Path], encoding: str = "") -> bytes:
    """The bytes that the digest of `read_files` is of; raises CorpusError."""
    if len(paths) == 1:
        return bytes(_read(paths[0]))
    return _joined(paths, encoding)[0]


def _joined(paths: Sequence[Path], encoding: str) -> tuple[bytes, str]:
    """The texts of the files, one after the other, in UTF-8, and the encodings they had."""
    joined = bytearray()
    encodings: dict[str, None] = {}
    for path in paths:
        part = read_file(path, encoding)
        joined += _line_ended(part.text).encode()
        _check_size(len(joined), f"the {len(paths)} files together")
        encodings[part.encoding] = None
    return bytes(joined), ", ".join(encodings)


def _line_ended(text: str) -> str:
    return text if text.endswith(("\n", "\r")) else f"{text}\n"


def decode(data: bytes | bytearray, name: str, encoding: str = "") -> SourceText:
    """Bytes as text: by the encoding where one is given, else by their mark, else strictly as UTF-8."""
    if not data:
        raise CorpusError(f"{name} is empty: take a text of at least a few thousand characters")
    mark, marked = next(((m, e) for m, e in _MARKS.items() if data.startswith(m)), (b"", ""))
    if not marked and not encoding:
        _refuse_binary(data, name)
    chosen = _named(encoding) if encoding else marked or "utf-8"
    skipped = len(mark) if marked == chosen else 0
    try:
        text = str(memoryview(data)[skipped:], chosen)
    except UnicodeDecodeError as error:
        raise CorpusError(_undecodable(error, name, chosen, skipped)) from None
    if not text:
        raise CorpusError(f"{name} holds nothing but a byte-order mark: take a text file")
    shown = f"{chosen} with BOM" if skipped else chosen
    return SourceText(text=text, sha256=hashlib.sha256(data).hexdigest(), bytes=len(data), encoding=shown)


def _named(encoding: str) -> str:
    """The encoding's own name; raises CorpusError where Python knows none, or none that gives text."""
    try:
        "".encode(encoding)
        return codecs.lookup(encoding).name
    except (LookupError, ValueError):
        shown = visible(encoding[:40])
        raise CorpusError(f"there is no encoding {shown!r}: try utf-8, utf-16-le or latin-1") from None


def _read(path: Path) -> bytearray:
    name = visible(str(path))
    try:
        return _bytes_of(path, name)
    except (OSError, ValueError) as error:
        raise CorpusError(f"{name} {_why(error)}") from None


def _bytes_of(path: Path, name: str) -> bytearray:
    _refuse_irregular(os.stat(path).st_mode, name)
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        # Looked at again: what the name means may have changed since.
        status = os.fstat(descriptor)
        _refuse_irregular(status.st_mode, name)
        _check_size(status.st_size, name)
        data = bytearray()
        while piece := file.read(PIECE):
            data += piece
            _check_size(len(data), name)
        return data


def _refuse_irregular(mode: int, name: str) -> None:
    if stat.S_ISREG(mode):
        return
    kinds = {stat.S_ISDIR: "a folder", stat.S_ISFIFO: "a pipe", stat.S_ISSOCK: "a socket"}
    kind = next((word for test, word in kinds.items() if test(mode)), "a device")
    raise CorpusError(f"{name} is {kind}, not a file: name a text file")


def _check_size(size: int, name: str) -> None:
    if size > MAX_BYTES:
        raise CorpusError(f"{name} is larger than {MAX_BYTES >> 30} GiB: cut it into pieces and train on one")


def _why(error: OSError | ValueError) -> str:
    reasons = {
        errno.ENOENT: "does not exist: check the path",
        errno.ENOTDIR: "does not exist: a part of the path is not a folder",
        errno.EACCES: "cannot be read: you have no permission",
        errno.ELOOP: "is a link that leads back to itself: name the file itself",
        errno.ENAMETOOLONG: "has a name longer than the system allows",
    }
    if isinstance(error, OSError):
        return reasons.get(error.errno or 0, f"cannot be read: {(error.strerror or str(error)).lower()}")
    return "cannot be the name of a file: it holds a NUL character"


def _refuse_binary(data: bytes | bytearray, name: str) -> None:
    for magic, sentence in _ARCHIVES.items():
        if data.startswith(magic):
            raise CorpusError(f"{name} is {sentence}")
    begin = bytes(data[:_SNIFFED])
    nuls = begin.count(0)
    if nuls <= len(begin) * MAX_NULS:
        return
    odd = begin[1::2].count(0)
    for guess, share in (("UTF-16LE", odd), ("UTF-16BE", nuls - odd)):
        if share > 0.3 * len(begin) and share > 0.9 * nuls:
            raise CorpusError(f"{name} looks like UTF-16 without its mark: {_recipe(guess)}")
    raise CorpusError(f"{name} is not a text file: it holds {nuls:,} NUL bytes; take a text file")


def _undecodable(error: UnicodeDecodeError, name: str, encoding: str, skipped: int) -> str:
    offset = error.start + skipped
    remedy = _recipe("ISO-8859-1") if encoding == "utf-8" else "save it as UTF-8"
    if error.reason in ("unexpected end of data", "truncated data"):
        return f"{name} ends in the middle of a character, at byte {offset:,}: get the whole file, or cut it there"
    return f"{name} is not {encoding.upper()}: byte {offset:,} is 0x{error.object[error.start]:02X}; {remedy}"


def _recipe(encoding: str) -> str:
    return f"it must be UTF-8, so save it as that (if it is {encoding}: iconv -f {encoding} -t UTF-8 OLD > NEW)"
