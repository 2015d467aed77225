"""Originality: what of the model's texts is copied from its corpus, and from where. It must not know hosts."""

from __future__ import annotations

from typing import ClassVar

import msgspec
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.reactive import var
from textual.widget import Widget
from textual.widgets import Static

from rnnlab.text.reels import Reel
from rnnlab.text.report import Copied, Originality
from rnnlab.tui import keys
from rnnlab.tui.copied import copied_parts
from rnnlab.tui.microscope import originality_view
from rnnlab.tui.microscope.curves_widget import Curves
from rnnlab.tui.microscope.marked import FixedText, StillText
from rnnlab.tui.microscope.part import Part
from rnnlab.tui.pane import say
from rnnlab.tui.table import Column, Table

_COLUMNS = (
    Column("at", 7, right=True),
    Column("long", 6, right=True),
    Column("in the corpus at", 20, right=True),
    Column(""),
)


class _Spans(Table[Copied], inherit_bindings=False):
    """Copies to go through; the keys to the left and right are the part's."""

    BINDINGS: ClassVar[list[BindingType]] = Table.BINDINGS


class OriginalityPart(Part):
    """The share copied over training; one text with its copies, and the copy under the cursor where it comes from."""

    NAME = "originality"
    BINDINGS = keys.of("originality")
    DEFAULT_CSS = """
    OriginalityPart {
        & > #shares-copied { height: 1fr; }
        & > #text-head { height: 1; text-style: bold; text-wrap: nowrap; text-overflow: ellipsis; }
        & > #text { height: 4; }
        & > #spans { height: 4; }
        & > #place { height: 3; }
    }
    """

    chosen: var[int] = var(0)
    """Which texts: a prefix's samples, or the console's answers."""
    at: var[int | None] = var(None)
    """Which of them; None is the newest."""

    def compose(self) -> ComposeResult:
        yield Curves(id="shares-copied")
        yield Static(id="text-head")
        yield StillText(id="text")
        yield _Spans(_COLUMNS, self._cells, id="spans")
        yield FixedText(id="place")
        yield Static(classes="state")
        yield self.about()

    def on_mount(self) -> None:
        for spans in self.query("#spans"):  # none, where the program ends this moment
            self.watch(spans, "cursor", self._show_place)

    @property
    def entry(self) -> Widget:
        return self.query_one("#spans")

    @property
    def _reels(self) -> tuple[Reel, ...]:
        return originality_view.reels(self.view, self.said)

    @property
    def reel(self) -> Reel:
        """The texts that are looked at."""
        known = self._reels
        if not known:
            return Reel("", (), 0)
        reel = known[self.chosen % len(known)]
        last = len(reel.samples) - 1
        return msgspec.structs.replace(reel, at=last if self.at is None else min(self.at, last))

    def texts(self) -> tuple[str, ...]:
        shown = self.reel.sample
        # The console's answers are in no curve, and may be thousands.
        drawn = tuple(
            sample.text for reel in self._reels if reel.prefix != originality_view.CONSOLE for sample in reel.samples
        )
        return ((shown.text,) if shown else ()) + drawn

    def paint(self) -> None:
        drawn = originality_view.lines(self._reels, self.copies)
        self.query_one("#shares-copied", Curves).show(drawn, originality_view.axes(drawn))
        reel, found = self.reel, self._found
        say(self.query_one("#text-head", Static), Content(originality_view.headline(reel, found)))
        text = reel.sample.text if reel.sample else ""
        self.query_one("#text", StillText).show(copied_parts(text, found, role="quiet"))
        table = self.query_one("#spans", Table)
        if table.rows != (spans := found.spans if found else ()):
            table.rows = spans
        table.refresh()  # the same spans may be another text's
        self._show_place()

    @property
    def _found(self) -> Originality | None:
        sample = self.reel.sample
        return self.copies.get(sample.text) if sample else None

    def _show_place(self) -> None:
        sample, span = self.reel.sample, self.query_one("#spans", Table).row
        self.query_one("#place", StillText).show(originality_view.place(span, sample.text if sample else ""))

    def _cells(self, span: Copied) -> tuple[str, ...]:
        text = self.reel.sample.text if self.reel.sample else ""
        return (*originality_view.row(span), text[span.start : span.start + span.length].replace("\n", "↵"))

    def watch_view(self) -> None:
        self.look()

    def watch_said(self) -> None:
        self.look()

    def watch_at(self) -> None:
        self.look()

    def watch_chosen(self) -> None:
        self.at = None
        self.look()

    def action_step(self, by: int) -> None:
        reel, last = self.reel, len(self.reel.samples) - 1
        at = min(max(reel.at + by, 0), last)
        self.at = None if at == last else at

    def action_texts(self) -> None:
        self.chosen += 1
