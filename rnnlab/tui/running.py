"""The bench's half about runs that exist: the feed that follows them, what they are asked for, and the console.

It must not know how the panes are laid out.
"""

from __future__ import annotations

import contextlib
from functools import partial

from textual import work
from textual.reactive import reactive

from rnnlab.dialogue import Refused
from rnnlab.errors import RnnlabError
from rnnlab.hosts.base import Host
from rnnlab.hosts.values import RunSummary
from rnnlab.specs import RunSpec, Value
from rnnlab.text.visible import visible
from rnnlab.transcript import Place
from rnnlab.tui.aside import doing, reading
from rnnlab.tui.branches import COPIED, BranchesScreen
from rnnlab.tui.composing import BESIDE, Composing
from rnnlab.tui.conversation import Conversation, Spoken
from rnnlab.tui.feed import Feed, News
from rnnlab.tui.form import ELSEWHERE
from rnnlab.tui.generate_pane import GeneratePane
from rnnlab.tui.knobs import KnobsScreen
from rnnlab.tui.microscope.asking import Subject
from rnnlab.tui.microscope.choosing import AgainstScreen, choices
from rnnlab.tui.microscope.screen import MicroscopeScreen
from rnnlab.tui.model_pane import ModelPane
from rnnlab.tui.run_view import RunView, fold
from rnnlab.tui.runs_screen import RunsScreen
from rnnlab.tui.sweeping import Sweeping
from rnnlab.tui.tracing import Tracing
from rnnlab.tui.training_pane import TrainingPane


