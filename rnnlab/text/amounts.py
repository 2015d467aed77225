"""How many of a thing, in words, for both faces and for names. It must not know what is counted."""

from __future__ import annotations


def counted(number: int, one: str, many: str = "") -> str:
    """`1 token`, `62,104 tokens`; `many` where that is not `one` with an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
