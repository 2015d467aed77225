"""The bench: the screen with the four panes, where each stands, which one is in, and the desk that is kept of it.

State goes one way: the feed and workers bring values (`running`, `drafting`), the panes are bound to them and paint;
what a person does comes back as a message. Every call of the host is made beside the event loop.
"""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from rnnlab.errors import RnnlabError
from rnnlab.hosts.base import Host
from rnnlab.hosts.values import Session
from rnnlab.tui import keys
from rnnlab.tui.aside import doing
from rnnlab.tui.corpus_pane import CorpusPane
from rnnlab.tui.desk import PANES, Desk, of_session, to_session
from rnnlab.tui.footer import Footer
from rnnlab.tui.generate_pane import GeneratePane
from rnnlab.tui.model_pane import ModelPane
from rnnlab.tui.pane import Pane
from rnnlab.tui.running import Running
from rnnlab.tui.status import Condition, Header, condition
from rnnlab.tui.tabline import TabLine
from rnnlab.tui.training_pane import TrainingPane

SIDE_BY_SIDE = (120, 36)
"""Columns and rows from which on all panes are shown."""
KEEP_SECONDS = 1.0
"""How long after a change the desk is saved, at most."""


class BenchScreen(Running):
    """Corpus, Model, Training, Generate."""

    BINDINGS = keys.of("bench")
    AUTO_FOCUS = ""

    current: reactive[str] = reactive("model", init=False, repaint=False)
    """The pane one is in."""
    zoomed: reactive[bool] = reactive(False, init=False, repaint=False)
    small: reactive[bool] = reactive(False, init=False, repaint=False)
    """Whether there is room for one pane only."""

    def __init__(self, host: Host, session: Session) -> None:
        super().__init__(host, session.name)
        desk = of_session(session)
        self._restored = desk
        self._kept = desk
        self._last: dict[str, Widget] = {}
        self.set_reactive(BenchScreen.draft, desk.draft)
        self.set_reactive(BenchScreen.files, desk.files)
        self.set_reactive(BenchScreen.selected, desk.selected)
        self.set_reactive(BenchScreen.zoomed, desk.zoomed)
        self.set_reactive(BenchScreen.current, desk.pane)

    def compose(self) -> ComposeResult:
        header = Header().data_bind(BenchScreen.summary)
        header.session = self.session
        yield header
        yield TabLine([(pane, keys.title(pane)) for pane in PANES], self.current, id="tabs")
        with Horizontal(id="panes"):
            with Vertical(id="left"):
                yield CorpusPane(id="corpus").data_bind(
                    BenchScreen.entries, BenchScreen.files, BenchScreen.chosen,
                    BenchScreen.report, BenchScreen.trouble, BenchScreen.busy, BenchScreen.work,
                )  # fmt: skip
                yield ModelPane(id="model").data_bind(
                    BenchScreen.draft,
                    BenchScreen.checked,
                    BenchScreen.report,
                    BenchScreen.starting,
                    BenchScreen.reasons,
                    BenchScreen.estimate,
                )
            with Vertical(id="right"):
                yield TrainingPane(id="training").data_bind(BenchScreen.view, BenchScreen.last_words)
                yield GeneratePane(id="generate").data_bind(run=BenchScreen.summary)
        yield Condition()
        yield Footer()

    def on_mount(self) -> None:
        self.query_one(CorpusPane).look = self._restored.look
        self.query_one(ModelPane).form.unfolded = self._restored.unfolded
        self.query_one(GeneratePane).restore(self._restored.console)
        self._kept = self.desk
        self._measure(self.app.size)
        self._arrange()
        self.go_to(self.current)
        self.set_interval(KEEP_SECONDS, self.keep)

    def on_screen_resume(self) -> None:
        # Textual forgets a screen that followed the run, and is gone, when the value is said again.
        self.mutate_reactive(BenchScreen.view)

    def pane(self, name: str) -> Widget:
        return self.query_one(f"#{name}")

    def go_to(self, pane: str) -> None:
        """Turn to a pane: to what had the focus there last, else to its entry."""
        self.current = pane
        widget = self.pane(pane)
        last = self._last.get(pane)
        entry = widget.entry if isinstance(widget, Pane) else widget
        self.set_focus(last if last is not None and last.is_attached and last.display else entry)

    def action_pane(self, pane: str) -> None:
        self.go_to(pane)

    def action_zoom(self) -> None:
        self.zoomed = not self.zoomed

    def action_back(self) -> None:
        """Out of a field to its pane; from the pane out of the zoom."""
        pane, focused = self.pane(self.current), self.focused
        entry = pane.entry if isinstance(pane, Pane) else pane
        if focused is not None and focused not in (pane, entry):
            self.set_focus(entry)
        elif self.zoomed:
            self.zoomed = False

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        if event.widget is not self.focused:
            return  # the focus has gone on since
        inside = next((w for w in event.widget.ancestors_with_self if w.id in PANES), None)
        if inside is not None and inside.id:
            self.current = inside.id
            self._last[inside.id] = event.widget

    def on_tab_line_picked(self, event: TabLine.Picked) -> None:
        self.go_to(event.key)

    def on_resize(self, event: events.Resize) -> None:
        self._measure(event.size)

    def _measure(self, size: Size) -> None:
        columns, rows = SIDE_BY_SIDE
        self.small = size.width < columns or size.height < rows
        self._say_condition()

    def watch_current(self, current: str) -> None:
        self.query_one("#tabs", TabLine).current = current
        self._arrange()
        if current == "generate":
            self.warm_console()

    def watch_zoomed(self) -> None:
        self._arrange()

    def watch_small(self) -> None:
        self._arrange()

    def _arrange(self) -> None:
        """Say in classes what stands where; the style sheet does the rest.

        Only what these classes are about is styled anew: all else would cost a tenth of a second at each key.
        """
        alone = self.small or self.zoomed
        for name, holds in (("-small", self.small), ("-zoomed", self.zoomed), ("-one", alone)):
            self.set_class(holds, name, update=False)
        panes = [self.pane(name) for name in PANES]
        columns = [self.query_one("#left"), self.query_one("#right")]
        for pane in panes:
            pane.set_class(pane.id == self.current, "-active", update=False)
        for column in columns:
            column.set_class(any(child.id == self.current for child in column.children), "-active", update=False)
        self.app.stylesheet.update_nodes([*columns, *panes, *self.query("#tabs, #about")])
        self._say_condition()

    def watch_summary(self) -> None:
        self._say_condition()

    def watch_host_trouble(self) -> None:
        self._say_condition()

    def _say_condition(self) -> None:
        seen = self.current == "training" or not (self.small or self.zoomed)
        self.query_one(Condition).text = condition(self.host_trouble, None if seen else self.summary, self.app.size)

    @property
    def desk(self) -> Desk:
        """The bench as it is now."""
        return Desk(
            draft=self.draft,
            files=self.files,
            selected=self.selected,
            pane=self.current,
            zoomed=self.zoomed,
            look=self.query_one(CorpusPane).look,
            unfolded=self.query_one(ModelPane).form.unfolded,
            console=self.query_one(GeneratePane).console,
        )

    async def keep(self) -> None:
        """Save the desk where it has changed."""
        desk = self.desk
        if desk == self._kept:
            return
        self._kept = desk
        try:
            await doing(self.host.save_session, to_session(desk, self.session))
        except RnnlabError as error:
            self.complain(error)
