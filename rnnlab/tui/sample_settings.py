"""`SampleSettings`: the line that says how the console draws, made from the fields of `SampleSpec`.

The common fields are always seen; the rarer come while one is in the line, or has changed them. A wrong text is told as
it is typed. It must not know what is asked with the settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from textual import events
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from rnnlab.errors import SpecError
from rnnlab.specs import FIELDS, SampleSpec
from rnnlab.text.visible import visible
from rnnlab.tui.draft import show
from rnnlab.tui.fields import STEPS, ChoiceField, Edited, Submitted, TypedField, make_field
from rnnlab.tui.sheet import Cell, Sheet

SETTINGS = {path: field for path, field in FIELDS.items() if field.section == "sample"}
"""What can be set, by dotted name."""
_COMMON = [path for path, field in SETTINGS.items() if not field.about.folded]
_RARER = [path for path, field in SETTINGS.items() if field.about.folded]

_LEAST, _MOST = 4, 20
"""Cells of a field."""
_A_ROW = 3
"""Rarer fields side by side: as many as 60 cells hold."""
_ROWS = [_COMMON, *(_RARER[start : start + _A_ROW] for start in range(0, len(_RARER), _A_ROW))]
"""The fields as they stand."""


class SampleSettings(Vertical):
    """Every field of a sample: `values` are its texts, `sample` what they mean."""

    BINDINGS = STEPS
    DEFAULT_CSS = """
    SampleSettings {
        height: auto;
        & > #rarer-settings { display: none; }
        &.-inside > #rarer-settings, &.-changed > #rarer-settings { display: block; }
    }
    """

    @dataclass
    class Said(Message):
        """What there is to say of the field that one is in: what is wrong with it, else what it does."""

        text: str
        wrong: bool

    class Left(Message):
        """A person is done with the settings."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.touched = False
        """Whether a person has changed anything."""
        self._fields = {path: make_field(SETTINGS[path], _default(path)) for path in _COMMON}
        """What was made so far: the rarer fields would cost the first frame of the screen, where nobody sees them."""

    def compose(self) -> ComposeResult:
        yield Sheet(self._lines(_ROWS[:1]), id="common-settings")

    def _unfold(self) -> None:
        """Make the rarer fields, once."""
        if not self.query("#rarer-settings"):
            self._fields |= {path: make_field(SETTINGS[path], _default(path)) for path in _RARER}
            self.mount(Sheet(self._lines(_ROWS[1:]), id="rarer-settings"))
            for path in _RARER:
                self._judge(path)

    def _lines(self, rows: Iterable[Sequence[str]]) -> list[list[Cell]]:
        """The fields of these rows, each with the room that its text takes."""
        return [[self._cell(path) for path in row] for row in rows]

    def _cell(self, path: str) -> Cell:
        label, field = SETTINGS[path].about.label, self._fields[path]
        arrows = 4 if isinstance(field, ChoiceField) else 1
        return Cell(field, label, len(label) + 1, min(max(len(field.text) + arrows, _LEAST), _MOST), gap=2)

    def on_mount(self) -> None:
        for path in _COMMON:
            self._judge(path)

    @property
    def values(self) -> dict[str, str]:
        """Every field's text by dotted name, right or wrong."""
        return {path: self._text(path) for path in SETTINGS}

    @values.setter
    def values(self, texts: Mapping[str, str]) -> None:
        if any(path in texts and texts[path] != _default(path) for path in _RARER):
            self._unfold()
        for path, text in texts.items():
            if path in self._fields:
                self._fields[path].text = text
                self._judge(path)

    def begin_with(self, sample: SampleSpec) -> None:
        """Take up how a run wants to be drawn from, where nobody has set it otherwise."""
        if not self.touched:
            self.values = {path: show(field, getattr(sample, field.name)) for path, field in SETTINGS.items()}

    def sample(self) -> SampleSpec:
        """What the fields mean; raises SpecError for the first that is wrong."""
        return SampleSpec(**{field.name: field.parse(self._text(path)) for path, field in SETTINGS.items()})  # ty: ignore[invalid-argument-type]

    def restore(self, texts: Mapping[str, str]) -> None:
        """Take up the values of another visit, but those that a terminal would obey."""
        self.values = kept = {path: text for path, text in texts.items() if visible(text) == text}
        self.touched = bool(kept)

    def begin(self) -> None:
        """Focus the first field."""
        self.go_to(next(iter(SETTINGS)))

    def go_to(self, path: str) -> None:
        """Focus one field."""
        if path in self._fields:
            self._fields[path].focus()
        else:
            self._unfold()
            self.call_after_refresh(self._fields[path].focus)

    def action_step(self, by: int) -> None:
        """To the field in the line above or below; below the last line one is done."""
        at = [(row, row.index(path)) for row in _ROWS for path in row if self._fields[path].has_focus]
        if not at:
            raise SkipAction
        row, column = at[0]
        to = _ROWS.index(row) + by
        if to == len(_ROWS):
            self.post_message(self.Left())
        elif to >= 0:
            self.go_to(_ROWS[to][min(column, len(_ROWS[to]) - 1)])

    def on_edited(self, event: Edited) -> None:
        event.stop()
        self._judge(event.path)
        if self._fields[event.path].has_focus:
            self.touched = True
            self._say(event.path)

    def on_submitted(self, event: Submitted) -> None:
        event.stop()
        self.post_message(self.Left())

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        self._unfold()
        self.add_class("-inside")
        if isinstance(event.widget, TypedField | ChoiceField):
            self._say(event.widget.path)

    def on_descendant_blur(self) -> None:
        if self.has_focus_within:
            # From field to field: rarer ones that were hidden for a moment would lose the focus again.
            return
        self.remove_class("-inside")
        self.post_message(self.Said("", wrong=False))

    def _say(self, path: str) -> None:
        wrong = self._error(path)
        self.post_message(self.Said(wrong or SETTINGS[path].about.help, wrong=bool(wrong)))

    def _judge(self, path: str) -> None:
        """Mark a field that is wrong, give it the room that its text takes, and keep changed rarer ones in sight."""
        field = self._fields[path]
        field.set_class(bool(self._error(path)), "-wrong")
        name, rows = ("#common-settings", _ROWS[:1]) if path in _COMMON else ("#rarer-settings", _ROWS[1:])
        for sheet in self.query(name).results(Sheet):
            sheet.change(self._lines(rows))
        self.set_class(any(self._text(path) != _default(path) for path in _RARER), "-changed")

    def _text(self, path: str) -> str:
        return self._fields[path].text if path in self._fields else _default(path)

    def _error(self, path: str) -> str:
        try:
            SETTINGS[path].parse(self._text(path))
        except SpecError as error:
            return str(error)
        return ""


def _default(path: str) -> str:
    return show(SETTINGS[path], SETTINGS[path].default)
