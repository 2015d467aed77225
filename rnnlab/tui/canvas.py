"""`Canvas`: a widget that shows a grid and sends a terminal only the cells that changed since the last one.

It must not know what the grid shows: a subclass draws it, and names its roles' colours in CSS.
"""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from rnnlab.tui.grid import Grid


class Canvas(Widget):
    """A grid as large as the widget; a role `x` has the component class `PREFIX--x`."""

    PREFIX = ""
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._grid = Grid(0, 0)

    def draw(self, width: int, height: int) -> Grid:
        """What is to be seen in that many cells."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw again, and repaint what came out differently."""
        before, self._grid = self._grid, self.draw(*self.size)
        if (before.width, before.height) != self.size:
            self.refresh()
        elif regions := [Region(x, y, width, 1) for x, y, width in self._grid.changes(before)]:
            self.refresh(*regions)

    def on_hide(self) -> None:
        """Keep no picture that nobody sees: its lists are as large as all else of the widget."""
        self._grid = Grid(0, 0)

    def render_line(self, y: int) -> Strip:
        if (self._grid.width, self._grid.height) != self.size:
            self._grid = self.draw(*self.size)
        segments = [Segment(text, self.role_style(role)) for text, role in self._grid.parts(y)]
        return Strip(segments, self._grid.width)

    def role_style(self, role: str) -> Style:
        """The style of a role; of none, the widget's own."""
        return self.get_component_rich_style(f"{self.PREFIX}--{role}") if role else self.rich_style
