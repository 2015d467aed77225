"""The program's own colours: one accent, quiet borders, nothing that vanishes in 16 colours.

The six bright ones stay apart in true colour, 256 and 16 colours; charts use them too. It must not know any widget.
"""

from __future__ import annotations

from textual.theme import Theme

GREEN, CYAN, YELLOW, MAGENTA, BLUE, RED = "#5fff87", "#5fd7ff", "#ffaf00", "#ff87d7", "#8787ff", "#ff5f5f"

_GROUND, _QUIET = "#101418", "#4b5563"

THEME = Theme(
    name="rnnlab",
    primary=CYAN,
    secondary=BLUE,
    accent=CYAN,
    warning=YELLOW,
    error=RED,
    success=GREEN,
    foreground="#d7dde4",
    background=_GROUND,
    surface="#1c232c",
    panel="#161b21",
    variables={
        "border": CYAN,
        "border-blurred": _QUIET,
        "scrollbar": _QUIET,
        "scrollbar-hover": _QUIET,
        "scrollbar-active": CYAN,
        "scrollbar-background": _GROUND,
        "scrollbar-background-hover": _GROUND,
        "scrollbar-background-active": _GROUND,
        "scrollbar-corner-color": _GROUND,
        "input-selection-background": f"{CYAN} 35%",
        "block-cursor-background": CYAN,
        "block-cursor-foreground": _GROUND,
    },
)
