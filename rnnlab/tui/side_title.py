"""The line that says whose side of the console it is. It must not know what is written there."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from textual.content import Content
from textual.reactive import var
from textual.widgets import Static

from rnnlab.text.visible import visible


class SideTitle(Static):
    """A run and its weights, as `gru-8-owl, best`; nothing where the text is empty."""

    DEFAULT_CSS = """
    SideTitle { height: 1; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis; display: none; }
    """

    text: var[str] = var("")

    def watch_text(self) -> None:
        self.display = bool(self.text)
        self._say()

    def on_resize(self) -> None:
        self._say()

    def _say(self) -> None:
        self.update(Content(cut(visible(self.text), self.size.width)))


def cut(title: str, width: int) -> str:
    """A title in so many cells; its end stays, which alone tells two sides of one run apart."""
    name, comma, at = title.rpartition(", ")
    room = width - cell_len(f"…{comma}{at}")
    return f"{set_cell_size(name, room).rstrip()}…{comma}{at}" if 0 < room < cell_len(name) - 1 else title
