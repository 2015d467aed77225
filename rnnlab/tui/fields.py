"""One field of the form: a line to type in, or a choice to step through, both with the same face.

A field holds text, valid or not, and posts `Edited` when a person changes it. It must not know which fields there are
nor whether a text is right; the form tells it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input

from rnnlab.specs import Field
from rnnlab.text.visible import visible

_YES_NO = ("no", "yes")

STEPS: list[BindingType] = [
    Binding("down", "step(1)", "next line", show=False),
    Binding("up", "step(-1)", "previous line", show=False),
]
"""From line to line, where the arrow keys would else scroll; for whoever holds fields."""


@dataclass
class Edited(Message):
    """A person changed a field's text."""

    path: str
    text: str


class Submitted(Message):
    """Enter in a field."""


def options(field: Field) -> Sequence[str]:
    """The texts one steps through, or nothing where one types."""
    if field.kind is bool:
        return _YES_NO
    return field.about.choices if field.kind is str else ()


def make_field(field: Field, text: str) -> TypedField | ChoiceField:
    """The widget for a field."""
    if choices := options(field):
        return ChoiceField(field.path, choices, text)
    return TypedField(field.path, text, empty="" if field.kind in (int, float) else "none")


class TypedField(Input):
    """A field one types in."""

    DEFAULT_CSS = """
    TypedField {
        background: transparent;
        border: none;
        height: 1;
        padding: 0;
        &:focus { border: none; background: $accent 20%; background-tint: transparent; }
        & .input--placeholder, &>.input--placeholder { color: $text-disabled; }
        &.-changed { text-style: bold; }
        &.-wrong { color: $error; text-style: bold; }
        &:nocolor.-wrong { text-style: underline; }
        &:nocolor:focus { text-style: bold underline; }
    }
    """

    def __init__(self, path: str, text: str, empty: str = "") -> None:
        """`empty` is shown where there is no text."""
        self._agreed = text
        # It says itself how it looks and judges nothing (the form does): Textual's `compact` and its validation give
        # each field classes, and for each class all its styles are looked up anew before the first frame.
        super().__init__(value=text, placeholder=empty, select_on_focus=True, validate_on=())
        self.path = path

    @property
    def text(self) -> str:
        return self.value

    @text.setter
    def text(self, text: str) -> None:
        self._agreed = text
        self.value = text

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell what a person typed and not what was put here: else draft and field could answer each other for ever."""
        event.stop()
        if self.value != self._agreed:
            self._agreed = self.value
            self.post_message(Edited(self.path, self.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(Submitted())


class ChoiceField(Widget, can_focus=True):
    """A field one steps through with the arrow keys, the space bar or a click."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space", "step(1)", "next", show=False),
        Binding("left", "step(-1)", "previous", show=False),
        Binding("enter", "submit", "submit", show=False),
    ]
    DEFAULT_CSS = """
    ChoiceField {
        height: 1;
        &:focus { background: $accent 20%; }
        &.-changed { text-style: bold; }
        &.-wrong { color: $error; text-style: bold; }
        &:nocolor.-wrong { text-style: underline; }
        &:nocolor:focus { text-style: reverse; }
    }
    """

    text: reactive[str] = reactive("")

    def __init__(self, path: str, choices: Sequence[str], text: str) -> None:
        super().__init__()
        self.path = path
        self._choices = tuple(choices)
        self.set_reactive(ChoiceField.text, text)

    def render(self) -> RenderResult:
        arrows = self.has_focus and len(self.text) + 4 <= self.size.width
        text = visible(self.text)
        return Content(f"◂ {text} ▸" if arrows else text)

    def action_step(self, by: int) -> None:
        known = self._choices
        index = (known.index(self.text) + by) % len(known) if self.text in known else 0
        self.text = known[index]
        self.post_message(Edited(self.path, self.text))

    def action_submit(self) -> None:
        self.post_message(Submitted())

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if self.has_focus:
            self.action_step(1)
