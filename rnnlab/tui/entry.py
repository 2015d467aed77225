"""`Entry`: where a beginning is typed, one line or several.

Enter sends it; the keys that move and delete are left to the pane where there is nothing to move in or to delete, so
that they can do something with the text above. What a terminal would obey is not taken in. It must not know what is
done with what is typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from rnnlab.text.visible import delete_hostile

MOST = 20_000
"""Characters that are taken: a model reads no longer prefix."""
ROWS = 5
"""Rows that it grows to."""
_DIGITS = "1234567890"
_LEFT_OUT = ("cursor_page_up", "cursor_page_down", "select_line", "select_all")
"""What a text field does with keys that have a meaning in every pane."""


def _kept(binding: BindingType) -> bool:
    return isinstance(binding, Binding) and binding.action not in _LEFT_OUT


class Entry(TextArea, inherit_bindings=False):
    """A field that posts `Sent` on Enter."""

    BINDINGS: ClassVar[list[BindingType]] = [binding for binding in TextArea.BINDINGS if _kept(binding)]
    DEFAULT_CSS = """
    Entry {
        height: 1; width: 1fr; border: none; padding: 0; background: transparent;
        scrollbar-size-vertical: 1;
        &:focus { border: none; background-tint: transparent; }
    }
    """

    @dataclass
    class Sent(Message):
        """Enter was pressed."""

        text: str

    @dataclass
    class Picked(Message):
        """A digit was pressed where digits choose: 0 for `1`, 9 for `0`."""

        index: int

    @dataclass
    class Refused(Message):
        """What was pasted could not be taken as it was."""

        reason: str

    def __init__(self) -> None:
        super().__init__(compact=True, highlight_cursor_line=False, tab_behavior="focus")
        self.cursor_blink = False  # a cursor that blinks is sent twice a second, over ssh too
        self.picking = False
        """Whether a digit, as long as nothing else is typed, picks."""

    @property
    def value(self) -> str:
        return self.text

    @value.setter
    def value(self, text: str) -> None:
        self.load_text(text)
        self.move_cursor(self.document.end)

    def on_key(self, event: events.Key) -> None:
        picked = _DIGITS.find(event.character or "-") if self.picking and not self.text else -1
        if event.key != "enter" and picked < 0:
            return
        event.stop()
        event.prevent_default()
        self.post_message(self.Sent(self.text) if picked < 0 else self.Picked(picked))

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        text = event.text.replace("\r\n", "\n").replace("\r", "\n")
        clean = delete_hostile(text, lines=True)
        if len(clean) + len(self.text) > MOST:
            self.post_message(self.Refused(f"{len(clean):,} characters were pasted: a beginning has at most {MOST:,}"))
            return
        self.insert(clean)
        if lost := len(text) - len(clean):
            self.post_message(self.Refused(f"{lost:,} control characters of what was pasted were left out"))

    def on_text_area_changed(self) -> None:
        self._grow()

    def on_resize(self) -> None:
        self._grow()

    def _grow(self) -> None:
        rows = max(1, min(ROWS, self.wrapped_document.height))
        if self.styles.height is None or self.styles.height.value != rows:
            self.styles.height = rows

    def action_cursor_up(self, select: bool = False) -> None:
        if not select and self.navigator.is_first_wrapped_line(self.cursor_location):
            raise SkipAction
        super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        if not select and self.navigator.is_last_wrapped_line(self.cursor_location):
            raise SkipAction
        super().action_cursor_down(select)

    def action_cursor_left(self, select: bool = False) -> None:
        self._need_text()
        super().action_cursor_left(select)

    def action_cursor_right(self, select: bool = False) -> None:
        self._need_text()
        super().action_cursor_right(select)

    def action_delete_left(self) -> None:
        self._need_text()
        super().action_delete_left()

    def action_delete_right(self) -> None:
        self._need_text()
        super().action_delete_right()

    def _need_text(self) -> None:
        if not self.text:
            raise SkipAction
