"""Text that keeps its columns on any terminal, however wide that draws what it draws.

Terminals disagree about the width of joined emoji, flags, variation selectors and the marks of many scripts, and what
stands to the right of such a character then stands anywhere. Here the terminal is told, after each of them, in which
column to go on. It must not know what stands beside the text, nor any screen.
"""

from __future__ import annotations

import functools
import re

from rnnlab.text.characters import category, marks

_AGREED = (
    r"\x00-\xac\xae-\u02ff\u0370-\u0373\u0376\u0377\u037b-\u037e\u0384-\u0482\u048a-\u052f"
    r"\u05be\u05d0-\u05ea\u060c\u061b\u061f\u0621-\u064a\u0660-\u066d\u0671-\u06d3\u06f0-\u06f9"
    r"\u1e00-\u1eff\u2010-\u2027\u2030-\u205e\u20ac\u2190-\u21ff\u2400-\u2426\u2500-\u259f"
    r"\u25a0-\u25cf\u25e6\u2713-\u2718\u2800-\u28ff\u3000-\u3029\u3041-\u3096\u309b-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uac00-\ud7a3\uff01-\uff60"
)
"""What every terminal draws equally wide: letters of the common scripts, ideographs, lines, arrows, punctuation."""
_FLAG_LETTERS = "\U0001f1e6-\U0001f1ff"
_SKINS = "\U0001f3fb-\U0001f3ff"
_EMOJI = range(0x1F000, 0x1FB00)
_WIDE_SELECTOR = "\ufe0f"
_UNSHOWN = "·"
"""Stands for what may be too wide for its place."""


def disputed(text: str) -> bool:
    """Whether terminals may disagree about the width of the text."""
    return not text.isascii() and bool(_disputed().search(text))


def pinned(text: str, column: int, room: int) -> str:
    """The text with a move of the cursor after everything whose width is disputed.

    The text begins in that column, from 1; what a terminal might draw beyond `room` cells is left out or a dot. Its
    cells are blank before, where it has any that a terminal might leave alone.
    """
    if not disputed(text):
        return text
    parts, used = [" " * min(cells(text), room), _go_to(column)], 0
    for match in _clusters().finditer(text):
        cluster, width = match[0], cells(match[0])
        if match["agreed"]:
            parts.append(cluster)
        else:
            parts += [_within(cluster, width, room - used), _go_to(column + used + width)]
        used += width
    return "".join(parts)


def cells(text: str) -> int:
    """How many cells the text is laid out for."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def widest(cluster: str) -> int:
    """The most cells that a terminal may draw one character in, its marks and what is joined to it among them."""
    single = sum(_widest(character) for character in cluster)
    return max(single, 2) if _WIDE_SELECTOR in cluster else single


def _within(cluster: str, width: int, room: int) -> str:
    """The cluster, or as much of it as certainly fits."""
    if widest(cluster) <= room:
        return cluster
    return cluster[0] if 0 < widest(cluster[0]) <= room else _UNSHOWN * width


def _go_to(column: int) -> str:
    return f"\x1b[{column}G"


@functools.lru_cache(maxsize=4096)
def _widest(character: str) -> int:
    kind = category(character)
    if kind in ("Mn", "Me", "Cf"):
        return 0
    if ord(character) in _EMOJI or kind in ("So", "Cn", "Co"):
        return 2
    return max(1, cells(character))


@functools.cache
def _disputed() -> re.Pattern[str]:
    return re.compile(f"[^{_AGREED}]")


@functools.cache
def _clusters() -> re.Pattern[str]:
    """Runs of agreed characters, and single characters with all that belongs to them."""
    extending = f"{marks()}{_SKINS}\ufe00-\ufe0f"
    return re.compile(
        f"(?P<agreed>[{_AGREED}]+(?![{extending}\u200d]))"
        f"|(?:[{_FLAG_LETTERS}]{{2}}|\u200d.?|.)(?:[{extending}]|\u200d.)*",
        re.DOTALL,
    )
