"""`Sheet`: widgets in lines, each after its label; labels, headings and complaints are painted by the sheet itself.

Rows and labels that were widgets of their own would be two thirds of a form's, in memory and in what each layout and
each change of size costs, for words that never change. It must not know what stands in its cells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.strip import Strip
from textual.widget import Widget

from rnnlab.tui.wrap import line_starts, shown


@dataclass(frozen=True)
class Cell:
    """A widget, its label, and the room that both take."""

    widget: Widget
    label: str = ""
    indent: int = 0
    """Columns from the label's first to the widget's."""
    width: int | None = None
    """Columns of the widget; None for all that are left."""
    gap: int = 1
    """Columns from the widget to the next label."""


Line = Sequence[Cell] | str
"""Cells side by side, or a heading."""


class _Text(NamedTuple):
    x: int
    text: str
    role: str


class _Plan(NamedTuple):
    """Where everything stands in a width."""

    width: int
    places: Mapping[Widget, Region]
    texts: Mapping[int, Sequence[_Text]]
    """What the sheet paints, by row."""
    complaints: Mapping[Widget, Region]
    height: int


class _Planned(Layout):
    """Widgets where their sheet has planned them."""

    name = "planned"

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        assert isinstance(parent, Sheet)
        places = parent.plan(size.width).places
        return [WidgetPlacement(places[child], NULL_OFFSET, NULL_SPACING, child) for child in children]


_PLANNED = _Planned()


class Sheet(Widget):
    """Lines of cells and headings, one below the other; as high as they are."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"sheet--label", "sheet--heading", "sheet--complaint"}
    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Sheet {
        width: 1fr;
        height: auto;
        & > .sheet--label { color: $text-muted; }
        & > .sheet--heading { color: $accent; }
        & > .sheet--complaint { color: $error; }
    }
    """

    def __init__(self, lines: Sequence[Line], *, id: str | None = None) -> None:
        self._lines = lines
        self._complaints: Mapping[Widget, str] = {}
        self._plan: _Plan | None = None
        super().__init__(*(cell.widget for line in lines if not isinstance(line, str) for cell in line), id=id)

    def change(self, lines: Sequence[Line]) -> None:
        """Have other lines, of the same widgets."""
        if lines != self._lines:
            self._lines, self._plan = lines, None
            self.refresh(layout=True)

    def complain(self, complaints: Mapping[Widget, str]) -> None:
        """Have these sentences, each under the line of its widget, and no others."""
        if complaints != self._complaints:
            self._complaints, self._plan = complaints, None
            self.refresh(layout=True)

    def complaint(self, widget: Widget) -> Region | None:
        """Where that widget's complaint stands, as far as there is one."""
        return self.plan(self.size.width).complaints.get(widget)

    @property
    def layout(self) -> Layout:
        return _PLANNED

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self.plan(width).height

    def plan(self, width: int) -> _Plan:
        """Where everything stands in that many columns."""
        if self._plan is None or self._plan.width != width:
            self._plan = _planned(self._lines, self._complaints, width)
        return self._plan

    def render_line(self, y: int) -> Strip:
        segments: list[Segment] = []
        x = 0
        for text in self.plan(self.size.width).texts.get(y, ()):
            style = self.get_component_rich_style(f"sheet--{text.role}")
            segments += [Segment(" " * (text.x - x), self.rich_style), Segment(text.text, style)]
            x = text.x + Segment.get_line_length(segments[-1:])
        return Strip(segments, x).adjust_cell_length(self.size.width, self.rich_style)


def _planned(lines: Sequence[Line], wrong: Mapping[Widget, str], width: int) -> _Plan:
    places: dict[Widget, Region] = {}
    texts: dict[int, list[_Text]] = {}
    complaints: dict[Widget, Region] = {}
    y = 0
    for line in lines:
        if isinstance(line, str):
            texts[y + 1] = [_Text(0, line, "heading")]
            y += 2
            continue
        x = 0
        for cell in line:
            if cell.label:
                texts.setdefault(y, []).append(_Text(x, cell.label, "label"))
            x = min(x + cell.indent, width)
            columns = width - x if cell.width is None else min(cell.width, width - x)
            places[cell.widget] = Region(x, y, columns, 1)
            x += columns + cell.gap
        y += 1
        for cell in line:
            if sentence := wrong.get(cell.widget):
                text = shown(f"✕ {sentence}")
                starts = line_starts(text, max(width, 1))
                complaints[cell.widget] = Region(0, y, width, len(starts))
                for start, end in pairwise([*starts, len(text)]):
                    texts[y] = [_Text(0, text[start:end].rstrip(), "complaint")]
                    y += 1
    return _Plan(width, places, texts, complaints, y)
