"""`TabLine`: one line of names, one of them the current one; a click picks another. It must not know what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

_GAP = 1


class TabLine(Widget):
    """Names side by side. Keys belong to whoever holds it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tabline--tab", "tabline--current"}
    DEFAULT_CSS = """
    TabLine {
        height: 1;
        & > .tabline--tab { color: $text-muted; }
        & > .tabline--current { color: $accent; text-style: bold underline; }
        &:nocolor > .tabline--current { text-style: bold reverse; }
    }
    """

    current: reactive[str] = reactive("")

    @dataclass
    class Picked(Message):
        """A click on a name."""

        line: TabLine
        key: str

        @property
        def control(self) -> TabLine:
            return self.line

    def __init__(self, tabs: Sequence[tuple[str, str]], current: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._tabs = tuple(tabs)
        self.set_reactive(TabLine.current, current)

    def render_line(self, y: int) -> Strip:
        segments = []
        for key, name in self._tabs:
            style = self.get_component_rich_style("tabline--current" if key == self.current else "tabline--tab")
            segments += [Segment(f" {name} ", style), Segment(" " * _GAP, self.rich_style)]
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)

    def on_click(self, event: events.Click) -> None:
        left = 0
        for key, name in self._tabs:
            width = cell_len(name) + 2 + _GAP
            if left <= event.x < left + width:
                self.post_message(self.Picked(self, key))
            left += width
