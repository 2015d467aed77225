"""The form that is made from the spec's fields: labels, lines to type in, and each error under its line.

It lays fields out and moves between them; what a text is worth is decided in `draft`. It must not know single
hyperparameters by name, but for those that another pane asks for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from rnnlab.specs import FIELDS, SECTIONS, Field
from rnnlab.tui.draft import Draft, show
from rnnlab.tui.fields import STEPS, ChoiceField, Edited, TypedField, make_field, options
from rnnlab.tui.sheet import Cell, Line, Sheet

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
    }
    """

    draft: reactive[Draft] = reactive(Draft(), init=False, repaint=False)
    errors: reactive[Mapping[str, str]] = reactive({}, init=False, repaint=False)
    unfolded: reactive[bool] = reactive(False, init=False, repaint=False)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._fields: dict[str, AnyField] = {}

    def compose(self) -> ComposeResult:
        fields, more = common(), Cell(More())
        labels, texts = _label_widths(fields, COLUMNS), _choice_width(fields)
        lines = [self._line(fields[start : start + COLUMNS], labels, texts) for start in range(0, len(fields), COLUMNS)]
        if len(fields) % COLUMNS:
            lines[-1].append(more)
        else:
            lines.append([more])
        yield Sheet(lines)

    def _line(self, fields: Sequence[Field], labels: Sequence[int], texts: int) -> list[Cell]:
        """The fields side by side; the last column has all that is left."""
        cells: list[Cell] = []
        for column, field in enumerate(fields):
            self._fields[field.path] = widget = make_field(field, self.draft.text(field.path))
            width = texts if column < len(labels) - 1 else None
            cells.append(Cell(widget, field.about.label, labels[column] + 1, width))
        return cells

    def _rarer(self) -> Sheet:
        labels = _label_widths([field for fields in rarer().values() for field in fields], 1)
        lines: list[Line] = []
        for section, fields in rarer().items():
            lines += [section, *(self._line([field], labels, 0) for field in fields)]
        return Sheet(lines, id="rarer")

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
        wrong: dict[Widget, str] = {
            self._fields[path]: sentence for path, sentence in self.errors.items() if path in self._fields
        }
        for sheet in self.query(Sheet):
            sheet.complain(wrong)
        if any(widget.has_focus for widget in wrong):
            self.call_after_refresh(self._show_complaint)

    def _show_complaint(self) -> None:
        """Scroll to what is wrong in the focused field."""
        for sheet in self.query(Sheet):
            for widget in self._fields.values():
                if widget.has_focus and (region := sheet.complaint(widget)):
                    self.scroll_to_region(region.translate(sheet.virtual_region.offset), animate=False)

    @property
    def rows(self) -> int:
        """The lines that all of it takes."""
        return sum(sheet.plan(sheet.size.width).height for sheet in self.query(Sheet) if sheet.display)

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
