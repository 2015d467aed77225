"""The steps of `data.clean`: what a text loses before it is tokenized, explicit and in one fixed order.

| step       | does                                                                                         |
|------------|----------------------------------------------------------------------------------------------|
| `newlines` | CRLF and lone CR become LF                                                                   |
| `nfc`      | Unicode normalisation form C: a letter with its marks becomes one character where there is one |
| `letters`  | d2l's rule: in each line, every run of characters outside A-Z a-z becomes one space, and the  |
|            | line's ends are stripped; lines are joined with nothing                                      |
| `lower`    | lower-case                                                                                   |
| `spaces`   | the lyrics rule: every line feed and carriage return becomes a space                         |

The order of the steps in a spec does not matter; they are done in the order of the table. With `letters` and `lower`
that is Dive into Deep Learning's `read_time_machine`
(https://d2l.ai/chapter_recurrent-neural-networks/text-sequence.html), with `spaces` the lyrics of Dive-into-DL-PyTorch
6.3. A long text is cleaned in pieces, with the very same result: each step says where a text may be cut without its
seeing the difference. It must not know files, vocabularies or specs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator

Cut = Callable[[str], int]
"""Where the text may be cut so that both sides, worked on apart, come to the same as the whole; 0 for nowhere."""

_NEWLINES = re.compile(r"\r\n?")
_NOT_LETTERS = re.compile(r"[^A-Za-z\r\n]+")
_LINE_ENDS = re.compile(r" *[\r\n][ \r\n]*")
_TO_SPACES = str.maketrans("\r\n", "  ")
_LAST_SPACE = re.compile("[ \\n\\t\u3400-\u4dbf\u4e00-\u9fff][^ \\n\\t\u3400-\u4dbf\u4e00-\u9fff]*\\Z")
"""A character that is no part of a word with capitals, and what comes after the last such."""
_LAST_LETTER = re.compile(r"[A-Za-z][^A-Za-z]*\Z")
_LAST_STARTER = re.compile(
    "[\\x00-\\x7f\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]"
    "[^\\x00-\\x7f\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]*\\Z"
)
"""A character that never joins the one before it when a text is composed, and what comes after the last such."""


def clean(text: str, steps: Iterable[str]) -> str:
    """The text after the steps; the text itself where there are none."""
    chosen = set(steps)
    for step, rule in STEPS.items():
        if step in chosen:
            text = rule(text)
    return text


def clean_pieces(pieces: Iterable[str], steps: Iterable[str]) -> Iterator[str]:
    """What `clean` makes of the pieces joined, in pieces."""
    chosen = set(steps)
    for step, (rule, cut) in _IN_PIECES.items():
        if step in chosen:
            # Runs of other characters are cut short at once: held back, a text without letters would fill the memory.
            pieces = map(_runs_to_spaces, pieces) if step == "letters" else pieces
            pieces = map(rule, cut_at(pieces, cut))
            pieces = _stripped(pieces) if step == "letters" else pieces
    return (piece for piece in pieces if piece)


def clean_prefix(prefix: str, steps: Iterable[str]) -> str:
    """A prefix in the form of the cleaned text, its own first and last space kept: sampling goes on right there."""
    cleaned = clean(prefix, steps)
    if "letters" not in set(steps) or not cleaned:
        return cleaned
    before = " " if not prefix[0].isalpha() else ""
    after = " " if not prefix[-1].isalpha() else ""
    return before + cleaned + after


def cut_at(pieces: Iterable[str], cut: Cut) -> Iterator[str]:
    """The same text in other pieces: each ends where it may be cut, the last one where the text ends."""
    held: list[str] = []
    for piece in pieces:
        place = cut(piece)
        if place:
            yield "".join((*held, piece[:place]))
            held = [piece[place:]] if place < len(piece) else []
        else:
            # Joined only when the place is found, so that a text without one is not copied again and again; what is
            # before a cut inside a piece never moves the cut.
            held.append(piece)
    if held:
        yield "".join(held)


def _newlines(text: str) -> str:
    return _NEWLINES.sub("\n", text) if "\r" in text else text


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _letters(text: str) -> str:
    return _letter_lines(text).strip(" ")


def _letter_lines(text: str) -> str:
    return _LINE_ENDS.sub("", _runs_to_spaces(text))


def _runs_to_spaces(text: str) -> str:
    return _NOT_LETTERS.sub(" ", text)


def _lower(text: str) -> str:
    return text.lower()


def _spaces(text: str) -> str:
    return text.translate(_TO_SPACES) if text.isascii() else text.replace("\r", " ").replace("\n", " ")


def _stripped(pieces: Iterable[str]) -> Iterator[str]:
    """Without the spaces at the beginning and the end of all the pieces together."""
    begun, space = False, ""
    for piece in pieces:
        text = space + piece if begun else piece.lstrip(" ")
        begun = begun or bool(text)
        kept = text.rstrip(" ")
        space = text[len(kept) :]
        yield kept


def _before_return(text: str) -> int:
    return len(text) - text.endswith("\r")


def _before(pattern: re.Pattern[str]) -> Cut:
    def cut(text: str) -> int:
        match = pattern.search(text, max(0, len(text) - _LOOKED_AT)) or pattern.search(text)
        return match.start() if match else 0

    return cut


_LOOKED_AT = 1 << 10
"""Characters at the end of a piece that are looked at first: searching from the beginning takes much longer."""

STEPS: dict[str, Callable[[str], str]] = {
    "newlines": _newlines,
    "nfc": _nfc,
    "letters": _letters,
    "lower": _lower,
    "spaces": _spaces,
}
"""Every step by its name in `data.clean`, in the order in which they are done."""

_IN_PIECES: dict[str, tuple[Callable[[str], str], Cut]] = {
    "newlines": (_newlines, _before_return),
    "nfc": (_nfc, _before(_LAST_STARTER)),
    "letters": (_letter_lines, _before(_LAST_LETTER)),
    # What a capital sigma becomes depends on its word.
    "lower": (_lower, _before(_LAST_SPACE)),
    "spaces": (_spaces, len),
}
"""The same steps for pieces, and where each may be cut."""
