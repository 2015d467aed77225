"""The bench's half that looks closer at a corpus, and says where to begin: details, batches, comparisons, suggestions.

It must not know how the panes are laid out, nor anything of runs that exist.
"""

from __future__ import annotations

from functools import partial

from textual.content import Content
from textual.reactive import reactive

from rnnlab.errors import RnnlabError
from rnnlab.hosts.values import Work
from rnnlab.specs import RunSpec
from rnnlab.specs.suggesting import suggest
from rnnlab.tui.aside import reading
from rnnlab.tui.corpus_pane import CorpusPane
from rnnlab.tui.draft import Checked, Draft
from rnnlab.tui.drafting import CORPUS, ENCODING, Drafting
from rnnlab.tui.figures import duration, rate
from rnnlab.tui.findings import Findings
from rnnlab.tui.glyphs import FINE
from rnnlab.tui.looks import batch_lines, comparison_lines, detail_lines, sentence

MEND = "mend the fields of Model (F3) that are wrong first"
OTHER = "to compare the chosen corpus with another, put the cursor on that one in the list above, and press c there"
LOOK_SECONDS = 0.2
"""How often a long reading is looked at."""


class Exploring(Drafting):
    """Holds what was suggested, and how far the reading of a corpus is."""

    work: reactive[Work | None] = reactive(None, init=False, repaint=False)
    """The corpus that is being read, where that takes long."""
    reasons: reactive[dict[str, str]] = reactive(dict, init=False, repaint=False)
    """Why the suggested values are what they are, by dotted name."""

    estimate: reactive[str] = reactive("", init=False, repaint=False)
    """How long the draft's training takes here, where that was measured."""

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(LOOK_SECONDS, self._look_at_work)

    async def _look_at_work(self) -> None:
        if self.busy or self.work is not None:
            self.work = next(iter(await reading(self.host.work)), None)

    def watch_draft(self, draft: Draft) -> None:
        # Nobody waits for a corpus that is not chosen any more.
        if self.busy and self.chosen and draft.text(CORPUS) != self.chosen:
            self.host.cancel_work()
        self.estimate = ""
        super().watch_draft(draft)

    def on_corpus_pane_cancelled(self) -> None:
        self.host.cancel_work()

    def on_corpus_pane_fetch_wanted(self, event: CorpusPane.FetchWanted) -> None:
        self.run_worker(partial(self._fetch, event.name), group="fetch", exclusive=True)

    async def _fetch(self, name: str) -> None:
        """Get a text from its server, and choose it."""
        self.busy, self.trouble = True, ""
        try:
            await reading(self.host.fetch, name)
            self.entries = await reading(self.host.corpora)
        except RnnlabError as error:
            self.trouble = str(error)
        else:
            self.draft = self.draft.changed(CORPUS, name).changed(ENCODING, self.encoding_of(name))
        finally:
            self.busy = False

    def on_corpus_pane_look_wanted(self, event: CorpusPane.LookWanted) -> None:
        if self.report is None:
            if not self.busy:
                self.query_one(CorpusPane).show_look(event.look, sentence(self.trouble, event.width))
        elif self.checked.spec is not None:
            self.run_worker(partial(self._look, event, self.checked.spec), group=f"look-{event.look}", exclusive=True)
        else:
            self.query_one(CorpusPane).show_look(event.look, sentence(MEND, event.width))

    def watch_checked(self, before: Checked, checked: Checked) -> None:
        if before.spec is None and checked.spec is not None:
            for findings in self.query(Findings):
                findings.forget()

    async def _look(self, event: CorpusPane.LookWanted, spec: RunSpec) -> None:
        try:
            found = await self._found(event, spec)
        except RnnlabError as error:
            found = sentence(str(error), event.width)
        self.query_one(CorpusPane).show_look(event.look, found)

    async def _found(self, event: CorpusPane.LookWanted, spec: RunSpec) -> Content:
        if event.look == "batch":
            return batch_lines(await reading(self.host.batch, spec), event.width)
        if event.look == "compare":
            if event.other in ("", spec.data.corpus):
                return sentence(OTHER, event.width)
            other = spec.replace({CORPUS: event.other, ENCODING: self.encoding_of(event.other)}).data
            return comparison_lines(await reading(self.host.compare, spec.data, other), event.width)
        detail = await reading(self.host.corpus_detail, spec.data)
        baselines = await reading(self.host.baselines, spec.data)
        return detail_lines(detail, baselines, event.width, FINE)

    def on_model_pane_suggest_asked(self) -> None:
        spec, report = self.checked.spec, self.report
        if spec is None or report is None:
            self.notify(MEND if spec is None else "there is no corpus yet to suggest it for", markup=False)
            return
        found = suggest(spec, tokens=report.tokens, vocabulary=len(report.vocabulary))
        self.reasons = {each.path: each.reason for each in found}
        draft = self.draft
        for each in found:
            draft = draft.changed(each.path, each.value)
        self.draft = draft
        self.run_worker(self._time_it, group="probe", exclusive=True)

    async def _time_it(self) -> None:
        """Say how long the suggested training takes here."""
        if self.checked.spec is None:
            return
        try:
            found = await reading(self.host.preflight, self.checked.spec)
        except RnnlabError as error:
            self.complain(error)
            return
        if found.measured is not None:
            self.estimate = f"~{duration(found.seconds)}, {rate(found.measured.tokens_per_s)} tokens/s"
