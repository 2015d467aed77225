"""`CopyMarks`: what is copied in the turns of one stream, underlined there, and said under the answer.

An answer is shown first; what of it is copied is known later, or never. It must not know hosts, nor how that is found.
"""

from __future__ import annotations

import msgspec

from rnnlab.dialogue import Turn
from rnnlab.text.report import Originality
from rnnlab.tui.copied import turn_parts, verdict
from rnnlab.tui.flow import Mark
from rnnlab.tui.stream import TextStream

KNOWN = 2000
"""Turns of which it is remembered; a console has as many."""


class CopyMarks:
    """Writes turns into a stream, with their copies as far as these are known."""

    def __init__(self, stream: TextStream, beside: CopyMarks | None = None) -> None:
        self._stream = stream
        self._known: dict[str, Originality] = beside._known if beside else {}
        """By the turns' ids, of those in which something is copied; one for all streams side by side."""
        self._unchecked: dict[str, Mark] = {}
        """Where turns begin of which that is not known yet."""
        self._signed: tuple[str, Mark] | None = None
        """The turn whose stamp was written last, and where that ends."""
        self._where = "" if beside else " (F6, 6 shows where)"
        """The microscope looks at the selected run alone."""

    def write(self, turn: Turn, kept: int) -> None:
        """Write what was typed, and the first so many tokens that were written after it."""
        for text, role in turn_parts(turn, kept, self._known.get(turn.id)):
            self._stream.write(text, role)

    def answered(self, turn: Turn, begin: Mark) -> None:
        """A turn was written and stamped that begins there; what is copied in it will be told."""
        self._unchecked[turn.id] = begin
        self.signed(turn, len(turn.tokens))

    def signed(self, turn: Turn, kept: int) -> None:
        """The stamp of a turn was written: what is copied comes under it, unless one has stepped back in the turn."""
        whole = kept == len(turn.tokens)
        self._signed = (turn.id, self._stream.end) if whole else None
        if whole:
            self._say(turn)

    def tell(self, turn: Turn, found: Originality | None) -> None:
        """It is known what is copied in a turn; None where nobody can tell."""
        begin = self._unchecked.pop(turn.id, None)
        if found is None or not found.spans:
            return
        # What stands around a copy is shown elsewhere, and is many times as long as all else.
        spans = (msgspec.structs.replace(span, before="", after="") for span in found.spans)
        self._known[turn.id] = found = msgspec.structs.replace(found, spans=tuple(spans))
        if len(self._known) > KNOWN:
            del self._known[next(iter(self._known))]
        if begin is not None:
            self._stream.recolour(begin, turn_parts(turn, len(turn.tokens), found))
        if self._signed == (turn.id, self._stream.end):
            self._say(turn)

    def _say(self, turn: Turn) -> None:
        if found := self._known.get(turn.id):
            self._stream.write(f"\n{verdict(found)}{self._where}", "stamp")
