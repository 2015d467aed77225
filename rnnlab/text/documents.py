"""Where one document ends and the next begins: the separators of `data.separator`, marked for the tokenizer.

| separator  | a document ends                             |
|------------|---------------------------------------------|
| (empty)    | nowhere: the text is one document           |
| `line`     | with each line                              |
| `blank`    | with a blank line, or several               |
| other text | where that text stands; it is not kept      |

It must not know files, vocabularies or specs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rnnlab.errors import CorpusError
from rnnlab.text.cleaning import Cut, cut_at
from rnnlab.text.tokens import EOS_MARK

_LINE = re.compile(r"\r\n|\n|\r")
_BLANK = re.compile(r"(?:\r\n|\n|\r)(?:[ \t]*(?:\r\n|\n|\r))+")
_NO_SPACE_AT_END = re.compile(r"\s+\Z")


def shown(separator: str) -> str:
    """What an end of a document is in a text."""
    return {"line": "\n", "blank": "\n\n"}.get(separator, separator)


def marked(pieces: Iterable[str], separator: str) -> Iterator[str]:
    """The pieces with EOS_MARK for each separator; raises CorpusError where the mark is in the text already."""
    if not separator:
        yield from pieces
        return
    pattern = {"line": _LINE, "blank": _BLANK}.get(separator) or re.compile(re.escape(separator))
    for piece in cut_at(pieces, _cut(separator)):
        if EOS_MARK in piece:
            raise CorpusError(
                "the text holds the code point U+FDD0, which separators need: remove it, or separate by none"
            )
        yield pattern.sub(EOS_MARK, piece)


def _cut(separator: str) -> Cut:
    """Where no separator is cut in two."""
    if separator in ("line", "blank"):
        return _before_space
    if len(separator) == 1:
        return len

    return lambda text: _before_beginning(text, separator)


def _before_space(text: str) -> int:
    """Before the spaces and line ends at the end, which may go on in the next piece."""
    match = _NO_SPACE_AT_END.search(text, max(0, len(text) - 4096))
    return match.start() if match else len(text)


def _before_beginning(text: str, separator: str) -> int:
    """Before what, at the very end, a separator may begin with."""
    # A separator that is whole there must not be taken for the beginning of one: its own end may look like it.
    whole = text.rfind(separator)
    begin = whole + len(separator) if whole >= 0 else 0
    for length in range(min(len(separator) - 1, len(text) - begin), 0, -1):
        if separator.startswith(text[-length:]):
            return len(text) - length
    return len(text)
