"""All that was written in a session: find a text, read it, copy it, go on with it. It must not know hosts."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from rnnlab.transcript import Branch, Place, Tree, drawn, found, markdown
from rnnlab.tui import keys
from rnnlab.tui.dialog import Dialog
from rnnlab.tui.figures import count
from rnnlab.tui.stream import TextStream
from rnnlab.tui.table import Column, Table

COPIED, MARKDOWN = "copied.txt", "transcript.md"
"""The files that a session keeps texts in."""
_SEEN = 4000
"""Characters of a stretch's end that are shown."""
_LEAD = 60
"""Characters of a text that a row may need."""
_COLUMNS = (
    Column("text   └ a branch   ↓ goes on"),
    Column("tokens", 7, right=True),
    Column("run", 22, from_width=60),
    Column("step", 9, right=True),
    Column("drawn", 18, from_width=84),
)


class BranchesScreen(Dialog[Place]):
    """Dismissed with the place to go on from, or with nothing."""

    BINDINGS = keys.of("branches")
    DEFAULT_CSS = """
    BranchesScreen {
        & > Vertical {
            width: 110; max-width: 100%; height: 90%; min-height: 20; max-height: 100%;
            border: heavy $accent; padding: 0 1; background: $panel;
        }
        Table { height: 1fr; background: $panel; }
        Input { height: 1; border: none; background: transparent; display: none; }
        TextStream { height: 7; margin-top: 1; }
        #hint { color: $text-muted; }
    }
    """

    def __init__(self, tree: Tree, place: Place | None, session: str, keep: Callable[[str, str], object]) -> None:
        super().__init__()
        self._tree = tree
        self._branches = tuple(tree.branches())
        self._here = place.turn if place else ""
        self._session = session
        self._keep = keep

    def body(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "All that was written"
            yield Table(_COLUMNS, self._cells, tone=self._tone)
            yield Input(placeholder="words to find; Enter", compact=True)
            yield TextStream()
            yield Static(Content(_HINT if self._branches else _NOTHING), id="hint")

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False
        self._show("")
        self.table.focus()

    @property
    def table(self) -> Table:
        return self.query_one(Table)

    def _show(self, words: str) -> None:
        """Show the branches with these words, the cursor where one stands or at the newest."""
        wanted = {turn.id for turn in found(self._tree.turns.values(), words)}
        rows = tuple(branch for branch in self._branches if branch.turn.id in wanted)
        self.table.rows = rows
        at = next((n for n, branch in enumerate(rows) if branch.turn.id == self._here), len(rows) - 1)
        self.table.cursor = at
        self._read()

    def _cells(self, branch: Branch) -> list[str]:
        turn = branch.turn
        text = branch.lead + (turn.prefix + ("⟩" if turn.prefix else "…") + turn.text)[:_LEAD].replace("\n", " ")
        return [text, count(len(turn.tokens)), turn.run, count(turn.step), " ".join(drawn(turn))]

    def _tone(self, branch: Branch) -> str:
        return "chosen" if branch.turn.id == self._here else ""

    def _read(self) -> None:
        """The end of the text under the cursor."""
        branch: Branch | None = self.table.row
        stream = self.query_one(TextStream)
        stream.clear()
        if branch is not None:
            for span in self._tree.spans(self._tree.end(branch.turn.id)):
                stream.write(span.text[-_SEEN:], "prefix" if span.typed else "text")
            stream.to_end()

    def on_table_chosen(self, event: Table.Chosen) -> None:
        event.stop()
        self.action_stand()

    def on_table_moved(self) -> None:
        self._read()

    def on_input_changed(self, event: Input.Changed) -> None:
        self._show(event.value)

    def on_input_submitted(self) -> None:
        self.table.focus()

    def action_find(self) -> None:
        field = self.query_one(Input)
        field.display = True
        field.focus()

    def action_stand(self) -> None:
        branch: Branch | None = self.table.row
        if branch is not None:
            self.dismiss(self._tree.end(branch.turn.id))

    def action_copy(self) -> None:
        branch: Branch | None = self.table.row
        if branch is not None:
            self._keep(COPIED, self._tree.text(self._tree.end(branch.turn.id)))

    def action_markdown(self) -> None:
        self._keep(MARKDOWN, markdown(self._tree, f"Transcript of {self._session}"))

    def action_leave(self) -> None:
        field = self.query_one(Input)
        if field.display:
            field.value, field.display = "", False
            self.table.focus()
        else:
            self.dismiss(None)


_HINT = "Enter: go on there   /: find   c: copy   m: to Markdown   Esc: back"
_NOTHING = "Nothing was written yet: type a beginning in Generate (F5).   Esc: back"
