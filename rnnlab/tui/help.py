"""The help screen: every key and what it does, made from the table of keys, opened where one is.

It must not know what keys do.
"""

from __future__ import annotations

import bisect
import itertools
import textwrap
from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.geometry import Size

from rnnlab.tui import keys
from rnnlab.tui.dialog import Dialog
from rnnlab.tui.grid import Part
from rnnlab.tui.lines import Lines

_GENERAL = (
    "Tab goes from field to field, the arrow keys within a list or the form. Digits and letters are keys only where no "
    "text is typed: Esc leaves a field. Each command has a name here in brackets: a line such as "
    'zoom = "f8" in the file keys.toml of the home directory (rnnlab doctor says where that is) gives it your own key.'
)
_WIDTH, _BAR = 78, 2
"""Columns of the box, and of its scroll bar."""
_NAMES = 20
"""Columns before what a key does."""
_LEAST = _NAMES + 12
"""Columns of text, however small the terminal."""


class HelpScreen(Dialog[None]):
    """All keys, place by place; the place that has the focus below is in sight."""

    BINDINGS = [  # noqa: RUF012 - Textual's own idiom
        Binding("escape,q,question_mark,f1,enter", "dismiss(None)", "close", id="close-help"),
    ]

    def __init__(self, keymap: Mapping[str, str]) -> None:
        super().__init__()
        self._keymap = keymap

    def body(self) -> ComposeResult:
        box = HelpText(self._keymap, self._place())
        box.border_title = "Keys"
        box.border_subtitle = "↑ ↓ all the others   Esc: close"
        yield box

    def _place(self) -> str:
        """The smallest place around what has the focus below."""
        below = self.app.screen_stack[-2]
        places = {key.id: key.where for key in keys.TABLE}
        for node in (below.focused or below).ancestors_with_self:
            for binding in node.BINDINGS:
                if isinstance(binding, Binding) and binding.id in places:
                    return places[binding.id]
        return "anywhere"


class HelpText(Lines):
    """The table of keys, as wide as there is room; a place of it is in sight first."""

    PREFIX = "help"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"help--place", "help--key", "help--quiet"}
    DEFAULT_CSS = f"""
    HelpText {{
        width: {_WIDTH}; max-width: 100%; height: auto; max-height: 100%;
        border: round $accent; padding: 0 1; background: $panel;
        overflow-y: auto; scrollbar-size-vertical: {_BAR};
        & > .help--place {{ color: $accent; text-style: bold; }}
        & > .help--key {{ text-style: bold; }}
        & > .help--quiet {{ color: $text-muted; }}
    }}
    """

    def __init__(self, keymap: Mapping[str, str], place: str) -> None:
        super().__init__()
        self._keymap = keymap
        self._begins = [0]
        """The line that each part begins with: a word on all keys, then the places."""
        self._part = tuple(keys.PLACES).index(place) + 1 if place in tuple(keys.PLACES)[1:] else 0
        """The part at the top."""
        self._lines: Sequence[Sequence[Part]] = ()

    @property
    def line_count(self) -> int:
        return len(self._lines)

    def parts(self, y: int) -> Sequence[Part]:
        return self._lines[y]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return sum(map(len, self._made(width)))

    def on_resize(self, event: events.Resize) -> None:
        """As many columns as there are now; the part at the top stays there."""
        parts = self._made(self.content_size.width)
        lines = list(itertools.chain(*parts))
        if lines != self._lines:
            if self._lines:
                self._part = bisect.bisect(self._begins, self.scroll_offset.y) - 1
            self._lines = lines
            self._begins = [0, *itertools.accumulate(map(len, parts[:-1]))]
            self.following = False
            self.changed(0)
            self.call_after_refresh(self.scroll_to, y=self._begins[self._part], animate=False)

    def _made(self, width: int) -> list[list[list[Part]]]:
        """The lines of every part, with an empty one between two."""
        width = max(width - _BAR, _LEAST)
        general: list[list[Part]] = [[(line, "quiet")] for line in textwrap.wrap(_GENERAL, width)]
        *parts, last = (general, *(help_lines(place, self._keymap, width) for place in keys.PLACES))
        return [*([*part, []] for part in parts), last]


def help_lines(place: str, keymap: Mapping[str, str], width: int) -> list[list[Part]]:
    """One place of the table of keys in so many columns, with the user's own keys in it."""
    about = textwrap.wrap(keys.ABOUT.get(place, ""), width, initial_indent="  ", subsequent_indent="  ")
    lines: list[list[Part]] = [[(keys.PLACES[place], "place")], *([(line, "quiet")] for line in about)]
    return lines + [line for key in keys.TABLE if key.where == place for line in _lines(key, keymap, width)]


def _lines(key: keys.Key, keymap: Mapping[str, str], width: int) -> list[list[Part]]:
    """What a key does beside its names, and beside them only."""
    names = " or ".join(keys.readable(name) for name in keymap.get(key.id, key.keys).split(","))
    name = f"[{key.id}]"
    does = textwrap.wrap(f"{key.tooltip} {name}", width - _NAMES, break_on_hyphens=False)
    lines: list[list[Part]] = [[(" " * _NAMES, ""), (line, "")] for line in does[:-1]]
    lines.append([(" " * _NAMES, ""), (does[-1].removesuffix(name), ""), (name, "quiet")])
    lines[0][0] = (f"  {names:<{_NAMES - 3}} ", "key")
    return lines
