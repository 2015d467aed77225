"""Files into text: what a path or a stream holds, read in pieces, or one sentence on why not.

Regular files only, looked at before they are opened, so that no pipe or device can hold the program up. What was read
is what is hashed: a file that changes meanwhile cannot come between. It must not know tokenizations or which corpora
there are.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

from rnnlab.errors import CorpusError
from rnnlab.text.decoding import Decoding
from rnnlab.text.visible import visible

PIECE = 1 << 18
"""Bytes read at a time: work on one keeps other threads waiting for milliseconds only, which nobody notices."""
MAX_BYTES = 64 << 30
"""A longer text is refused."""
MAX_STREAM = 4 << 30
"""A longer standard input is refused where there is no place to keep it."""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """What a text was when it was read."""

    sha256: str
    """Of the bytes, the mark among them; of several files, of their text in UTF-8."""
    bytes: int
    encoding: str
    """`utf-8`, `utf-16-le` …, with `with BOM` after it where the text had a mark; several with commas."""


class SourceText(Identity, frozen=True, kw_only=True):
    """A whole text that was read."""

    text: str
    """Decoded, without its byte-order mark, with its line ends as they were."""


Watch = Callable[[int], None]
"""Is told how many bytes were read since it was last told; what it raises ends the reading."""


class Text(Protocol):
    """A text that can be read again and again."""

    name: str

    def pieces(self, watch: Watch | None = None) -> Iterator[str]:
        """The text from its beginning, in order; raises CorpusError where it is not what it was before."""
        ...

    @property
    def identity(self) -> Identity:
        """What it is; known when `pieces` has once come to its end."""
        ...

    def raw(self) -> Iterator[bytes]:
        """The bytes that the identity's digest is of."""
        ...

    @property
    def raw_encoding(self) -> str:
        """What these bytes have to be read as; nothing for UTF-8 or what their mark says."""
        ...


class _Known:
    """Keeps the identity, and refuses another one."""

    name: str
    _identity: Identity | None = None

    @property
    def identity(self) -> Identity:
        assert self._identity is not None, "the text was not read to its end yet"
        return self._identity

    def _settle(self, found: Identity) -> None:
        if self._identity is not None and self._identity.sha256 != found.sha256:
            raise CorpusError(f"{self.name} was changed while it was read: try again when nobody writes to it")
        self._identity = found


class FileText(_Known):
    """The text of one file, or of several, one after the other, a line feed after each that does not end a line."""

    def __init__(self, paths: Sequence[Path], encoding: str = "") -> None:
        self._paths = tuple(paths)
        self._encoding = encoding
        self.name = visible(str(paths[0])) if len(paths) == 1 else f"the {len(paths)} files together"

    def pieces(self, watch: Watch | None = None) -> Iterator[str]:
        whole, encodings = _Digest(self.name), {}
        for path in self._paths:
            decoding = Decoding(visible(str(path)), self._encoding)
            last = ""
            for text in _decoded(path, decoding, whole if self._single else None, watch):
                last = text[-1]
                if not self._single:
                    whole.feed(text.encode())
                yield text
            encodings[decoding.encoding] = None
            if not self._single and last not in ("\n", "\r"):
                whole.feed(b"\n")
                yield "\n"
        self._settle(whole.identity(", ".join(encodings)))

    def raw(self) -> Iterator[bytes]:
        if self._single:
            yield from read_bytes(self._paths[0])
        else:
            yield from (text.encode() for text in self.pieces())

    @property
    def raw_encoding(self) -> str:
        return self._encoding if self._single else ""

    @property
    def _single(self) -> bool:
        return len(self._paths) == 1


