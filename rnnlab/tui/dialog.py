"""`Dialog`: a screen in front of another, which stays in sight.

Help and leaving work there too, and the last line tells its own keys, not those of the screen behind. It must not know
what it asks for.
"""

from __future__ import annotations

import dataclasses
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from rnnlab.tui import keys
from rnnlab.tui.footer import Footer

T = TypeVar("T")


class Dialog(ModalScreen[T]):
    """A subclass has its `body`, a box in the middle."""

    # Textual asks nobody behind a modal screen, not even the program.
    BINDINGS: ClassVar[list[BindingType]] = [
        dataclasses.replace(binding, action=f"app.{binding.action}")
        for binding in keys.of("anywhere")
        if isinstance(binding, Binding) and binding.id != "palette"
    ]
    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        & > Footer { dock: bottom; background: $background; }
    }
    """

    def compose(self) -> ComposeResult:
        yield from self.body()
        yield Footer()

    def body(self) -> ComposeResult:
        """What is in the box, and the box."""
        raise NotImplementedError
