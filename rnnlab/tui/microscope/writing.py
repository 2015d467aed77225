"""A field of several lines for a text of one's own, typed or pasted. It must not know what becomes of the text."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static, TextArea

from rnnlab.text.visible import delete_hostile
from rnnlab.tui import keys
from rnnlab.tui.dialog import Dialog

MOST = 20_000
"""Characters that are taken: a screen at a time is read."""


class WritingScreen(Dialog[str]):
    """Dismissed with the text, or with nothing where a person would rather not."""

    BINDINGS = keys.of("own-text")
    DEFAULT_CSS = """
    WritingScreen {
        & > Vertical {
            width: 76; max-width: 100%; height: 16; max-height: 100%;
            border: heavy $accent; padding: 0 1; background: $panel;
        }
        TextArea { height: 1fr; border: none; background: $panel; }
        Static { color: $text-muted; }
    }
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        # What a terminal would obey is not to be typed; a field shows text as it is.
        self._text = delete_hostile(text, lines=True)

    def body(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "A text of your own"
            yield TextArea(self._text, compact=True)
            yield Static(Content("type or paste   Ctrl+S or F10: look at it   Esc: leave it"))

    def on_mount(self) -> None:
        area = self.query_one(TextArea)
        area.cursor_blink = False
        area.select_all()

    def action_take(self) -> None:
        self.dismiss(delete_hostile(self.query_one(TextArea).text, lines=True)[:MOST])

    def action_drop(self) -> None:
        self.dismiss("")
