"""`Pane`: one of the quarters of the bench. It must not know what stands in it."""

from __future__ import annotations

from textual.containers import Vertical
from textual.widget import Widget


class Pane(Vertical, can_focus=True):
    """A bordered container; the screen goes to `entry` when a person goes to the pane."""

    DEFAULT_CSS = """
    Pane {
        border: round $border-blurred;
        border-title-color: $text-muted;
        border-subtitle-color: $text-muted;
        padding: 0 1;
        &:focus, &:focus-within {
            border: heavy $accent;
            border-title-color: $accent;
            border-title-style: bold;
            border-subtitle-color: $accent;
        }
    }
    """

    ready = False
    """Whether what stands in it is there to be painted; set when it is mounted."""

    @property
    def entry(self) -> Widget:
        """What is focused when the pane is first gone to."""
        return self
