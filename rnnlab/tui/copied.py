"""Texts with what is copied in them marked: which characters stand word for word in the training text.

Pure functions over foreign text and what was found of it. It must not know widgets, hosts or models.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import msgspec

from rnnlab.dialogue import Turn
from rnnlab.text.amounts import counted
from rnnlab.text.report import Copied, Originality
from rnnlab.transcript import written_text
from rnnlab.tui.figures import share
from rnnlab.tui.grid import Part


def copied_parts(text: str, found: Originality | None, role: str = "", copied: str = "copied") -> list[Part]:
    """The text as stretches: what is copied has the role `copied`, the rest the other."""
    inside = marks(len(text), found)
    return together(text, [copied if mark else role for mark in inside])


def turn_parts(turn: Turn, kept: int, found: Originality | None) -> list[Part]:
    """What was typed, and what so many tokens wrote, with what is copied in that; a copy cut short may be none."""
    text = written_text(turn, kept)
    if found is not None and len(text) < len(turn.text):
        spans = (span for span in found.spans if len(text) - span.start >= found.shortest)
        found = msgspec.structs.replace(found, spans=tuple(spans))
    return [(turn.prefix, "prefix"), *copied_parts(text, found, "text")]


def together(text: str, roles: Sequence[str]) -> list[Part]:
    """A text whose every character has a role, as stretches of one role."""
    parts, at = list[Part](), 0
    for role, characters in groupby(roles):
        end = at + len(list(characters))
        parts.append((text[at:end], role))
        at = end
    return parts


def marks(length: int, found: Originality | None) -> list[bool]:
    """Of each character, whether it lies in a copied span."""
    inside = [False] * length
    for span in found.spans if found else ():
        inside[span.start : span.start + span.length] = [True] * len(inside[span.start : span.start + span.length])
    return inside


def span_at(found: Originality | None, at: int) -> Copied | None:
    """The longest span in which a character lies."""
    spans = (span for span in found.spans if span.start <= at < span.start + span.length) if found else ()
    return max(spans, key=lambda span: span.length, default=None)


def verdict(found: Originality) -> str:
    """How much of a text is copied, in a few words: `12 % copied, in 2 spans`."""
    if not found.spans:
        return "nothing copied"
    return f"{share(found.share)} copied, in {counted(len(found.spans), 'span')}"
