"""`Lines`: many lines, of which only those that are seen are made; it follows the end unless a person scrolled up.

Text in it can be selected with the mouse. A subclass says what the lines are; it must not know what they mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from rnnlab.tui.grid import Part


class Lines(ScrollView, can_focus=True):
    """Lines of coloured stretches; a role `x` has the component class `PREFIX--x`."""

    PREFIX = ""
    DEFAULT_CSS = """
    Lines {
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
    }
    """

    virtual_size = Reactive(Size(0, 0), layout=False, repaint=False)
    """How many lines there are. Textual would lay the whole screen out anew, and send all of it, at each new line; here
    the scrollbar has its place whether it is needed or not, so nothing moves."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.following = True
        """Whether the end is in sight, and kept in sight."""
        self.cut = ""
        """What stands at the end of a line that is too long."""

    @property
    def line_count(self) -> int:
        raise NotImplementedError

    def parts(self, y: int) -> Iterable[Part]:
        """The stretches of a line, made visible."""
        raise NotImplementedError

    def painted(self, y: int) -> Iterable[Part]:
        """The stretches with what is painted but is no text."""
        return self.parts(y)

    def ending(self, y: int) -> str:
        """What copying puts after a line."""
        return "\n"

    def indent(self, y: int) -> int:
        """Cells that a line is moved to the right."""
        return 0

    def changed(self, first: int, dropped: int = 0) -> None:
        """Repaint after a change: lines from `first` on are new, `dropped` of the oldest are gone."""
        if self.virtual_size.height != self.line_count:
            self.virtual_size = Size(0, self.line_count)
        if dropped:
            self.refresh()
        else:
            self.repaint(first)
        if self.following:
            self.to_end()
        elif dropped:
            self.scroll_to(y=max(0, self.scroll_offset.y - dropped), animate=False, force=True)

    def repaint(self, first: int) -> None:
        """Paint lines from `first` on anew where they are in sight.

        Textual would take those out of sight as well, and remember of each that it is to be painted: for good, as that
        never comes.
        """
        row, rows = max(0, first - self.scroll_offset.y), self.size.height
        if row < rows:
            self.refresh(Region(0, row, self.size.width, rows - row))

    def to_end(self) -> None:
        """Show the newest line."""
        self.following = True
        self.scroll_end(animate=False, immediate=True, force=True, x_axis=False)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.following = round(new_value) >= self.max_scroll_y

    def on_resize(self, event: events.Resize) -> None:
        if self.following:
            self.to_end()

    def render_line(self, y: int) -> Strip:
        width, row = self.scrollable_content_region.width, y + self.scroll_offset.y
        if row >= self.line_count:
            return Strip.blank(width, self.rich_style)
        strip = Strip(self._segments(row)).simplify().apply_offsets(0, row)
        if indent := self.indent(row):
            strip = Strip([Segment(" " * indent, self.rich_style), *strip])
        if self.cut and strip.cell_length > width:
            strip = Strip([*strip.crop(0, width - 1), Segment(self.cut, self.rich_style)])
        return strip.adjust_cell_length(width, self.rich_style)

    def _segments(self, y: int) -> Iterator[Segment]:
        parts = [(text, self._style(role)) for text, role in self.painted(y)]
        start, end = self._selected(y)
        for text, style in parts:
            marked = [min(max(edge, 0), len(text)) for edge in (start, end)]
            yield from (
                _cut(text, style, *marked, self._marked_style) if marked[0] < marked[1] else [Segment(text, style)]
            )
            start, end = start - len(text), end - len(text)

    def _selected(self, y: int) -> tuple[int, int]:
        """From which to which character the line is selected."""
        selection = self.text_selection
        span = selection.get_span(y) if selection else None
        if span is None:
            return 0, 0
        return span[0], span[1] if span[1] >= 0 else len(self.text(y))

    @property
    def _marked_style(self) -> Style:
        return self.screen.get_component_rich_style("screen--selection")

    def _style(self, role: str) -> Style:
        return self.get_component_rich_style(f"{self.PREFIX}--{role}") if role else self.rich_style

    def text(self, y: int) -> str:
        """A line's text, as it is shown."""
        return "".join(text for text, _ in self.parts(y))

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        pieces: list[str] = []
        for y in range(self.line_count):
            if span := selection.get_span(y):
                start, end = span
                pieces.append(self.text(y)[start:] + self.ending(y) if end < 0 else self.text(y)[start:end])
        return "".join(pieces).removesuffix("\n"), "\n"


def _cut(text: str, style: Style, start: int, end: int, marked: Style) -> Iterator[Segment]:
    pieces = ((text[:start], style), (text[start:end], style + marked), (text[end:], style))
    return (Segment(piece, kind) for piece, kind in pieces if piece)
