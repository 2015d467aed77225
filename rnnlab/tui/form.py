"""The form that is made from the spec's fields: labels, lines to type in, and each error under its field.

It lays fields out and moves between them; what a text is worth is decided in `draft`. It must not know single
hyperparameters by name, but for those that another pane asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from rnnlab.specs import FIELDS, SECTIONS, Field
from rnnlab.tui.draft import Draft, show
from rnnlab.tui.fields import STEPS, ChoiceField, Edited, TypedField, make_field, options
from rnnlab.tui.safe import plain

ELSEWHERE = ("data.corpus",)
"""Fields that another pane asks for."""
COLUMNS = 2
"""Fields side by side among the common ones; the rarer stand one in a line."""

AnyField = TypedField | ChoiceField


def common() -> tuple[Field, ...]:
    """The fields of model, data and training that most people change."""
    return tuple(
        field
        for field in FIELDS.values()
        if not field.about.folded and field.section != "sample" and field.path not in ELSEWHERE
    )


def rarer() -> dict[str, tuple[Field, ...]]:
    """The other fields, by section."""
    first = set(common())
    others = [field for field in FIELDS.values() if field not in first and field.path not in ELSEWHERE]
    return {section: tuple(field for field in others if field.section == section) for section in SECTIONS}


class More(Widget, can_focus=True):
    """The line that shows or hides the rarer fields."""

    BINDINGS = [Binding("enter,space", "more", "more", show=False)]  # noqa: RUF012 - Textual's own idiom
    DEFAULT_CSS = """
    More {
        height: 1;
        color: $text-muted;
        &:focus { background: $accent 20%; color: $foreground; }
        &:nocolor:focus { text-style: reverse; }
    }
    """

    unfolded: reactive[bool] = reactive(False, init=False, repaint=False)

    class Toggled(Message):
        """It was asked for."""

    def render(self) -> Content:
        return Content("fewer… (m)" if self.unfolded else "more… (m)")

    def action_more(self) -> None:
        self.post_message(self.Toggled())

    def on_click(self) -> None:
        self.action_more()


class Form(VerticalScroll, can_focus=False):
    """Every field, the common ones first, the rarer behind `more…`."""

    BINDINGS = STEPS
    DEFAULT_CSS = """
    Form {
        scrollbar-size-vertical: 1;
        .form--row { height: 1; width: 1fr; }
        .form--label { color: $text-muted; height: 1; margin-right: 1; }
        .form--error { color: $error; height: auto; }
        .form--heading { color: $accent; margin-top: 1; }
        More { width: 1fr; }
        #rarer { height: auto; }
    }
    """

    draft: reactive[Draft] = reactive(Draft(), init=False, repaint=False)
    errors: reactive[Mapping[str, str]] = reactive({}, init=False, repaint=False)
    unfolded: reactive[bool] = reactive(False, init=False, repaint=False)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._fields: dict[str, AnyField] = {}
        self._errors: dict[str, Static] = {}
        """The lines under fields that were wrong once: most never are, and each would cost the first frame."""
        self._rows: dict[str, Horizontal] = {}

    def compose(self) -> ComposeResult:
        fields, more = common(), More()
        labels, texts = _label_widths(fields, COLUMNS), _choice_width(fields)
        for start in range(0, len(fields), COLUMNS):
            yield from self._row(fields[start : start + COLUMNS], labels, texts, more)
        if len(fields) % COLUMNS == 0:
            yield more

    def _row(self, fields: Sequence[Field], labels: Sequence[int], texts: int, more: Widget | None) -> Iterator[Widget]:
        """The fields side by side; the last short row has room for the line with more."""
        cells: list[Widget] = []
        for column, field in enumerate(fields):
            label = Static(Content(field.about.label), classes="form--label")
            label.styles.width = labels[column]
            self._fields[field.path] = widget = make_field(field, self.draft.text(field.path))
            if column < len(labels) - 1:
                widget.styles.width, widget.styles.margin = texts, (0, 1, 0, 0)
            else:
                widget.styles.width = "1fr"
            cells += [label, widget]
        if len(fields) < len(labels) and more is not None:
            cells.append(more)
        row = Horizontal(*cells, classes="form--row")
        self._rows |= {field.path: row for field in fields}
        yield row

    def _rarer(self) -> Vertical:
        labels = _label_widths([field for fields in rarer().values() for field in fields], 1)
        widgets: list[Widget] = []
        for section, fields in rarer().items():
            widgets.append(Static(Content(section), classes="form--heading"))
            for field in fields:
                widgets += self._row([field], labels, 0, None)
        return Vertical(*widgets, id="rarer")

    async def watch_unfolded(self, unfolded: bool) -> None:
        self.query_one(More).unfolded = unfolded
        if unfolded and not self.query("#rarer"):
            await self.mount(self._rarer())
            self._paint()
        for box in self.query("#rarer"):
            box.display = unfolded

    def watch_draft(self) -> None:
        self._paint()

    def watch_errors(self) -> None:
        self._paint()

    def on_mount(self) -> None:
        self._paint()

    def _paint(self) -> None:
        for path, widget in self._fields.items():
            text = self.draft.text(path)
            if widget.text != text and not widget.has_focus:
                widget.text = text
            widget.set_class(path in self.draft.texts, "-changed")
            widget.set_class(path in self.errors, "-wrong")
            self._complain(path, self.errors.get(path, ""))

    def _complain(self, path: str, sentence: str) -> None:
        if path in self._errors and self._errors[path].display != bool(sentence):
            self._errors[path].display = bool(sentence)
        if sentence:
            line = self._line(path)
            line.update(plain(f"✕ {sentence}"))
            if self._fields[path].has_focus:
                self.call_after_refresh(line.scroll_visible, animate=False)

    def _line(self, path: str) -> Static:
        """Where a field's error stands: under its row, below those of the fields before it."""
        if path not in self._errors:
            row = self._rows[path]
            beside = [other for other, its in self._rows.items() if its is row]
            above = [self._errors[other] for other in beside[: beside.index(path)] if other in self._errors]
            self._errors[path] = Static(classes="form--error")
            self.mount(self._errors[path], after=above[-1] if above else row)
        return self._errors[path]

    @property
    def focused_field(self) -> Field | None:
        """The field that is being edited."""
        return next((FIELDS[path] for path, widget in self._fields.items() if widget.has_focus), None)

    def focus_field(self, path: str) -> None:
        """Go to a field; the rarer ones are unfolded first."""
        if path not in self._fields and path in FIELDS and path not in ELSEWHERE:
            self.unfolded = True
            self.call_after_refresh(self.focus_field, path)
        elif path in self._fields:
            self._fields[path].focus()

    def action_step(self, lines: int) -> None:
        """To the field in the next or previous line, as near above or below as there is one."""
        here = next((widget for widget in self._stops() if widget.has_focus), None)
        if here is None:
            self._stops()[0 if lines > 0 else -1].focus()
            return
        x, y = here.region.x, here.region.y
        beyond = [stop for stop in self._stops() if (stop.region.y - y) * lines > 0]
        if beyond:
            min(beyond, key=lambda stop: (abs(stop.region.y - y), abs(stop.region.x - x))).focus()

    def _stops(self) -> list[Widget]:
        """What takes the focus and is shown."""
        first = {field.path for field in common()}
        shown = [widget for path, widget in self._fields.items() if self.unfolded or path in first]
        return [*shown, self.query_one(More)]

    def put_default(self) -> None:
        """The focused field's default text."""
        field = self.focused_field
        if field is not None:
            self._fields[field.path].text = show(field, field.default)
            self.post_message(Edited(field.path, show(field, field.default)))


def _label_widths(fields: Sequence[Field], columns: int) -> list[int]:
    """For each column, the width of its longest label."""
    return [max(len(field.about.label) for field in fields[column::columns]) for column in range(columns)]


def _choice_width(fields: Sequence[Field]) -> int:
    """The width of the longest choice in any column but the last, which takes what is left."""
    return max(len(text) for column in range(COLUMNS - 1) for f in fields[column::COLUMNS] for text in options(f))
