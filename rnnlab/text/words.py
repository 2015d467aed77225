"""Word tokens: how a text is cut into them, and how they join into readable text again.

A token is a word, a number, a run of dots or dashes, one other symbol (an emoji with its joiners is one), or a line
end. Han, kana and the like have no spaces between words, so that each of their characters is a word, and the space
after one, which parts phrases, is a token of its own, as is a wide space. Other spaces are not kept: joining puts them
back where a typesetter would, from the tokens alone. It must not know ids or vocabularies.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Iterator

from rnnlab.text.characters import marks
from rnnlab.text.cleaning import cut_at

PIECE = 1 << 16
"""Characters that are cut into tokens at a time: other threads wait meanwhile."""
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
_PHRASE_ENDS = frozenset({" ", "\u3000"})
_CUTS = re.compile(rf"(?<=\n)|(?<=[^\s{_UNSPACED}])(?= )|(?<=\S)(?=[{_UNSPACED}])")
"""Places where a text can be cut without cutting a token, nor a space between two ideographs from its neighbours."""
_TAIL = 1 << 10
"""Characters at the end of a text in which such a place is looked for first."""
_NEXT_TO_UNSPACED = re.compile(f"[{_UNSPACED}{_WIDE_PUNCTUATION}]")


_ASCII = re.compile(
    r"\d+(?:[.,:]\d+)+|\w+(?:['-]\w+)*|\r\n|[\n\r\x0b\x0c]|\.\.+|--+|[^\w\s\x1c-\x1f]",
    re.ASCII,
)
"""What `_pattern` comes to on ASCII, where it is four times as fast."""


@functools.cache
def _pattern() -> re.Pattern[str]:
    # Looking a character up among all the marks is slow, and most texts have none.
    marked = rf"(?:(?![\x00-\u02ff])[{marks()}\u200c])*"
    letters = rf"(?:[^\W{_UNSPACED}]+{marked})+"
    word = rf"{letters}(?:['’\-\u2010\u2011]{letters})*"
    number = r"\d+(?:[.,:]\d+)+"
    ideograph = rf"[{_UNSPACED}]{marked}"
    symbol = rf"[^\w\s](?:(?![\x00-\u02ff])(?:[{marks()}{_SKIN}]|{_JOINER}[^\w\s]))*"
    ends = r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]"
    phrase = rf"(?<=[{_UNSPACED}]) |\u3000"
    return re.compile(rf"{number}|{word}|{ideograph}|{phrase}|{ends}|\.\.+|--+|[{_FLAG}]{{2}}|{symbol}")


def split(text: str) -> list[str]:
    """The tokens of the text, in order."""
    return (_ASCII if text.isascii() else _pattern()).findall(text)


def pieces(text: str) -> Iterator[list[str]]:
    """The tokens of the text, many at a time: a long text's would take many times its memory."""
    slices = (text[start : start + PIECE] for start in range(0, len(text), PIECE))
    return map(split, cut_at(slices, cut))


def cut(text: str) -> int:
    """The last place, as far as that is quickly found, where the text can be cut without other tokens; 0 for none."""
    begin = max(1, len(text) - _TAIL)
    places = [match.start() for match in _CUTS.finditer(text, begin)] or [
        match.start() for match in _CUTS.finditer(text, 1)
    ]
    return max(places, default=0)


def head(text: str, count: int) -> str:
    """The beginning of the text, to the end of its token number `count`."""
    matches = (_ASCII if text.isascii() else _pattern()).finditer(text)
    last = next(itertools.islice(matches, count - 1, None), None) if count else None
    return text if count and last is None else text[: last.end() if last else 0]


class Joiner:
    """Joins tokens into text one at a time: what a token adds depends only on the tokens of its line before it."""

    def __init__(self) -> None:
        self._previous = ""
        self._open: set[str] = set()
        self._glued = True

    def feed(self, token: str) -> str:
        """The token with the space that belongs before it, or without."""
        if token[-1:] in LINE_ENDS:
            self._open.clear()
            self._previous, self._glued = token, True
            return token
        if token in _PHRASE_ENDS:
            self._glued = True
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


def join(tokens: Iterable[str]) -> str:
    """All tokens as one text."""
    joiner = Joiner()
    return "".join(map(joiner.feed, tokens))
