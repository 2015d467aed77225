"""The characters that pictures are made of: fine ones, and plain ones for consoles whose font has few.

It must not know what is drawn with them.
"""

from __future__ import annotations

import msgspec

_BRAILLE_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Unicode's bit of each dot, by column and row within a cell, from the top."""

_BRAILLE = tuple(chr(0x2800 + bits) for bits in range(256))
"""Each once: a picture has thousands."""


class Glyphs(msgspec.Struct, frozen=True, kw_only=True):
    """One character set; every character is one cell wide."""

    name: str
    dots: tuple[tuple[int, ...], ...]
    """The bit of each dot of a cell, by column and row from the top left."""
    cells: dict[int, str] = {}
    """The character of each sum of bits; empty where they are braille."""
    sparks: str
    """A bar of rising height."""
    bar: tuple[str, str, str]
    """A progress bar's done part, its half cell, and its open part."""
    ruler: str
    upright: str
    point: str
    resumed: str
    changed: str
    diverged: str
    ellipsis: str

    @property
    def columns(self) -> int:
        """Dots across a cell."""
        return len(self.dots)

    @property
    def rows(self) -> int:
        """Dots down a cell."""
        return len(self.dots[0])

    def cell(self, bits: int) -> str:
        """The character with those dots."""
        return self.cells[bits] if self.cells else _BRAILLE[bits]


FINE = Glyphs(
    name="braille",
    dots=_BRAILLE_BITS,
    sparks="▁▂▃▄▅▆▇█",
    bar=("━", "╾", "─"),
    ruler="┈",
    upright="┊",
    point="•",
    resumed="↻",
    changed="△",
    diverged="✕",
    ellipsis="…",
)
PLAIN = Glyphs(
    name="block",
    dots=((1, 2),),
    cells={0: " ", 1: "▀", 2: "▄", 3: "█"},
    sparks="_▄█",
    bar=("█", "█", "░"),
    ruler="·",
    upright="│",
    point="■",
    resumed="R",
    changed="^",
    diverged="x",
    ellipsis="~",
)
"""Nothing beyond what the Linux console's built-in font has (code page 437)."""


def glyphs_for(terminal: str) -> Glyphs:
    """The set for a TERM: the Linux console and terminals of that age have no braille."""
    return PLAIN if terminal.split("-")[0] in ("linux", "vt100", "vt220", "ansi") else FINE
