"""The surprise lens: a text shaded by what each token cost the model. It must not know hosts."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.reactive import var
from textual.widget import Widget
from textual.widgets import Static

from rnnlab.dialogue import ScoreText
from rnnlab.tui import keys
from rnnlab.tui.microscope import lens_view
from rnnlab.tui.microscope.asking import Answer, Job, Subject
from rnnlab.tui.microscope.lens_view import APARTNESS, ONE, OTHER, Lens
from rnnlab.tui.microscope.marked import FixedText, MarkedText
from rnnlab.tui.microscope.part import Part
from rnnlab.tui.pane import say


class LensPart(Part):
    """The passage, and under it the token at the cursor."""

    NAME = "lens"
    BINDINGS = keys.of("lens")
    DEFAULT_CSS = """
    LensPart {
        & > #lens-legend { height: 1; }
        & > #lens-text { height: 1fr; }
        & > #lens-detail { height: 2; text-wrap: nowrap; text-overflow: ellipsis; }
        & > #lens-totals { height: auto; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis; }
    }
    """

    shade: var[str] = var(ONE)

    def compose(self) -> ComposeResult:
        yield FixedText(id="lens-legend")
        yield MarkedText(ends=True, id="lens-text")
        yield Static(id="lens-detail")
        yield Static(id="lens-totals")
        yield Static(classes="state")
        yield self.about()

    @property
    def entry(self) -> Widget:
        return self.query_one("#lens-text")

    def jobs(self) -> tuple[Job, ...]:
        if self.subject is None or not self.passage:
            return ()
        subjects: tuple[Subject, ...] = (self.subject, *self.others[:1])
        return tuple(Job(self.NAME, each.run, ScoreText(text=self.passage, at=each.at)) for each in subjects)

    @property
    def lens(self) -> Lens | None:
        """What there is to be seen."""
        if not self.asked:
            return None
        one, other = (*(self.answers[job] for job in self.asked), None)[:2]
        shade = self.shade if isinstance(other, Answer) else ONE
        return Lens(one, other, shade) if one is not None else None

    def paint(self) -> None:
        lens = self.lens
        text = self.query_one("#lens-text", MarkedText)
        text.show(lens_view.pieces(lens) if lens else ())
        self.query_one("#lens-legend", MarkedText).show(lens_view.legend(lens) if lens else ())
        totals = lens_view.totals(lens) if lens else []
        self.query_one("#lens-totals", Static).update(Content("\n".join(totals)))
        self._detail(text.cursor)

    def _detail(self, index: int) -> None:
        lines = lens_view.detail(self.lens, index) if self.lens else []
        say(self.query_one("#lens-detail", Static), Content("\n".join(lines)))

    def watch_others(self) -> None:
        self.shade = APARTNESS if self.others else ONE
        self.look()

    def watch_shade(self) -> None:
        self._paint()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "shade" or bool(self.others)

    def action_shade(self) -> None:
        order = (APARTNESS, ONE, OTHER)
        self.shade = order[(order.index(self.shade) + 1) % len(order)]

    def on_marked_text_moved(self, event: MarkedText.Moved) -> None:
        event.stop()
        if event.marked.id == "lens-text":
            self._detail(event.index)
