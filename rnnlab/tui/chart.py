"""`Chart`: the perplexity curves of a run. It paints a view and must not know where that comes from."""

from __future__ import annotations

from typing import ClassVar

from rnnlab.tui.canvas import Canvas
from rnnlab.tui.glyphs import FINE, Glyphs
from rnnlab.tui.grid import Grid
from rnnlab.tui.plot import ROLES, plot
from rnnlab.tui.run_view import RunView


class Chart(Canvas):
    """Training and validation perplexity over steps, in as many cells as there are."""

    PREFIX = "chart"
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"chart--{role}" for role in ROLES}
    # Hexes, since these stay apart in 24 bits, 256 and 16 colours; named colours do not.
    DEFAULT_CSS = """
    Chart {
        & > .chart--train { color: #5fff87; }
        & > .chart--validation { color: #ffaf00; text-style: bold; }
        & > .chart--ruler { color: $text-disabled; }
        & > .chart--ruler-label { color: $text-muted; }
        & > .chart--axis { color: $text-muted; }
        & > .chart--resumed { color: #8787ff; }
        & > .chart--changed { color: #ff87d7; }
        & > .chart--diverged { color: #ff5f5f; }
    }
    """

    def __init__(self, glyphs: Glyphs = FINE, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._glyphs = glyphs
        self._view = RunView.empty()

    def show(self, view: RunView) -> None:
        """Show this view; what looks the same is not painted again."""
        self._view = view
        self.redraw()

    def draw(self, width: int, height: int) -> Grid:
        return plot(self._view, width, height, self._glyphs)
