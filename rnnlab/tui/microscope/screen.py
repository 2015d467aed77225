"""The microscope: one run's model, its parts as tabs, and what is asked about it.

State goes one way: answers come from the looker's thread, the parts are bound to the screen's values and paint, and
post what they want to know. It must not know what a finding means.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from textual.app import ComposeResult
from textual.content import Content
from textual.dom import DOMNode
from textual.reactive import reactive
from textual.widgets import ContentSwitcher, Static

from rnnlab.errors import RnnlabError
from rnnlab.hosts.base import Host
from rnnlab.hosts.values import RunSummary
from rnnlab.specs.arithmetic import split_spans
from rnnlab.text.visible import visible
from rnnlab.tui import keys
from rnnlab.tui.aside import reading
from rnnlab.tui.footer import Footer
from rnnlab.tui.microscope.asking import BEST, NEWEST, UNTRAINED, Subject
from rnnlab.tui.microscope.checking import Checking
from rnnlab.tui.microscope.choosing import AgainstScreen, choices
from rnnlab.tui.microscope.looker import Looked, Looker
from rnnlab.tui.microscope.part import Part
from rnnlab.tui.microscope.writing import WritingScreen
from rnnlab.tui.pane import say
from rnnlab.tui.run_view import RunView
from rnnlab.tui.tabline import TabLine

PARTS = tuple(place for place in keys.OF_MICROSCOPE if place != "microscope")
"""Names of the parts, in the order of their tabs."""
PASSAGE = 600
"""Tokens of the corpus that are looked at."""
_TIMES = (NEWEST, BEST, UNTRAINED)
_OF_TEXTS = ("lens", "neurons")
"""Parts that look at the passage."""
_COMPARING = ("lens", "memory", "agreement")
"""Parts that hold the run against others."""
_OF_WEIGHTS = (*_COMPARING, "neurons")
"""Parts that ask the model; the others show what it has written."""
_ONLY_IN = {
    "own": _OF_TEXTS,
    "passage": _OF_TEXTS,
    "against": _COMPARING,
    "time": _OF_WEIGHTS,
    "again": _OF_WEIGHTS,
}
"""Actions that mean nothing in other parts than these."""
_OF_ANSWERS = ("originality",)
"""Parts that look at what the console has said."""


class MicroscopeScreen(Checking):
    """Looks at the run that `bench` has chosen, for as long as one stays."""

    BINDINGS = keys.of("microscope")
    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    MicroscopeScreen {
        background: $background;
        & > #subject { height: 1; color: $accent; text-style: bold; text-wrap: nowrap; text-overflow: ellipsis; }
        & > ContentSwitcher { height: 1fr; }
    }
    """

    subject: reactive[Subject | None] = reactive(None, init=False, repaint=False)
    others: reactive[tuple[Subject, ...]] = reactive((), init=False, repaint=False)
    passage: reactive[str] = reactive("", init=False, repaint=False)
    view: reactive[RunView | None] = reactive(None, init=False, repaint=False)
    current: reactive[str] = reactive(PARTS[0], init=False, repaint=False)

    def __init__(self, host: Host, run: str, runs: Callable[[], tuple[RunSummary, ...]], follow: DOMNode) -> None:
        super().__init__(host, run)
        self._runs = runs
        self._follow = follow
        self._looker = Looker(host, self.post_message)
        self._parts: dict[str, Part] = {}
        """All of them; what a part consists of is made when one goes there: that takes time, and much memory."""
        self._going = asyncio.Lock()
        self._number = 0
        """Of the corpus's passages, the one that is looked at."""
        self.set_reactive(MicroscopeScreen.subject, Subject(run))

    def compose(self) -> ComposeResult:
        # Here, since the program's first frame shows none of them.
        from rnnlab.tui.microscope.parts import BY_NAME

        yield Static(id="subject")
        tabs = [(part, f"{number} {keys.PLACES[part]}") for number, part in enumerate(PARTS, 1)]
        yield TabLine(tabs, self.current, id="parts")
        self._parts = {
            part: BY_NAME[part]().data_bind(
                MicroscopeScreen.subject, MicroscopeScreen.others, MicroscopeScreen.passage,
                MicroscopeScreen.view, MicroscopeScreen.copies, MicroscopeScreen.checking,
                MicroscopeScreen.said,
                MicroscopeScreen.current,
            )
            for part in PARTS
        }  # fmt: skip
        with ContentSwitcher(initial=self.current):
            yield self.part
        yield Footer()

    def on_mount(self) -> None:
        super().on_mount()
        # The bench follows the run while this screen stands before it.
        self.watch(self._follow, "view", self._take_view)
        self.watch_current(self.current)
        self._turn_to(0)
        self._say_subject()

    def on_unmount(self) -> None:
        self._looker.close()

    def _take_view(self, view: RunView | None) -> None:
        self.view = view

    @property
    def part(self) -> Part:
        """The part that is in sight."""
        return self._parts[self.current]

    async def go_to(self, part: str) -> None:
        """Bring a part into sight."""
        async with self._going:
            if not (new := self._parts[part]).is_attached:
                new.display = False  # until it is its turn
                await self.query_one(ContentSwitcher).mount(new)
            if new.is_attached:  # and the program does not end this moment
                self.current = part

    def watch_current(self, current: str) -> None:
        self.query_one(ContentSwitcher).current = current
        self.query_one("#parts", TabLine).current = current
        if current in _OF_ANSWERS:
            self.recall()
        self.set_focus(self.part.entry)

    def watch_subject(self) -> None:
        self._say_subject()

    def watch_others(self) -> None:
        self._say_subject()

    def _say_subject(self) -> None:
        if self.subject is not None and self.is_attached:
            against = f"  against {', '.join(other.name for other in self.others)}" if self.others else ""
            say(self.query_one("#subject", Static), Content(f" {self.subject.name}{against}"))

    async def action_part(self, number: int) -> None:
        if number <= len(PARTS):
            await self.go_to(PARTS[number - 1])

    async def action_turn(self, by: int) -> None:
        """To the next part, or the one before."""
        await self.go_to(PARTS[(PARTS.index(self.current) + by) % len(PARTS)])

    async def place(self, where: str) -> DOMNode:
        """Where a command of that place is done; a part comes into sight for it."""
        if where == "microscope":
            return self
        await self.go_to(where)
        return self.part

    async def on_tab_line_picked(self, event: TabLine.Picked) -> None:
        await self.go_to(event.key)

    def action_time(self) -> None:
        """Other weights of the same run: the newest, the best, the untrained."""
        if self.subject is not None:
            at = _TIMES[(_TIMES.index(self.subject.at) + 1) % len(_TIMES)]
            self.others = tuple(other for other in self.others if other != Subject(self.subject.run, at))
            self.subject = Subject(self.subject.run, at)

    def action_against(self) -> None:
        def chosen(others: tuple[Subject, ...] | None) -> None:
            self.others = self.others if others is None else others

        if self.subject is not None:
            runs = self._runs()
            self.app.push_screen(AgainstScreen(choices(runs, self.subject), self.others, runs), chosen)

    def action_again(self) -> None:
        self.part.look(again=True)

    async def action_back(self) -> None:
        """Out of a field, then out of waiting, then back to the bench; a part that is being made has its screen."""
        async with self._going:
            self._back()

    def _back(self) -> None:
        if self.focused is not self.part.entry:
            self.set_focus(self.part.entry)
        elif self.part.busy:
            self.part.give_up()
        elif self.indexing:
            self.host.cancel_work()
        else:
            self.dismiss(None)

    def action_own(self) -> None:
        def written(text: str | None) -> None:
            self.passage = text or self.passage

        self.app.push_screen(WritingScreen(self.passage), written)

    def action_passage(self, by: int) -> None:
        self._turn_to(self._number + by)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action not in _ONLY_IN or self.current in _ONLY_IN[action]

    def _turn_to(self, number: int) -> None:
        if self.subject is not None:
            self.run_worker(partial(self._read, self.subject.run, number), group="passage", exclusive=True)

    async def _read(self, run: str, number: int) -> None:
        try:
            self._number, self.passage = await reading(held_out, self.host, run, number)
        except RnnlabError as error:
            self.notify(visible(str(error)), severity="error", markup=False, timeout=8)

    def on_part_asked(self, event: Part.Asked) -> None:
        self._looker.ask(event.part, event.jobs)

    def on_part_texts_shown(self, event: Part.TextsShown) -> None:
        self.check_texts(event.texts)

    def on_looked(self, event: Looked) -> None:
        self._parts[event.answer.job.part].hear(event.answer)


def held_out(host: Host, run: str, number: int) -> tuple[int, str]:
    """A passage of the run's text that it is not trained on (where there is none, of its beginning), and its number."""
    data = host.run(run).spec.data
    total = host.passage(data, 0, 1).total
    parts = split_spans(data, total)
    spans = parts["validation"] or parts["train"] or (slice(0, total),)
    each = max(1, (spans[0].stop - spans[0].start) // PASSAGE)
    number %= each * len(spans)
    span = spans[number // each]
    begin = span.start + number % each * PASSAGE
    return number, host.passage(data, begin, min(PASSAGE, span.stop - begin)).text
