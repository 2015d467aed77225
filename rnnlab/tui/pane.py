"""`Pane`: one of the quarters of the bench. It must not know what stands in it."""

from __future__ import annotations

from collections.abc import Mapping

from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static


def say(line: Static, content: Content) -> None:
    """Put text into a line of fixed height where it is new: Textual would lay out the whole screen for an old one."""
    if line.content != content:
        line.update(content, layout=False)


class Pane(Vertical, can_focus=True):
    """A bordered container; the screen goes to `entry` when a person goes to the pane, and marks the one it is in.

    Marked by a class and not by `:focus-within`, with which Textual would style everything in the pane anew at each
    step from field to field.
    """

    DEFAULT_CSS = """
    Pane {
        border: round $border-blurred;
        border-title-color: $text-muted;
        border-subtitle-color: $text-muted;
        padding: 0 1;
        &.-active {
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
    def covered(self) -> bool:
        """Whether a screen without gaps is in front of it; it is told again what there is when that one goes."""
        stack = self.app.screen_stack
        above = stack[stack.index(self.screen) + 1 :] if self.screen in stack else []
        return any(screen.styles.background.a == 1 for screen in above)

    @property
    def words(self) -> Mapping[str, str]:
        """What keys do now, by id, for the footer: where that is another word than the table's."""
        return {}

    @property
    def entry(self) -> Widget:
        """What is focused when the pane is first gone to."""
        return self
