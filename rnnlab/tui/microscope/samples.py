"""The sample time machine: what the model wrote while it trained. It must not know hosts."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.reactive import var
from textual.widget import Widget
from textual.widgets import Static

from rnnlab.text.reels import Reel, prefixes, reel
from rnnlab.tui import keys
from rnnlab.tui.microscope import samples_view
from rnnlab.tui.microscope.marked import FixedText, StillText
from rnnlab.tui.microscope.part import Part
from rnnlab.tui.pane import say


class SamplesPart(Part):
    """One sample at a time; it follows the newest until a person steps back."""

    NAME = "samples"
    BINDINGS = keys.of("samples")
    DEFAULT_CSS = """
    SamplesPart {
        & > #sample-line { height: 1; }
        & > #sample-head { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
        & > #sample-text { height: 1fr; margin: 1 0; }
        & > #sample-legend { height: 1; }
    }
    """

    at: var[int | None] = var(None)
    """Which sample; None follows the newest."""
    chosen: var[int] = var(0)
    """Which prefix."""

    def compose(self) -> ComposeResult:
        yield Static(id="sample-head")
        yield FixedText(id="sample-line")
        yield StillText(id="sample-text")
        yield FixedText(id="sample-legend")
        yield Static(classes="state")
        yield self.about()

    def on_mount(self) -> None:
        for legend in self.query("#sample-legend").results(FixedText):  # none, where the program ends this moment
            legend.show(
                [
                    ("new since the sample before", "new"),
                    ("   ", ""),
                    ("20 and more characters of the corpus", "copied"),
                ]
            )

    @property
    def entry(self) -> Widget:
        return self.query_one("#sample-text")

    @property
    def reel(self) -> Reel:
        """What there is to be seen."""
        events = samples_view.samples(self.view)
        known = prefixes(events)
        return reel(events, known[self.chosen % len(known)] if known else "", self.at)

    def texts(self) -> tuple[str, ...]:
        sample = self.reel.sample
        return (sample.text,) if sample else ()

    def paint(self) -> None:
        shown = self.reel
        found = self.copies.get(shown.sample.text) if shown.sample else None
        head = samples_view.headline(shown, prefixes(samples_view.samples(self.view)), found)
        say(self.query_one("#sample-head", Static), Content(head))
        self.query_one("#sample-text", StillText).show(samples_view.parts(shown, found))
        line = self.query_one("#sample-line", StillText)
        line.show(samples_view.slider(shown, line.size.width - 1))

    def watch_view(self) -> None:
        self.look()

    def watch_at(self) -> None:
        self.look()

    def watch_chosen(self) -> None:
        self.look()

    def on_resize(self, event: events.Resize) -> None:
        self._paint()

    def action_step(self, by: int) -> None:
        shown = self.reel
        last = len(shown.samples) - 1
        at = min(max(shown.at + by, 0), last)
        self.at = None if at == last else at

    def action_prefix(self) -> None:
        self.chosen += 1
