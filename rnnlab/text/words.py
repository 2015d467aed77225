"""Word tokens: how a text is cut into them, and how they join into readable text again.

A token is a word, a number, a run of dots or dashes, one other symbol (an emoji with its joiners is one), or a line
end. Han, kana and the like have no spaces between words, so that each of their characters is a word. Spaces are not
kept: joining puts them back where a typesetter would, from the tokens alone. It must not know ids or vocabularies.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from rnnlab.text.characters import marks

LINE_ENDS = frozenset("\n\r\x0b\x0c\x85\u2028\u2029") | {"\r\n"}

_UNSPACED = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Ideographs, hiragana and katakana, as the inside of a character class."""
_FLAG = "\U0001f1e6-\U0001f1ff"
_SKIN = "\U0001f3fb-\U0001f3ff"
_JOINER = "\u200d"

_WIDE_PUNCTUATION = "\u3000-\u3004\u3008-\u303f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
_CLOSES = frozenset(",.;:!?)]}%”’»…、。，；：？！）」』》〉】")
_OPENS = frozenset("([{“‘«¿¡$£€#@「『《〈【（")
_TIGHT = frozenset({"—", "--", "---", "/", "\\", "_", "~", "^", "="})
"""Joined to both neighbours."""
_QUOTES = frozenset("\"'")
"""The same sign opens and closes: every second one in a line closes."""
_NEXT_TO_UNSPACED = re.compile(f"[{_UNSPACED}{_WIDE_PUNCTUATION}]")


@functools.cache
def _pattern() -> re.Pattern[str]:
    letter = rf"(?:(?![{_UNSPACED}])[\w{marks()}\u200c])"
    word = rf"{letter}+(?:['’\-\u2010\u2011]{letter}+)*"
    number = r"\d+(?:[.,:]\d+)+"
    ideograph = rf"[{_UNSPACED}][{marks()}]*"
    symbol = rf"[^\w\s](?:[{marks()}{_SKIN}]|{_JOINER}[^\w\s])*"
    ends = r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]"
    return re.compile(rf"{ends}|{number}|{ideograph}|{word}|\.\.+|--+|[{_FLAG}]{{2}}|{symbol}")


def matches(text: str) -> Iterator[re.Match[str]]:
    """Every token of the text with its place."""
    return _pattern().finditer(text)


def split(text: str) -> Iterator[str]:
    """The tokens of the text, in order."""
    return (match[0] for match in matches(text))


class Joiner:
    """Joins tokens into text one at a time: what a token adds depends only on the tokens of its line before it."""

    def __init__(self) -> None:
        self._previous = ""
        self._open: set[str] = set()
        self._glued = True

    def feed(self, token: str) -> str:
        """The token with the space that belongs before it, or without."""
        if token in LINE_ENDS:
            self._open.clear()
            self._previous, self._glued = token, True
            return token
        closes = token in self._open
        space = "" if self._glued or closes or self._touches(token) else " "
        self._glued = token in _OPENS or token in _TIGHT or (token in _QUOTES and not closes)
        if token in _QUOTES:
            self._open ^= {token}
        self._previous = token
        return space + token

    def _touches(self, token: str) -> bool:
        if token in _CLOSES or token in _TIGHT or token.startswith(".."):
            return True
        return bool(_NEXT_TO_UNSPACED.match(token) or _NEXT_TO_UNSPACED.match(self._previous[-1:]))


def join(tokens: Iterator[str]) -> str:
    """All tokens as one text."""
    joiner = Joiner()
    return "".join(map(joiner.feed, tokens))
