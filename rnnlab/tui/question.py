"""`Question`: the one question asked before something that cannot be undone. It must not know what that is."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from rnnlab.tui.dialog import Dialog
from rnnlab.tui.safe import plain


class Question(Dialog[bool]):
    """Yes with `y`, no with anything that leaves it."""

    BINDINGS = [  # noqa: RUF012 - Textual's own idiom
        Binding("y", "dismiss(True)", "yes", id="yes"),
        Binding("n,escape,q,enter", "dismiss(False)", "no", id="no"),
    ]
    DEFAULT_CSS = """
    Question {
        & > Vertical {
            width: 60; max-width: 100%; height: auto; border: heavy $error; padding: 1 2; background: $panel;
        }
        #answers { margin-top: 1; }
    }
    """

    def __init__(self, question: str, deed: str) -> None:
        super().__init__()
        self._question = question
        self._deed = deed

    def body(self) -> ComposeResult:
        with Vertical():
            yield Static(plain(self._question))
            yield Static(
                Content.assemble(("y", "bold $error"), f" {self._deed}   ", ("n", "bold"), " no"), id="answers"
            )
