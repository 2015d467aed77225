"""`Findings`: lines that were found out, to scroll through. It must not know what they are of."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static


class Findings(VerticalScroll, can_focus=True):
    """Shows what it is given; asks for it when it is first seen, and again after `forget`."""

    DEFAULT_CSS = """
    Findings {
        scrollbar-size-vertical: 1;
        & > Static { width: 1fr; height: auto; text-wrap: nowrap; }
    }
    """

    _known = False

    @dataclass
    class Wanted(Message):
        """A person looks here, and there is nothing yet."""

        findings: Findings

        @property
        def control(self) -> Findings:
            return self.findings

    def compose(self) -> ComposeResult:
        yield Static()

    @property
    def seen(self) -> bool:
        """Whether a person could see it."""
        return self.is_on_screen and self.size.width > 0

    def forget(self) -> None:
        """What is shown is of something else now."""
        self._known = False
        if self.seen:
            self._ask()

    def show(self, content: Content) -> None:
        self.query_one(Static).update(content)

    def on_show(self) -> None:
        if not self._known:
            self._ask()

    def on_resize(self, event: events.Resize) -> None:
        # Lines are cut to the width.
        self.forget()

    def _ask(self) -> None:
        self._known = True
        self.show(Content("looking closer…"))
        self.post_message(self.Wanted(self))
