"""The Model pane: the form of hyperparameters, what they come to on the chosen corpus, and Enter.

It paints a draft that the screen holds and posts what a person types. It must not know hosts, nor check anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from rnnlab.specs import Field
from rnnlab.text.amounts import counted
from rnnlab.text.report import CorpusReport
from rnnlab.text.visible import visible
from rnnlab.tui import keys
from rnnlab.tui.draft import Checked, Draft, show
from rnnlab.tui.fields import STEPS, Edited, Submitted, options
from rnnlab.tui.figures import count
from rnnlab.tui.form import ELSEWHERE, Form, More
from rnnlab.tui.pane import Pane, say
from rnnlab.tui.safe import plain
from rnnlab.tui.words import size

HELP_LINES, SUM_LINES = 3, 2
_NOTHING = Checked(errors={}, spec=None, plan=None)


class ModelPane(Pane):
    """The form and what it comes to."""

    BINDINGS = [  # noqa: RUF012 - Textual's own idiom
        *keys.of("model"),
        *STEPS,
    ]
    DEFAULT_CSS = """
    ModelPane {
        & > Form { height: 1fr; }
        & > #help { height: 3; color: $text-muted; }
        & > #sums { height: 2; text-wrap: nowrap; text-overflow: ellipsis; }
    }
    """

    draft: reactive[Draft] = reactive(Draft(), init=False, repaint=False)
    checked: reactive[Checked] = reactive(_NOTHING, init=False, repaint=False)
    report: reactive[CorpusReport | None] = reactive(None, init=False, repaint=False)
    """The corpus that the sums are for."""
    starting: reactive[bool] = reactive(False, init=False, repaint=False)
    reasons: reactive[dict[str, str]] = reactive(dict, init=False, repaint=False)
    """Why suggested values are what they are, by dotted name."""
    estimate: reactive[str] = reactive("", init=False, repaint=False)
    """How long the training takes here, where that was measured."""

    @dataclass
    class Changed(Message):
        """A field's text was changed."""

        path: str
        text: str

    _help_lines = HELP_LINES

    class SuggestAsked(Message):
        """Fill in a spec to begin with."""

    class StartAsked(Message):
        """Enter: train this."""

    def compose(self) -> ComposeResult:
        self.border_title = keys.title("model")
        yield Form().data_bind(ModelPane.draft)
        yield Static(id="help")
        yield Static(id="sums")

    def on_mount(self) -> None:
        self.ready = True
        self._paint()

    @property
    def form(self) -> Form:
        return self.query_one(Form)

    def watch_checked(self, checked: Checked) -> None:
        self._paint()

    def watch_report(self) -> None:
        self._paint()

    def watch_starting(self) -> None:
        self._paint()

    def on_descendant_focus(self) -> None:
        self._paint()

    def on_descendant_blur(self) -> None:
        self._paint()

    def on_focus(self) -> None:
        self._paint()

    def _paint(self) -> None:
        if not self.ready:
            return
        self.form.errors = self.checked.errors
        # Where there is not room for all, an error takes a line or two from the help, not from the fields.
        room = self.content_size.height - self.form.rows - SUM_LINES
        lines = min(max(room, 1), HELP_LINES) if self.checked.errors else HELP_LINES
        if lines != self._help_lines:
            self._help_lines = self.query_one("#help").styles.height = lines
        field = self.form.focused_field
        say(
            self.query_one("#help", Static),
            Content(_help(field, self.reasons.get(field.path, ""))) if field else plain(self._invitation()),
        )
        say(self.query_one("#sums", Static), Content(self._sums()))
        subtitle = "starting…" if self.starting else "Enter: start training"
        if self.border_subtitle != subtitle:
            self.border_subtitle = subtitle

    def _invitation(self) -> str:
        spec, report = self.checked.spec, self.report
        if spec is None or report is None or self.checked.errors:
            return ""
        layers = f" in {spec.model.layers} layers" if spec.model.layers > 1 else ""
        return (
            f"Enter trains {spec.model.cell.upper()} with {count(spec.model.hidden)} units{layers} on {report.title}."
        )

    def _sums(self) -> str:
        plan = self.checked.plan
        if plan is None:
            errors = self.checked.errors
            elsewhere = [f"✕ {visible(errors[path])}" for path in ELSEWHERE if path in errors]
            wrong = len(errors) - len(elsewhere)
            return "\n".join([*elsewhere, *([f"✕ {counted(wrong, 'field')} to mend"] if wrong else [])]) or "…"
        batches, steps = counted(plan.batches, "batch", "batches"), counted(plan.total_steps, "step")
        # What it takes is of more use than how many batches make an epoch; both together are wider than the pane.
        length = f"{steps}, {self.estimate}" if self.estimate else f"{batches} an epoch, {steps} in total"
        return (
            f"{count(plan.parameters)} weights ({size(plan.weight_bytes)}), memory ~{size(plan.memory_bytes)}\n{length}"
        )

    def action_start(self) -> None:
        self.post_message(self.StartAsked())

    def action_suggest(self) -> None:
        self.post_message(self.SuggestAsked())

    def watch_reasons(self) -> None:
        self._paint()

    def watch_estimate(self) -> None:
        self._paint()

    def action_more(self) -> None:
        self.form.unfolded = not self.form.unfolded

    def action_default(self) -> None:
        self.form.put_default()

    def action_step(self, lines: int) -> None:
        self.form.action_step(lines)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return not self.ready or action != "default" or self.form.focused_field is not None

    def on_more_toggled(self, event: More.Toggled) -> None:
        event.stop()
        self.action_more()

    def on_edited(self, event: Edited) -> None:
        event.stop()
        self.post_message(self.Changed(event.path, event.text))

    def on_submitted(self, event: Submitted) -> None:
        event.stop()
        self.action_start()


def _help(field: Field, reason: str) -> str:
    """What the focused field does, what it takes, and its default."""
    choices = options(field)
    # Where the help tells the choices apart, their list would only repeat it; nobody types a number with ten digits.
    listed = "" if all(choice in field.about.help for choice in choices) else f" {', '.join(choices)}"
    takes = f"←→{listed}" if choices else field.bounds(most=10**9)
    default = show(field, field.default)
    told = [f"suggested: {reason}" if reason else "", field.about.help, takes, f"default {default}" if default else ""]
    return "; ".join(part for part in told if part)
