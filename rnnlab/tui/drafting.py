"""The bench's half about the run to be: the draft, the corpus it names, and what the two come to.

It must not know how the panes are laid out, nor anything of runs that exist.
"""

from __future__ import annotations

import asyncio
from functools import partial

import msgspec
from textual.reactive import reactive
from textual.screen import Screen

from rnnlab.errors import CorpusError, RnnlabError, SpecError
from rnnlab.hosts.base import Host
from rnnlab.hosts.values import CorpusEntry, Machine
from rnnlab.specs import FIELDS, DataSpec
from rnnlab.text.report import CorpusReport
from rnnlab.text.visible import visible
from rnnlab.tui.aside import reading
from rnnlab.tui.corpus_pane import CorpusPane
from rnnlab.tui.draft import Checked, Draft, check, reads
from rnnlab.tui.form import ELSEWHERE
from rnnlab.tui.model_pane import ModelPane

SETTLE_SECONDS = 0.2
"""How long a person must have stopped typing before a corpus is read anew."""
CORPUS, ENCODING = "data.corpus", "data.encoding"


class Drafting(Screen[None]):
    """Holds the draft; the Corpus and Model panes are bound to it."""

    draft: reactive[Draft] = reactive(Draft(), init=False, repaint=False)
    checked: reactive[Checked] = reactive(check(Draft()), init=False, repaint=False)
    entries: reactive[tuple[CorpusEntry, ...]] = reactive((), init=False, repaint=False)
    files: reactive[tuple[str, ...]] = reactive((), init=False, repaint=False)
    """Corpora that were opened by path, newest first."""
    chosen: reactive[str] = reactive("", init=False, repaint=False)
    """The corpus that the draft names."""
    report: reactive[CorpusReport | None] = reactive(None, init=False, repaint=False)
    trouble: reactive[str] = reactive("", init=False, repaint=False)
    """Why the corpus, or the file just asked for, cannot be read."""
    busy: reactive[bool] = reactive(False, init=False, repaint=False)
    """Whether a corpus is being read."""

    def __init__(self, host: Host) -> None:
        super().__init__()
        self.host = host
        self._machine: Machine | None = None
        self._data: DataSpec | None = None
        self._refused: dict[str, str] = {}
        self._encodings: dict[str, str] = {}
        """What files are written in, by path."""
        self._guess = ("", "")
        """A file that could not be read, and what it most likely is written in."""

    def on_mount(self) -> None:
        # Reading texts takes the processor for a while: a person should see the screen first.
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.watch_draft(self.draft)
        self.run_worker(self._look_around, group="corpora")

    async def _look_around(self) -> None:
        """What there is to choose from, and what the machine can hold."""
        try:
            self.entries = await reading(self.host.corpora)
            self._machine = await reading(self.host.machine)
        except RnnlabError as error:
            self.complain(error)
        self._recheck()

    def complain(self, error: RnnlabError) -> None:
        """Say what went wrong: at its field where it has one in the form, else in passing."""
        if isinstance(error, SpecError) and error.field in FIELDS and error.field not in ELSEWHERE:
            self._refused = {error.field: str(error)}
            self._recheck()
            self.query_one(ModelPane).form.focus_field(error.field)
        else:
            self.notify(visible(str(error)), severity="error", markup=False, timeout=8)

    def watch_draft(self, draft: Draft) -> None:
        self._refused = {}
        self.chosen = draft.text(CORPUS)
        self._recheck()
        data = reads(draft)
        if data is not None and data != self._data:
            pause = 0.0 if self._data is None or data.corpus != self._data.corpus else SETTLE_SECONDS
            self._data = data
            self.run_worker(partial(self._read, data, pause), group="corpus", exclusive=True)

    def watch_report(self) -> None:
        self._recheck()

    def _recheck(self) -> None:
        available = self._machine.available_bytes if self._machine else None
        checked = check(self.draft, self.report, available)
        if self._refused:
            checked = msgspec.structs.replace(checked, errors={**self._refused, **checked.errors}, plan=None)
        self.checked = checked

    async def _read(self, data: DataSpec, pause: float) -> None:
        """Read the draft's corpus; what was shown stays until the other is there."""
        await asyncio.sleep(pause)
        self.busy = True
        try:
            report = await reading(self.host.corpus, data)
        except RnnlabError as error:
            self.report, self.trouble = None, self._unread(data, error)
        else:
            self.report, self.trouble, self._guess = report, "", ("", "")
        self.busy = False

    def _unread(self, data: DataSpec, error: RnnlabError) -> str:
        """What is wrong with a text, and what to do."""
        if not isinstance(error, CorpusError) or not error.encoding:
            return str(error)
        self._guess = data.corpus, error.encoding
        return f"{error.found}; Enter again reads it as {error.encoding}"

    async def _open(self, data: DataSpec) -> None:
        """Read a file that was asked for; the draft takes it only when it can be read."""
        self.busy, self.trouble = True, ""
        try:
            report = await reading(self.host.corpus, data)
        except RnnlabError as error:
            self.busy, self.trouble = False, self._unread(data, error)
            return
        self._guess = ("", "")
        self.busy, self._data = False, msgspec.structs.replace(data, corpus=report.source)
        self.report = report
        if report.source not in {entry.name for entry in self.entries}:
            self.files = (report.source, *(path for path in self.files if path != report.source))
        self.draft = self.draft.changed(CORPUS, report.source).changed(ENCODING, data.encoding)
        self.query_one(CorpusPane).accept_path()

    def on_corpus_pane_picked(self, event: CorpusPane.Picked) -> None:
        self.trouble = ""
        if event.reference == self.chosen and self.report is None:
            self._data = None  # it could not be read before: try again
        self.draft = self.draft.changed(CORPUS, event.reference).changed(ENCODING, self.encoding_of(event.reference))
        if self._data is None:
            self.watch_draft(self.draft)

    def on_corpus_pane_path_typed(self, event: CorpusPane.PathTyped) -> None:
        data = self._data or DataSpec()
        try:
            data = msgspec.structs.replace(data, corpus=event.path, encoding=self.encoding_of(event.path))
        except RnnlabError as error:
            self.trouble = str(error)
        else:
            self.run_worker(partial(self._open, data), group="corpus", exclusive=True)

    def encoding_of(self, corpus: str) -> str:
        """What a corpus is written in: a file as it was said of it, or in the form while no file was chosen."""
        named = {entry.name for entry in self.entries}
        if self.chosen not in named:
            self._encodings[self.chosen] = self.draft.text(ENCODING)
        if corpus in named:
            return ""
        if corpus == self._guess[0]:
            return self._guess[1]
        said = "" if self.chosen in self._encodings else self.draft.text(ENCODING)
        return self._encodings.get(corpus, said)

    def on_corpus_pane_path_dropped(self) -> None:
        self.trouble, self._guess = "", ("", "")

    def on_corpus_pane_passage_wanted(self, event: CorpusPane.PassageWanted) -> None:
        if self._data is not None and self.report is not None:
            self.run_worker(partial(self._turn_to, event, self._data), group=f"passage-{event.look}", exclusive=True)

    async def _turn_to(self, event: CorpusPane.PassageWanted, data: DataSpec) -> None:
        try:
            if event.look == "text":
                # Reading is in characters, whatever the model reads: so its lines break where they should.
                data = msgspec.structs.replace(data, tokens="char")
            passage = await reading(self.host.passage, data, event.start, event.length)
        except RnnlabError as error:
            self.trouble = str(error)
        else:
            self.query_one(CorpusPane).show_passage(event.look, passage)

    def on_model_pane_changed(self, event: ModelPane.Changed) -> None:
        self.draft = self.draft.changed(event.path, event.text)
