"""The bench's half that holds the console's answers against the training text, when nobody writes.

An answer is shown first and looked up later, one at a time; a corpus that is indexed for the first time is waited for
in silence. It must not know how a copy is shown.
"""

from __future__ import annotations

from collections import deque

from rnnlab.dialogue import Turn
from rnnlab.errors import RnnlabError
from rnnlab.hosts.base import Host
from rnnlab.text.report import Originality
from rnnlab.tui.aside import reading
from rnnlab.tui.composing import Composing
from rnnlab.tui.exploring import Exploring

LONGEST = 20_000
"""Characters of an answer that is looked up unasked: a longer one would keep a core busy for too long."""


class Tracing(Exploring):
    """Finds out what of each answer is copied, by what the run that wrote it was trained on."""

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._untraced: deque[Turn] = deque()
        self._tracing = False

    def on_composing_turned(self, event: Composing.Turned) -> None:
        self._untraced.append(event.turn)
        self._trace_on()

    def on_lane_went(self) -> None:
        self._trace_on()

    def _trace_on(self) -> None:
        if self._untraced and not self._tracing:
            self._tracing = True
            self.run_worker(self._trace, group="copies")

    async def _trace(self) -> None:
        """Until all is known, or somebody writes: the end of that answer begins it again."""
        console = self.query_one(Composing)
        try:
            while self._untraced and not console.busy:
                turn = self._untraced.popleft()
                found = await self._copied(turn)
                for lane in console.lanes:
                    lane.copies.tell(turn, found)
        finally:
            self._tracing = False

    async def _copied(self, turn: Turn) -> Originality | None:
        """What of it is copied; None where that cannot be told, as of a run or a corpus that is gone."""
        if not 0 < len(turn.text) <= LONGEST:
            return None
        try:
            return await reading(self.host.originality, turn.run, turn.text)
        except RnnlabError:
            return None
