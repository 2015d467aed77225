"""`KnobsScreen`: asks for new values of a live run's knobs, in one line. It must not know hosts, nor who turns them."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, Static

from rnnlab.errors import SpecError
from rnnlab.hosts.values import RunSummary
from rnnlab.specs import RunSpec, Value, parse_assignments
from rnnlab.specs.knobs import KNOBS, turned
from rnnlab.tui.dialog import Dialog
from rnnlab.tui.safe import plain

_SHORT = {path.partition(".")[2]: path for path in KNOBS}


def changes_of(text: str, spec: RunSpec) -> dict[str, Value]:
    """The values typed, as in `lr=0.001, clip_at=5`; raises SpecError where one is no knob or out of bounds."""
    words = text.replace(",", " ").split()
    named = [_SHORT.get(name, name) + equals + value for name, equals, value in (w.partition("=") for w in words)]
    changes = parse_assignments(named)
    turned(spec, changes)
    return changes


class KnobsScreen(Dialog[Any]):
    """Dismissed with the new values by dotted name, or with nothing."""

    BINDINGS = [Binding("escape", "dismiss({})", "back", id="knobs-back")]  # noqa: RUF012 - Textual's own idiom
    DEFAULT_CSS = """
    KnobsScreen {
        & > Vertical {
            width: 72; max-width: 100%; height: auto; border: heavy $accent; padding: 0 1; background: $panel;
        }
        #names { color: $text-muted; margin: 1 0; }
        #wrong { color: $error; display: none; }
    }
    """

    def __init__(self, run: RunSummary) -> None:
        super().__init__()
        self._run = run

    def body(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = plain(f"Turn knobs of {self._run.id}, from its next step on")
            yield Static(plain(f"name=value, as often as you like; of {', '.join(_SHORT)}"), id="names")
            yield Input(placeholder="lr=0.001 clip_at=5", compact=True)
            yield Static(id="wrong")
            yield Static(plain("A checkpoint is saved first. Enter: turn them   Esc: back"), id="hint")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            self.dismiss(changes_of(event.value, self._run.spec))
        except SpecError as error:
            wrong = self.query_one("#wrong", Static)
            wrong.display = True
            wrong.update(plain(f"✕ {error}"))
