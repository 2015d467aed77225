"""`Lane`: one model's side of the console: its texts, where one stands in the last of them, and the answer that comes.

It is fed with pieces and posts what has come of them; it never fetches, and must not know hosts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from rnnlab.dialogue import Answered, Answering, AnyPiece, Choices, Peek, Refused, Turn, Wrote
from rnnlab.text.visible import visible
from rnnlab.transcript import Place, Tree
from rnnlab.tui.answer import Answer, Asking, stamp, unknown_note
from rnnlab.tui.copy_marks import CopyMarks
from rnnlab.tui.flow import Mark
from rnnlab.tui.microscope.asking import Subject
from rnnlab.tui.side_title import SideTitle
from rnnlab.tui.stream import TextStream

TEXTS = 200
"""The newest texts of a transcript that are shown."""


class _Shown(NamedTuple):
    """A turn of the text that stands at the end."""

    turn: str
    kept: int
    mark: Mark
    """Where it begins."""


class Lane(Vertical):
    """Questions to one model, and its answers."""

    DEFAULT_CSS = """
    Lane {
        width: 1fr;
        &.-beside { padding-left: 1; }
    }
    """

    @dataclass
    class Turned(Message):
        """An answer ended: what a transcript keeps of it."""

        lane: Lane
        turn: Turn

    @dataclass
    class Peeked(Message):
        """What could come next is known."""

        answer: Answer

    @dataclass
    class Refused(Message):
        """There is no answer, and it was said why; what was typed can be mended."""

        typed: str

    @dataclass
    class Told(Message):
        """Something is worth a line."""

        text: str
        wrong: bool

    class Went(Message):
        """An answer was begun, or one ended."""

    def __init__(self, number: int, subject: Subject | None = None, copies: CopyMarks | None = None) -> None:
        super().__init__(classes="-beside" if number else None)
        self.number = number
        self.subject = subject
        """Who writes; None for whoever is selected."""
        self.place: Place | None = None
        """Where one stands in the text at the end; None where that is done with."""
        self.answer: Answer | None = None
        self._waiting: deque[Asking] = deque()
        self._tree = Tree()
        self._shown: list[_Shown] = []
        self._end: Mark | None = None
        """Where the text at the end ends, and its stamp begins."""
        self._draft: Mark | None = None
        """Where a text begins that nobody has written on yet."""
        # Both are at hand before the lane is on the screen: it may be titled while it is only on its way there.
        self._title = SideTitle()
        self._stream = TextStream()
        self.copies = CopyMarks(self._stream, copies)

    def compose(self) -> ComposeResult:
        yield self._title
        yield self._stream

    @property
    def stream(self) -> TextStream:
        return self._stream

    @property
    def busy(self) -> bool:
        return self.answer is not None

    def title(self, text: str) -> None:
        """Show whose side it is, or nothing."""
        self._title.text = text

    def begin(self, asking: Asking, tree: Tree) -> None:
        """A question was asked; its pieces will come, after those of one that is still being answered."""
        self._tree = tree
        self._waiting.append(asking)
        if self.answer is None:
            self._next()

    def feed(self, pieces: Iterable[AnyPiece]) -> None:
        """Some more of the answer; texts that come together are painted at once."""
        texts: list[str] = []
        for piece in pieces:
            if self.answer is None:
                break
            if isinstance(piece, Wrote):
                self.answer.take(piece)
                texts.append(piece.text)
                continue
            self._write(texts)
            self._take(piece)
        self._write(texts)

    def end(self) -> None:
        """Nobody answers any more: what is there stays."""
        self._waiting.clear()
        if self.answer is not None:
            self._finish("stopped")
        self.post_message(self.Went())

    def load(self, tree: Tree) -> None:
        """Show an earlier transcript instead of what is there, its end in sight."""
        self._stream.clear()
        for turn in tree.leaves()[-TEXTS:]:
            self.place = None
            self.show(tree, tree.end(turn.id))
        self.place = None
        self._stream.to_end()

    def show(self, tree: Tree, place: Place, added: str = "") -> None:
        """Stand at a place: what is on the screen of its text stays, the rest is written anew, then what is added."""
        path = [(turn.id, kept) for turn, kept in tree.path(place)]
        if self.place is None:
            self._open()
        self._tree, self.place = tree, place
        shown = [(turn, kept) for turn, kept, _ in self._shown]
        same = next(
            (n for n, (a, b) in enumerate(zip(path, shown, strict=False)) if a != b), min(len(path), len(shown))
        )
        if not self._cut(same):
            same = 0
        for name, kept in path[same:]:
            self._shown.append(_Shown(name, kept, self._stream.end))
            self.copies.write(tree.turns[name], kept)
        self._end = self._stream.end
        self._stream.write(added, "prefix")
        if not added:
            self._stamp(stamp(tree.turns[place.turn], kept=place.tokens, named=not self._title.text))
            self.copies.signed(tree.turns[place.turn], place.tokens)

    def draft(self, tree: Tree, place: Place | None, added: str) -> None:
        """Show a text that is being chosen: what stands before it, and what was added."""
        if place is not None:
            self.show(tree, place, added)
            return
        self.place = None
        self._open()
        self._draft = self._end
        self._stream.write(added, "prefix")

    def _open(self) -> None:
        """A new text begins at the end, where a draft goes for it."""
        gone = self._draft is not None and self._stream.back_to(self._draft)
        if not gone and not self._stream.empty:
            self._stream.write("\n\n", "text")
        self._shown, self._end, self._draft = [], self._stream.end, None

    def _cut(self, same: int) -> bool:
        """Forget all of the text at the end but its first turns; False where even these are long gone."""
        mark = self._shown[same].mark if same < len(self._shown) else self._end
        if mark is not None and self._stream.back_to(mark):
            del self._shown[same:]
            return True
        self._stream.clear()
        self._shown = []
        return False

    def _next(self) -> None:
        """Turn to the next question, or to none."""
        self.answer = Answer(self._waiting.popleft()) if self._waiting else None
        if self.answer is not None:
            self._head(self.answer.asking)
        self._stream.writing = self.busy and not self._peeking
        self.post_message(self.Went())

    @property
    def _peeking(self) -> bool:
        return self.answer is not None and isinstance(self.answer.asking.question, Peek)

    def _head(self, asking: Asking) -> None:
        """Write what the answer will be written behind."""
        if self._peeking:
            return
        if asking.place is None:
            self.place = None
            self._open()
        else:
            self.show(self._tree, asking.place)
            if self._end is not None:
                self._stream.back_to(self._end)
        self._stream.write(asking.typed, "prefix")
        self._stream.to_end()

    def _write(self, texts: list[str]) -> None:
        if texts:
            self._stream.write("".join(texts), "text")
            texts.clear()

    def _take(self, piece: AnyPiece) -> None:
        assert self.answer is not None
        if isinstance(piece, Answering | Choices):
            self.answer.take(piece)
            if isinstance(piece, Answering):
                self.post_message(self.Told(unknown_note(piece.unknown), wrong=True))
                self.post_message(self.Went())
        elif isinstance(piece, Answered):
            self._finish(piece.cause, piece)
            self._next()
        elif isinstance(piece, Refused):
            if self._peeking:
                self.post_message(self.Told(piece.message, wrong=True))
            else:
                self._stream.write(f"\n{piece.message}", "bad")
            # What was chosen is no typing that could be mended.
            self.post_message(self.Refused("" if self.answer.asking.chosen else self.answer.asking.typed))
            self._next()

    def _finish(self, cause: str, answered: Answered | None = None) -> None:
        """Put the stamp under the answer and give it away."""
        answer, peeking = self.answer, self._peeking
        self.answer, self._stream.writing = None, False
        if answer is None or answer.who is None:
            return
        if peeking:
            self.post_message(self.Peeked(answer))
            return
        turn = answer.turn(cause)
        assert turn is not None
        self._tree = self._tree.added(turn)
        self.place = self._tree.end(turn.id)
        begin = self._end or self._stream.end
        # A half of a character at the end is shown and goes when the text goes on: then it is written anew.
        whole = sum(turn.sizes) == len(turn.text) if turn.sizes else len(turn.tokens) == len(turn.text)
        self._shown.append(_Shown(turn.id, len(turn.tokens) if whole else -1, begin))
        self._end = self._stream.end
        self._stamp(unknown_note(answer.who.unknown), "note")
        self._stamp(stamp(turn, answered, named=not self._title.text))
        self.copies.answered(turn, begin)
        self.post_message(self.Turned(self, turn))

    def _stamp(self, text: str, role: str = "stamp") -> None:
        if text:
            self._stream.write("\n" + visible(text), role)