class MemoryText(_Known):
    """A text that is in memory already, from its bytes."""

    def __init__(self, data: bytes, name: str, encoding: str = "") -> None:
        self._data = data
        self._encoding = encoding
        self.name = name

    def pieces(self, watch: Watch | None = None) -> Iterator[str]:
        decoding = Decoding(self.name, self._encoding)
        for piece in self.raw():
            if watch:
                watch(len(piece))
            if text := decoding.feed(piece):
                yield text
        if text := decoding.finish():
            yield text
        if self._identity is None:
            whole = _Digest(self.name)
            whole.feed(self._data)
            self._settle(whole.identity(decoding.encoding))

    def raw(self) -> Iterator[bytes]:
        yield from (self._data[start : start + PIECE] for start in range(0, len(self._data), PIECE))

    @property
    def raw_encoding(self) -> str:
        return self._encoding


def read_file(path: Path, encoding: str = "") -> SourceText:
    """The whole text of a file; raises CorpusError with a sentence for each thing that a file can be instead."""
    return _whole(FileText((path,), encoding))


def decode(data: bytes | bytearray, name: str, encoding: str = "") -> SourceText:
    """Bytes as text: by the encoding where one is given, else by their mark, else strictly as UTF-8."""
    return _whole(MemoryText(bytes(data), name, encoding))


def read_stream(stream: BinaryIO, name: str = "standard input") -> bytes:
    """The bytes of a stream, read to its end; raises CorpusError where they are too many."""
    data = bytearray()
    while piece := stream.read(PIECE):
        data += piece
        if len(data) > min(MAX_STREAM, MAX_BYTES):
            raise _too_large(name, MAX_STREAM)
    return bytes(data)


def read_bytes(path: Path) -> Iterator[bytes]:
    """The bytes of a regular file; raises CorpusError for everything else."""
    name = visible(str(path))
    try:
        yield from _bytes_of(path, name)
    except (OSError, ValueError) as error:
        raise CorpusError(f"{name} {_why(error)}") from None


class _Digest:
    def __init__(self, name: str) -> None:
        self._name = name
        self._sha256 = hashlib.sha256()
        self._bytes = 0

    def feed(self, data: bytes) -> None:
        self._sha256.update(data)
        self._bytes += len(data)
        if self._bytes > MAX_BYTES:
            raise _too_large(self._name, MAX_BYTES)

    def identity(self, encoding: str) -> Identity:
        return Identity(sha256=self._sha256.hexdigest(), bytes=self._bytes, encoding=encoding)


def _decoded(path: Path, decoding: Decoding, digest: _Digest | None, watch: Watch | None) -> Iterator[str]:
    """The text of one file in pieces, none of them empty."""
    for data in read_bytes(path):
        if watch:
            watch(len(data))
        if digest:
            digest.feed(data)
        if text := decoding.feed(data):
            yield text
    if text := decoding.finish():
        yield text


def _whole(text: FileText | MemoryText) -> SourceText:
    joined = "".join(text.pieces())
    known = text.identity
    return SourceText(text=joined, sha256=known.sha256, bytes=known.bytes, encoding=known.encoding)


def _bytes_of(path: Path, name: str) -> Iterator[bytes]:
    _refuse_irregular(os.stat(path).st_mode, name)
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        # Looked at again: what the name means may have changed since.
        status = os.fstat(descriptor)
        _refuse_irregular(status.st_mode, name)
        if status.st_size > MAX_BYTES:
            raise _too_large(name, MAX_BYTES)
        while piece := file.read(PIECE):
            yield piece


def _refuse_irregular(mode: int, name: str) -> None:
    if stat.S_ISREG(mode):
        return
    kinds = {stat.S_ISDIR: "a folder", stat.S_ISFIFO: "a pipe", stat.S_ISSOCK: "a socket"}
    kind = next((word for test, word in kinds.items() if test(mode)), "a device")
    raise CorpusError(f"{name} is {kind}, not a file: name a text file")


def _too_large(name: str, limit: int) -> CorpusError:
    return CorpusError(f"{name} is larger than {limit >> 30} GiB: cut it into pieces and train on one")


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
