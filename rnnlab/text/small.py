"""A short text file of a person's own, read whole: pairs, a grammar, a text to look at. It must not know what for."""

from __future__ import annotations

from rnnlab.errors import BadInput

MOST = 8 << 20
"""Bytes; a corpus is read otherwise."""


def read_small(path: str) -> str:
    """The text of a file; raises BadInput where it cannot be read, is too long, or is no text in UTF-8."""
    try:
        with open(path, "rb") as opened:
            return decoded(opened.read(MOST + 1), path)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}") from None
    except ValueError:
        raise BadInput(f"{path!a} is no path: type one without strange characters") from None


def decoded(data: bytes, name: str) -> str:
    """The bytes of such a file as text."""
    if len(data) > MOST:
        raise BadInput(f"{name} has more than {MOST >> 20} MB: take a part of it")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{name} is not a text file in UTF-8: convert it first") from None
