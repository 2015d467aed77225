"""The help screen: every key and what it does, made from the table of keys. It must not know what keys do."""

from __future__ import annotations

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


class HelpScreen(ModalScreen[None]):
    """All keys, place by place."""

    BINDINGS = [  # noqa: RUF012 - Textual's own idiom
        Binding("escape,q,question_mark,f1,enter", "dismiss(None)", "close", id="close-help"),
    ]
    DEFAULT_CSS = """
    HelpScreen {
        align: center middle;
        & > VerticalScroll {
            width: 78; max-width: 100%; height: auto; max-height: 100%;
            border: round $accent; padding: 0 1; background: $panel;
        }
    }
    """

    def __init__(self, keymap: Mapping[str, str]) -> None:
        super().__init__()
        self._keymap = keymap

    def compose(self) -> ComposeResult:
        with VerticalScroll() as box:
            box.border_title = "Keys"
            box.border_subtitle = "Esc: close"
            yield Static(Content(_GENERAL).stylize("$text-muted"))
            yield Static(help_text(self._keymap))


def help_text(keymap: Mapping[str, str]) -> Content:
    """The table of keys as text, with the user's own keys in it."""
    parts: list[Content] = []
    for place, heading in keys.PLACES.items():
        parts.append(Content.styled(f"\n{heading}", "bold $accent"))
        if place in keys.ABOUT:
            parts.append(Content.styled(f"  {keys.ABOUT[place]}", "$text-muted"))
        parts += [_line(key, keymap) for key in keys.TABLE if key.where == place]
    return Content("\n").join(parts)


def _line(key: keys.Key, keymap: Mapping[str, str]) -> Content:
    names = " or ".join(keys.readable(name) for name in keymap.get(key.id, key.keys).split(","))
    return Content.assemble((f"  {names:<14}", "bold"), key.tooltip, (f" [{key.id}]", "$text-muted"))
