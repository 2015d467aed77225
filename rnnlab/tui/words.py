"""Sizes and shares in words, beside the plain numbers of `figures`. It must not know what they measure."""

from __future__ import annotations

_BYTES = ("bytes", "kB", "MB", "GB", "TB", "PB")


def fine_share(part: float) -> str:
    """0.165 as `16.5 %`; a share that is there but would round to nothing as `<0.1 %`."""
    return "<0.1 %" if 0 < part < 0.0005 else f"{part * 100:.1f} %"


def size(number: float) -> str:
    """1100000 bytes as `1.1 MB`."""
    unit = 0
    while number >= 999.5 and unit < len(_BYTES) - 1:
        number, unit = number / 1000, unit + 1
    digits = f"{number:.1f}" if unit and number < 9.95 else f"{number:.0f}"
    return f"{digits} {_BYTES[unit]}"
