"""The Corpus pane: which text, how large, which tokens, and the text itself.

It shows what it is given and posts what a person wants; reading files is the screen's affair. It must not know hosts.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import ContentSwitcher, Input, Static

from rnnlab.hosts.values import CorpusEntry, Work
from rnnlab.text.amounts import counted
from rnnlab.text.report import CorpusReport, Passage
from rnnlab.text.visible import label
from rnnlab.tui import keys
from rnnlab.tui.figures import count, magnitude
from rnnlab.tui.findings import Findings
from rnnlab.tui.pane import Pane, say
from rnnlab.tui.reader import IdsReader, Reader, TextReader
from rnnlab.tui.safe import plain
from rnnlab.tui.shelf import cells, shelf, tone
from rnnlab.tui.table import Column, Table
from rnnlab.tui.tabline import TabLine
from rnnlab.tui.vocabulary import VocabularyView
from rnnlab.tui.words import fine_share, size

LOOKS = ("vocabulary", "text", "ids", "detail", "batch", "compare")
"""The ways to look at a corpus."""
CLOSER = ("detail", "batch", "compare")
"""Those of them that take a while to find out."""

_SHORT = {"vocabulary": "tokens", "compare": "vs"}
"""Names of looks in their line, which is narrow."""
_COLUMNS = (Column("corpus"), Column("characters", 10, right=True), Column("distinct", 8, right=True))
_WIDEST_CELL = 12
_LIST_LINES = 7


class CorpusPane(Pane):
    """The corpora, and what is to be known of the chosen one."""

    BINDINGS = keys.of("corpus")
    DEFAULT_CSS = """
    CorpusPane {
        & > #corpora { height: auto; }
        & > #path, & > #trouble { display: none; }
        & > #trouble { color: $error; }
        &.-asking > #path, &.-troubled > #trouble { display: block; }
        & > #about { display: none; height: 1; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis; }
        & > #facts { height: 3; text-wrap: nowrap; text-overflow: ellipsis; }
        & > ContentSwitcher { height: 1fr; }
        & > ContentSwitcher > * { height: 1fr; }
    }
    """

    entries: reactive[tuple[CorpusEntry, ...]] = reactive((), init=False, repaint=False)
    files: reactive[tuple[str, ...]] = reactive((), init=False, repaint=False)
    """Paths that were opened."""
    chosen: reactive[str] = reactive("", init=False, repaint=False)
    """The corpus of the form's draft, by name or path."""
    report: reactive[CorpusReport | None] = reactive(None, init=False, repaint=False)
    trouble: reactive[str] = reactive("", init=False, repaint=False)
    """Why the chosen corpus, or the path just typed, cannot be read."""
    busy: reactive[bool] = reactive(False, init=False, repaint=False)
    work: reactive[Work | None] = reactive(None, init=False, repaint=False)
    """How far the reading is."""
    look: reactive[str] = reactive("vocabulary", init=False, repaint=False)

    @dataclass
    class Picked(Message):
        """A corpus was chosen from the list."""

        reference: str

    @dataclass
    class FetchWanted(Message):
        """A text of the catalogue was chosen that is not here."""

        name: str

    @dataclass
    class PathTyped(Message):
        """A file was asked for."""

        path: str

    class PathDropped(Message):
        """No file is asked for any more."""

    @dataclass
    class PassageWanted(Message):
        """A reader needs more of the text."""

        look: str
        start: int
        length: int

    @dataclass
    class LookWanted(Message):
        """A closer look was asked for."""

        look: str
        width: int
        other: str
        """The corpus under the cursor of the list."""

    class Cancelled(Message):
        """Nobody wants to wait for the corpus that is being read."""

    @property
    def entry(self) -> Widget:
        return self.query_one("#corpora")

    def compose(self) -> ComposeResult:
        self.border_title = keys.title("corpus")
        yield Table(_COLUMNS, cells, tone=tone, id="corpora")
        yield Input(placeholder="path of a text file", compact=True, id="path")
        yield Static(id="trouble")
        yield Static(id="about")
        yield Static(id="facts")
        yield TabLine([(look, _SHORT.get(look, look)) for look in LOOKS], self.look, id="looks")
        with ContentSwitcher(initial=self.look):
            yield VocabularyView(id="vocabulary")
            yield TextReader(id="text")
            yield IdsReader(id="ids")
            for look in CLOSER:
                yield Findings(id=look)

    def on_mount(self) -> None:
        self.ready = True
        self._shelve()
        self.watch_report(None, self.report)
        self.watch_trouble(self.trouble)

    def watch_entries(self) -> None:
        self._shelve()

    def watch_files(self) -> None:
        self._shelve()

    def watch_chosen(self) -> None:
        self._shelve()
        self._describe()
        if self.ready:
            table = self.query_one("#corpora", Table)
            table.cursor = next((index for index, row in enumerate(table.rows) if row.chosen), table.cursor)

    def _shelve(self) -> None:
        if self.ready:
            table = self.query_one("#corpora", Table)
            table.rows = shelf(self.entries, self.files, self.chosen, self.report)
            table.styles.height = min(_LIST_LINES, len(table.rows) + 1)

    def watch_report(self, before: CorpusReport | None, report: CorpusReport | None) -> None:
        self._shelve()
        self._describe()
        if not self.ready or report is None or (before is not None and _same_tokens(before, report)):
            return
        self.query_one(VocabularyView).rows = report.vocabulary
        widest = max((len(label(row.token)) for row in report.vocabulary[:2000]), default=1)
        ids = self.query_one(IdsReader)
        ids.cell = max(min(widest, _WIDEST_CELL), len(str(len(report.vocabulary)))) + 1
        for reader in self.query(Reader):
            reader.forget()
        for findings in self.query(Findings):
            findings.forget()

    def watch_busy(self) -> None:
        self._describe()
        self.refresh_bindings()

    def watch_work(self) -> None:
        self._describe()

    def watch_trouble(self, trouble: str) -> None:
        if not self.ready:
            return
        self.set_class(bool(trouble), "-troubled")
        self.query_one("#trouble", Static).update(plain(trouble))
        self._describe()

    def _describe(self) -> None:
        if not self.ready:
            return
        report, entry = self.report, next((e for e in self.entries if e.name == self.chosen), None)
        about = f"{entry.title} – {entry.about}" if entry else _file_words(self.chosen, report)
        say(self.query_one("#about", Static), plain(about))
        facts = _progress(self.work) if self.busy else _facts(report) if report else ""
        say(self.query_one("#facts", Static), Content(facts))

    def watch_look(self, look: str) -> None:
        self.query_one(ContentSwitcher).current = look
        self.query_one(TabLine).current = look

    def action_look(self, look: str) -> None:
        anew = look in ("batch", "compare")
        # The key of what is there already goes into it, unless it is made anew: one compares corpus after corpus.
        focus_follows = (look == self.look and not anew) or self.query_one(ContentSwitcher).has_focus_within
        self.look = look
        if anew:
            # With the batches of the form as it is by now, with the corpus that the cursor is on.
            self.query_one(f"#{look}", Findings).forget()
        if focus_follows:
            self.seen.focus()

    @property
    def seen(self) -> Widget:
        """What of the current look takes keys."""
        return self.query_one("#tokens") if self.look == "vocabulary" else self.query_one(f"#{self.look}")

    def show_passage(self, look: str, passage: Passage) -> None:
        """What `PassageWanted` asked for."""
        self.query_one(f"#{look}", Reader).show(passage)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.busy or self.has_class("-asking") if action == "give_up" else True

    def show_look(self, look: str, content: Content) -> None:
        """What `LookWanted` asked for."""
        self.query_one(f"#{look}", Findings).show(content)

    def on_findings_wanted(self, event: Findings.Wanted) -> None:
        event.stop()
        table = self.query_one("#corpora", Table)
        other = table.row.reference if table.row else ""
        self.post_message(self.LookWanted(event.findings.id or "", event.findings.size.width - 1, other))

    def action_give_up(self) -> None:
        """Ask for no file, or else wait for no corpus."""
        if not self.has_class("-asking"):
            self.post_message(self.Cancelled())
            return
        self.accept_path()
        self.post_message(self.PathDropped())

    def accept_path(self) -> None:
        """The path that was typed could be read."""
        self.remove_class("-asking")
        self.query_one("#path", Input).value = ""
        self.entry.focus()

    @on(Table.Chosen, "#corpora")
    def _picked(self, event: Table.Chosen) -> None:
        event.stop()
        row = event.table.rows[event.index]
        if row.reference:
            self.remove_class("-asking")
            self.post_message(self.Picked(row.reference) if row.here else self.FetchWanted(row.reference))
        else:
            self.add_class("-asking")
            self.query_one("#path", Input).focus()

    @on(Input.Submitted, "#path")
    def _typed(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self.post_message(self.PathTyped(event.value.strip()))

    def on_tab_line_picked(self, event: TabLine.Picked) -> None:
        event.stop()
        self.action_look(event.key)

    def on_reader_wanted(self, event: Reader.Wanted) -> None:
        event.stop()
        self.post_message(self.PassageWanted(event.reader.id or "", event.start, event.length))


def _progress(work: Work | None) -> str:
    if work is None:
        return "reading…"
    far = f"{work.done / work.total:.0%} of {size(work.total)}" if work.total else size(work.done)
    return f"{work.stage} {far}; Esc stops it"


def _file_words(path: str, report: CorpusReport | None) -> str:
    """Where a file lies, and how its characters are written."""
    return f"{report.encoding}, {path}" if report and report.source == path else path


def _same_tokens(one: CorpusReport, other: CorpusReport) -> bool:
    return (one.sha256, one.tokens, one.vocabulary) == (other.sha256, other.tokens, other.vocabulary)


def _facts(report: CorpusReport) -> str:
    kinds, rare = counted(len(report.vocabulary), "kind"), ""
    if report.rare_tokens:
        rare = f", {count(report.rare_tokens)} rare ({fine_share(report.rare_share)} of all)"
    tokens = "" if report.tokens == report.characters else f"{counted(report.tokens, 'token')} of "
    return (
        f"{counted(report.characters, 'character')}, {counted(report.lines, 'line')}, {size(report.bytes)}\n"
        f"{tokens}{kinds}{rare}\n"
        f"perplexity: uniform {magnitude(report.uniform)}, unigram {magnitude(report.unigram)}"
    )
