"""`History`: what was asked before, to be brought back with the arrow keys. It must not know widgets."""

from __future__ import annotations

from rnnlab.text.visible import visible

KEPT = 500


class History:
    """Texts from the oldest to the newest, and after them the one that is being typed."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._at = 0
        self._draft = ""

    def add(self, text: str) -> None:
        """Keep a text as the newest and begin from there again.

        One that was there before moves; one with what a terminal would obey is not kept.
        """
        if text and visible(text, lines=True) == text:
            self._texts = [*(kept for kept in self._texts if kept != text), text][-KEPT:]
        self._at = len(self._texts)

    def recall(self, by: int, current: str) -> str:
        """The text that many further (backwards where negative); what was being typed waits at the end."""
        if self._at == len(self._texts):
            self._draft = current
        self._at = min(max(self._at + by, 0), len(self._texts))
        return self._draft if self._at == len(self._texts) else self._texts[self._at]
