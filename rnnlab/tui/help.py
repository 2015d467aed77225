"""The help screen: every key and what it does, made from the table of keys, opened where one is.

It must not know what keys do.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from rnnlab.tui import keys

_GENERAL = (
    "Tab goes from field to field, the arrow keys within a list or the form. Digits and letters are keys only where no "
    "text is typed: Esc leaves a field. Every key has a name here in brackets; a keymap can give it another."
)
_WIDTH, _FRAME = 78, 6
"""Columns of the box, and those of them that its border, its padding and its scroll bar take."""
_NAMES = 20
"""Columns before what a key does."""
_LEAST = _NAMES + 12
"""Columns of text, however small the terminal."""


class HelpScreen(ModalScreen[None]):
    """All keys, place by place; the place that has the focus below is in sight."""

    BINDINGS = [  # noqa: RUF012 - Textual's own idiom
        Binding("escape,q,question_mark,f1,enter", "dismiss(None)", "close", id="close-help"),
    ]
    DEFAULT_CSS = f"""
    HelpScreen {{
        align: center middle;
        & > VerticalScroll {{
            width: {_WIDTH}; max-width: 100%; height: auto; max-height: 100%;
            border: round $accent; padding: 0 1; background: $panel;
        }}
    }}
    """

    def __init__(self, keymap: Mapping[str, str]) -> None:
        super().__init__()
        self._keymap = keymap
        self._line = 0
        """Where the text begins that is in sight first."""

    def compose(self) -> ComposeResult:
        width = max(min(_WIDTH, self.app.size.width) - _FRAME, _LEAST)
        parts = [Content.styled(textwrap.fill(_GENERAL, width), "$text-muted")]
        parts += [help_text(place, self._keymap, width) for place in keys.PLACES]
        here = tuple(keys.PLACES).index(self._place())
        self._line = sum(part.plain.count("\n") + 2 for part in parts[: here + 1]) if here else 0
        with VerticalScroll() as box:
            box.border_title = "Keys"
            box.border_subtitle = "↑ ↓ all the others   Esc: close"
            # One widget: each takes 30 KB, and this screen comes and goes.
            yield Static(Content("\n\n").join(parts))

    def on_mount(self) -> None:
        self.call_after_refresh(self.query_one(VerticalScroll).scroll_to, y=self._line, animate=False)

    def _place(self) -> str:
        """The smallest place around what has the focus below."""
        below = self.app.screen_stack[-2]
        places = {key.id: key.where for key in keys.TABLE}
        for node in (below.focused or below).ancestors_with_self:
            for binding in node.BINDINGS:
                if isinstance(binding, Binding) and binding.id in places:
                    return places[binding.id]
        return "anywhere"


def help_text(place: str, keymap: Mapping[str, str], width: int) -> Content:
    """One place of the table of keys as text of so many columns, with the user's own keys in it."""
    parts = [Content.styled(keys.PLACES[place], "bold $accent")]
    if place in keys.ABOUT:
        about = textwrap.fill(keys.ABOUT[place], width, initial_indent="  ", subsequent_indent="  ")
        parts.append(Content.styled(about, "$text-muted"))
    parts += [_line(key, keymap, width) for key in keys.TABLE if key.where == place]
    return Content("\n").join(parts)


def _line(key: keys.Key, keymap: Mapping[str, str], width: int) -> Content:
    """What a key does beside its names, and beside them only."""
    names = " or ".join(keys.readable(name) for name in keymap.get(key.id, key.keys).split(","))
    name = f"[{key.id}]"
    lines = textwrap.wrap(f"{key.tooltip} {name}", width - _NAMES, break_on_hyphens=False)
    does = f"\n{' ' * _NAMES}".join(lines).removesuffix(name)
    return Content.assemble((f"  {names:<{_NAMES - 3}} ", "bold"), does, (name, "$text-muted"))
