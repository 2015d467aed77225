"""`Curves`: a picture of several curves. It must not know what is measured."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import ClassVar

from rnnlab.tui.canvas import Canvas
from rnnlab.tui.glyphs import glyphs_for
from rnnlab.tui.grid import Grid
from rnnlab.tui.microscope.curves import ROLES, Axes, Line, curves


class Curves(Canvas):
    """Paints what it was given last."""

    PREFIX = "curves"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"curves--line-{n}" for n in range(ROLES)), "curves--quiet", "curves--axis", "curves--ruler", "curves--title",
    }  # fmt: skip
    # Hexes, since these stay apart in 24 bits, 256 and 16 colours; named colours do not.
    DEFAULT_CSS = """
    Curves {
        & > .curves--line-0 { color: #5fff87; }
        & > .curves--line-1 { color: #5fd7ff; }
        & > .curves--line-2 { color: #ffaf00; }
        & > .curves--line-3 { color: #ff87d7; }
        & > .curves--line-4 { color: #8787ff; }
        & > .curves--line-5 { color: #ff5f5f; }
        & > .curves--quiet, & > .curves--axis { color: $text-muted; }
        & > .curves--ruler { color: $text-disabled; }
        & > .curves--title { text-style: bold; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._glyphs = glyphs_for(os.environ.get("TERM", ""))
        self._lines: tuple[Line, ...] = ()
        self._axes = Axes(title="", across="")

    def show(self, lines: Sequence[Line], axes: Axes) -> None:
        """Show these; what looks the same is not painted again."""
        self._lines, self._axes = tuple(lines), axes
        self.redraw()

    def draw(self, width: int, height: int) -> Grid:
        return curves(self._lines, self._axes, width, height, self._glyphs)
