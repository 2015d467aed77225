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
6.3. It must not know files, vocabularies or specs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

_NEWLINES = re.compile(r"\r\n?")
_NOT_LETTERS = re.compile(r"[^A-Za-z\r\n]+")
_LINE_ENDS = re.compile(r" *[\r\n][ \r\n]*")
_TO_SPACES = str.maketrans("\r\n", "  ")


def clean(text: str, steps: Iterable[str]) -> str:
    """The text after the steps; the text itself where there are none."""
    chosen = set(steps)
    for step, rule in STEPS.items():
        if step in chosen:
            text = rule(text)
    return text


def clean_prefix(prefix: str, steps: Iterable[str]) -> str:
    """A prefix in the form of the cleaned text, its own first and last space kept: sampling goes on right there."""
    cleaned = clean(prefix, steps)
    if "letters" not in set(steps) or not cleaned:
        return cleaned
    before = " " if not prefix[0].isalpha() else ""
    after = " " if not prefix[-1].isalpha() else ""
    return before + cleaned + after


def _newlines(text: str) -> str:
    return _NEWLINES.sub("\n", text)


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _letters(text: str) -> str:
    return _LINE_ENDS.sub("", _NOT_LETTERS.sub(" ", text)).strip(" ")


def _lower(text: str) -> str:
    return text.lower()


def _spaces(text: str) -> str:
    return text.translate(_TO_SPACES) if text.isascii() else text.replace("\r", " ").replace("\n", " ")


STEPS: dict[str, Callable[[str], str]] = {
    "newlines": _newlines,
    "nfc": _nfc,
    "letters": _letters,
    "lower": _lower,
    "spaces": _spaces,
}
"""Every step by its name in `data.clean`, in the order in which they are done."""
