"""Numbers as people read them: thousands separators, units, and widths that do not jitter while they change.

Pure functions from a number to a short text. It must not know what the numbers measure, nor any widget.
"""

from __future__ import annotations

import math

MISSING = "–"
"""What stands where a number is not known."""


def count(value: int) -> str:
    """A whole number with thousands separators."""
    return f"{value:,}" if abs(value) < 10**15 else f"{value:.1e}"


def short_count(value: int) -> str:
    """A whole number in nine cells at most: from ten millions on in millions."""
    return count(value) if value < 10**7 else f"{value / 10**6:,.1f} M"


def magnitude(value: float | None) -> str:
    """A positive quantity to about three digits, never wider than seven cells."""
    if value is None or not math.isfinite(value):
        return MISSING
    if 1e-99 < abs(value) < 0.001:
        return f"{value:.1e}"
    for limit, decimals in ((0.0995, 3), (99.995, 2), (999.95, 1), (999_999.5, 0)):
        if abs(value) < limit:
            return f"{value:,.{decimals}f}"
    return f"{value:.1e}"


def compact(value: float) -> str:
    """A tick or limit to three digits, without those that say nothing: 1,000, 21.3, 20, 0.5."""
    return f"{value:,.0f}" if value >= 999.5 else f"{value:.3g}"


def rate(value: float | None) -> str:
    """A speed to three digits, so that its last digits stay still: 41,200, from a million on 1.35 M."""
    if value is None or not math.isfinite(value):
        return MISSING
    if value >= 999_500:
        return f"{value / 1e6:.{max(0, 3 - len(f'{value / 1e6:.0f}'))}f} M"
    digits = max(0, len(f"{abs(value):.0f}") - 3)
    return count(int(round(value, -digits))) if digits else magnitude(value) if value < 10 else f"{value:.0f}"


def share(value: float) -> str:
    """A part of one in whole percent; what is nearly none or all says so."""
    if 0 < value < 0.005:
        return "<1 %"
    if 0.995 <= value < 1:
        return ">99 %"
    return f"{value:.0%}".replace("%", " %")


def duration(seconds: float | None) -> str:
    """Minutes and seconds, hours when there are some, days and hours when there are many."""
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return MISSING
    whole = round(seconds)
    if whole >= 100 * 86400:
        return f"{count(whole // 86400)} d"
    if whole >= 2 * 86400:
        return f"{whole // 86400} d {whole % 86400 // 3600} h"
    hours, rest = divmod(whole, 3600)
    clock = f"{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
    return f"{hours}:{clock}" if hours else clock
