"""What the console says of itself in its border and in its empty field: what happens, and what one can do next.

Words for a few states. It must not know widgets.
"""

from __future__ import annotations


def writing(*, begun: bool) -> str:
    """While answers are written, or waited for."""
    return "Esc stops" if begun else "waiting for the model · Esc stops"


def standing(*, choosing: bool, after_text: bool, typed: bool) -> str:
    """What the most natural keys would do."""
    if choosing:
        return "1 to 0 choose · ← undoes · Esc: done"
    if not after_text:
        return "Enter writes on"
    return "Enter begins a new text · ^G adds to this one" if typed else "Enter goes on · ← a token back"


def invitation(*, choosing: bool, after_text: bool) -> str:
    """What one can type."""
    if choosing:
        return "Enter lets it go on; or type your own"
    return (
        "Enter goes on; or type another beginning" if after_text else "type a beginning; Enter, and the model writes on"
    )