class Running(Tracing):
    """Follows the selected run; the Training and Generate panes are bound to it."""

    runs: reactive[tuple[RunSummary, ...]] = reactive((), init=False, repaint=False)
    selected: reactive[str] = reactive("", init=False, repaint=False)
    """The selected run's id."""
    view: reactive[RunView | None] = reactive(None, init=False, repaint=False)
    summary: reactive[RunSummary | None] = reactive(None, init=False, repaint=False)
    last_words: reactive[tuple[str, ...]] = reactive((), init=False, repaint=False)
    """What its worker printed last, where it ended badly."""
    host_trouble: reactive[str] = reactive("", init=False, repaint=False)
    """Why the host cannot be read, while it cannot."""
    starting: reactive[bool] = reactive(False, init=False, repaint=False)

    def __init__(self, host: Host, session: str) -> None:
        super().__init__(host)
        self.session = session
        self.heard = False
        """Whether the host has said anything yet."""
        self._feed = Feed(host, session, self.post_message)
        self._conversations = {0: Conversation(host, self.post_message)}
        """One for each model that writes side by side; the first is the selected run's."""

    def on_mount(self) -> None:
        self._feed.select(self.selected)
        self._feed.start()
        self.run_worker(self._recall, group="transcript")

    def on_unmount(self) -> None:
        self._feed.stop()

    async def _recall(self) -> None:
        with contextlib.suppress(RnnlabError):  # a transcript that cannot be read keeps nobody from writing on
            turns = await reading(self.host.transcript, self.session)
            if turns:
                self.query_one(GeneratePane).load(turns)

    def on_news(self, news: News) -> None:
        self._feed.heard()
        self.heard, self.runs, self.host_trouble = True, news.runs, news.trouble
        for screen in self.app.screen_stack:  # the help may stand before it
            if isinstance(screen, RunsScreen):
                screen.runs = news.runs
        known = {run.id for run in news.runs}
        if self.selected not in known and not news.trouble:
            self.selected = news.runs[0].id if news.runs else ""
        if news.selected == self.selected:
            self.view, self.last_words = news.view, news.last_words
            self.summary = news.view.summary if news.view else None

    def watch_selected(self, selected: str) -> None:
        self.summary = next((run for run in self.runs if run.id == selected), None)
        self.view = fold(RunView.empty(), (), self.summary) if self.summary else None
        self._feed.select(selected)
        self.run_worker(partial(reading, self._conversations[0].close), group="console")

    @work(group="start")
    async def start_run(self, spec: RunSpec) -> None:
        """Start a run and turn to it."""
        self.starting = True
        try:
            run = await doing(self.host.start, spec, self.session)
        except RnnlabError as error:
            self.complain(error)
        else:
            self.runs = (await reading(self.host.run, run), *self.runs)
            self.selected = run
            self.go_to("training")
        finally:
            self.starting = False

    def go_to(self, pane: str) -> None:
        """Turn to a pane."""
        raise NotImplementedError

    def on_model_pane_start_asked(self) -> None:
        wrong = next(iter(self.checked.errors), "")
        if wrong in ELSEWHERE:
            self.go_to("corpus")
            self.notify(visible(self.checked.errors[wrong]), severity="error", markup=False)
        elif wrong:
            self.query_one(ModelPane).form.focus_field(wrong)
        elif self.checked.spec is not None and not self.starting:
            self.start_run(self.checked.spec)

    @work(group="request")
    async def on_training_pane_requested(self, event: TrainingPane.Requested) -> None:
        if not self.selected:
            return
        try:
            if event.action == "resume":
                await doing(self.host.resume, self.selected)
            else:
                await doing(self.host.request, self.selected, event.action)
        except RnnlabError as error:
            self.complain(error)
        self._feed.wake()

    def on_training_pane_knobs_asked(self) -> None:
        if self.summary is None or not self.summary.live:
            return
        run = self.summary.id

        def answered(changes: dict[str, Value] | None) -> None:
            if changes:
                self._turn(run, changes)

        self.app.push_screen(KnobsScreen(self.summary), answered)

    @work(group="request")
    async def _turn(self, run: str, changes: dict[str, Value]) -> None:
        try:
            await doing(self.host.change, run, changes)
        except RnnlabError as error:
            self.complain(error)
        self._feed.wake()

    @work(group="delete")
    async def delete_run(self, run: str) -> None:
        """Delete a run; its person was asked already."""
        try:
            await doing(self.host.delete, run)
        except RnnlabError as error:
            self.complain(error)
        self._feed.wake()

    def action_runs(self) -> None:
        self.app.push_screen(RunsScreen(self.runs, self.selected, self.delete_run), self._choose)

    async def action_microscope(self) -> None:
        """Look into the selected run's model."""
        if self.selected:
            if isinstance(self.app, Sweeping):
                await self.app.swept()
            await self.app.push_screen(MicroscopeScreen(self.host, self.selected, lambda: self.runs, follow=self))
        else:
            self.notify("no run yet: Enter in Model (F3) trains one", markup=False)

    def _choose(self, run: str | None) -> None:
        if run:
            self.selected = run

    @work(group="console")
    async def on_composing_asked(self, event: Composing.Asked) -> None:
        if event.lane not in self._conversations:
            self._conversations[event.lane] = Conversation(self.host, self.post_message, event.lane)
        try:
            await reading(self._conversations[event.lane].ask, event.subject.run, event.question)
        except RnnlabError as error:
            self.query_one(GeneratePane).feed((Refused(message=str(error)),), event.lane)

    def on_spoken(self, event: Spoken) -> None:
        self.query_one(GeneratePane).feed(event.pieces, event.lane)

    @work(group="console")
    async def on_generate_pane_stopped(self) -> None:
        for conversation in self._conversations.values():
            with contextlib.suppress(RnnlabError):  # a console that is gone has stopped
                await reading(conversation.stop)

    def on_generate_pane_beside_wanted(self, event: GeneratePane.BesideWanted) -> None:
        def chosen(subjects: tuple[Subject, ...] | None) -> None:
            if subjects is not None:
                self.put_beside(subjects)

        them = choices(self.runs, Subject(self.selected))
        title = f"Let up to {BESIDE} write beside it"
        self.app.push_screen(AgainstScreen(them, event.beside, self.runs, title, BESIDE), chosen)

    @work(group="console")
    async def put_beside(self, subjects: tuple[Subject, ...]) -> None:
        """Let these write beside the selected run."""
        for lane in [lane for lane in self._conversations if lane]:
            await reading(self._conversations.pop(lane).close)
        await self.query_one(GeneratePane).put_beside(subjects)

    def on_generate_pane_branches_wanted(self) -> None:
        pane = self.query_one(GeneratePane)

        def chosen(place: Place | None) -> None:
            if place:
                pane.go_to(place)

        self.app.push_screen(BranchesScreen(pane.texts, pane.place, self.session, self.keep_text), chosen)

    def on_generate_pane_kept(self, event: GeneratePane.Kept) -> None:
        self.keep_text(event.name, event.text)

    @work(group="keep")
    async def keep_text(self, name: str, text: str) -> None:
        """Put a text where other programs find it, and say where; the terminal's clipboard may take it or not."""
        if name == COPIED:
            self.app.copy_to_clipboard(text)
        try:
            place = await doing(self.host.keep_text, self.session, name, text)
        except RnnlabError as error:
            self.complain(error)
        else:
            said = f"{'copied, and in' if name == COPIED else 'written to'} {visible(place)}"
            self.query_one(GeneratePane).say(said)
            if self.app.screen is not self:
                self.notify(said, markup=False)

    @work(group="transcript")
    async def on_composing_turned(self, event: Composing.Turned) -> None:
        try:
            await doing(self.host.remember, self.session, event.turn)
        except RnnlabError as error:
            self.complain(error)

    @work(group="console")
    async def warm_console(self) -> None:
        """Have the model ready before the first question."""
        with contextlib.suppress(RnnlabError):  # it is said when a question is asked
            if self.selected:
                await reading(self._conversations[0].warm, self.selected)
