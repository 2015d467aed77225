"""Foreign text on its way into a widget, and the filter behind all widgets that deletes what got past.

Text of a corpus, a model, a run's name or a log goes into Textual only through `plain` (never as a markup string, which
Textual would parse). It must not know which widgets there are.
"""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.content import Content
from textual.filter import LineFilter

from rnnlab.text.visible import delete_hostile, visible


def plain(text: str, style: str = "") -> Content:
    """One line of foreign text, made visible and never parsed."""
    return Content.styled(visible(text), style)


class Backstop(LineFilter):
    """Deletes from every painted line what a terminal would obey: the last filter of the app."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if all(control or _harmless(text) for text, _, control in segments):
            return segments
        return [
            segment if segment.control else Segment(delete_hostile(segment.text), segment.style) for segment in segments
        ]


def _harmless(text: str) -> bool:
    return text.isascii() and text.isprintable()
