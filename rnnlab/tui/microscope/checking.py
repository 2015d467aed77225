"""The microscope screen's half that holds texts against the corpus: which are wanted, and what was found of them.

A corpus is indexed once, which may take seconds; how far that is, is said. It must not know how a text is shown.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from textual.reactive import reactive
from textual.screen import Screen

from rnnlab.errors import RnnlabError
from rnnlab.events import Sampled
from rnnlab.hosts.base import Host
from rnnlab.text.report import Originality
from rnnlab.text.visible import visible
from rnnlab.tui.aside import reading
from rnnlab.tui.figures import share

AT_ONCE = 20
"""Texts that are checked between two paintings."""
LOOK_SECONDS = 0.25

Copies = Mapping[str, Originality]
"""What was found of each text."""
NONE: Copies = MappingProxyType({})


class Checking(Screen[None]):
    """Checks texts of one run."""

    said: reactive[tuple[Sampled, ...]] = reactive((), init=False, repaint=False)
    """What the run has said in the console."""
    copies: reactive[Copies] = reactive(NONE, init=False, repaint=False)
    checking: reactive[str] = reactive("", init=False, repaint=False)
    """How far a long check is, or why there is none."""

    def __init__(self, host: Host, run: str) -> None:
        super().__init__()
        self.host = host
        self.run = run
        self._recalled = False

    def on_mount(self) -> None:
        self.set_interval(LOOK_SECONDS, self._look_at_work)

    def recall(self) -> None:
        """Have the console's answers read, once: they may be thousands, and few who look ask for them."""
        if not self._recalled:
            self._recalled = True
            self.run_worker(self._recall, group="said")

    async def _recall(self) -> None:
        with contextlib.suppress(RnnlabError):  # a transcript that cannot be read keeps nobody from looking
            self.said = await reading(self._answers)

    def _answers(self) -> tuple[Sampled, ...]:
        """The answers of this run as samples, without what nobody here asks of them: a long session has thousands."""
        turns = self.host.transcript(self.host.run(self.run).session, self.run)
        return tuple(
            Sampled(step=turn.step, epoch=0, prefix=turn.prefix, text=turn.text) for turn in turns if turn.text
        )

    def check_texts(self, texts: tuple[str, ...]) -> None:
        """Find out about these; those that are known already cost nothing."""
        wanted = [text for text in dict.fromkeys(texts) if text and text not in self.copies]
        if wanted:
            self.run_worker(partial(self._check, wanted), group="copies", exclusive=True)

    async def _check(self, wanted: list[str]) -> None:
        self.checking = "reading the corpus"
        try:
            for begin in range(0, len(wanted), AT_ONCE):
                texts = wanted[begin : begin + AT_ONCE]
                found = await reading(lambda texts=texts: {t: self.host.originality(self.run, t) for t in texts})
                self.copies = MappingProxyType({**self.copies, **found})
                self.checking = f"{begin + len(texts)} of {len(wanted)} texts" if len(wanted) > AT_ONCE else ""
        except RnnlabError as error:
            self.checking = visible(str(error))
        else:
            self.checking = ""

    @property
    def indexing(self) -> bool:
        """Whether one waits for the corpus."""
        return self.checking.startswith(("reading", "indexing"))

    async def _look_at_work(self) -> None:
        if self.indexing:
            for work in await reading(self.host.work):
                part = f" {share(work.done / work.total)}" if work.total else ""
                if self.indexing:
                    self.checking = f"indexing the corpus, once: {work.stage}{part}, Esc stops"
