"""What Textual holds on to of screens that are gone, let go.

Textual keeps the colours behind a widget in a cache of 1,024 entries whose key is the widget's painter
(`StylesCache.get_inner_outer`), and with each painter all the lines it painted, long after the widget is gone. It must
not know which screens there are.
"""

from __future__ import annotations

from textual._styles_cache import StylesCache


def let_go() -> None:
    """Forget the painters of widgets that are gone; those of the living ask for their colours once more."""
    StylesCache.get_inner_outer.cache_clear()
