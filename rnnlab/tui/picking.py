"""`Picking`: a text that a person makes token by token, choosing among what the model holds likely; and its bars.

The value is pure: each step gives another one. It must not know hosts, nor the rest of the console.
"""

from __future__ import annotations

import msgspec
from rich.cells import cell_len, set_cell_size
from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from rnnlab.dialogue import Answering, Choice, Peek, Prompt
from rnnlab.specs import SampleSpec
from rnnlab.text.visible import label
from rnnlab.transcript import CHOSEN, Place, Tree
from rnnlab.tui.answer import Answer, Asking, known

CHOICES = 10
"""As many as there are digits."""
_LABEL, _SHARE, _BAR = 14, 8, 40


class Pick(msgspec.Struct, frozen=True):
    """What was chosen or typed at once."""

    ids: tuple[int, ...]
    text: str


class Picking(msgspec.Struct, frozen=True, kw_only=True):
    """Where one stands: a place in a text, and what was chosen since."""

    place: Place | None
    base: tuple[int, ...] | None
    """The tokens up to the place; None as long as they are not known."""
    by_text: bool = False
    """Whether the model was given the text and not the tokens up to the place: another one had written them."""
    picks: tuple[Pick, ...] = ()
    choices: tuple[Choice, ...] = ()
    who: Answering | None = None

    @property
    def typed(self) -> str:
        """The text of what was chosen."""
        return "".join(pick.text for pick in self.picks)

    @property
    def _ids(self) -> tuple[int, ...]:
        return tuple(token for pick in self.picks for token in pick.ids)

    def peek(self, tree: Tree, typed: str = "") -> Asking:
        """The question what could come next, after something that is typed."""
        before = "" if self.base is not None or self.place is None else tree.text(self.place)
        after = (*(self.base or ()), *self._ids)
        return Asking(question=Peek(prefix=before + typed, after=after, count=CHOICES), place=self.place, typed=typed)

    def answered(self, answer: Answer) -> Picking:
        """What is known after the answer: what was typed counts as chosen."""
        who, typed = answer.who, answer.asking.typed
        base, picks = self.base, self.picks
        if base is None and self.place is not None:
            base, typed = (who.read if who else ()), ""
        elif who and who.read:
            base, picks = base or (), (*picks, Pick(who.read, typed))
        return msgspec.structs.replace(self, base=base, picks=picks, choices=answer.choices, who=who)

    def picked(self, index: int) -> Picking | None:
        """With the choice of that number; None where there is none."""
        if index >= len(self.choices):
            return None
        choice = self.choices[index]
        return msgspec.structs.replace(self, picks=(*self.picks, Pick((choice.id,), choice.text)), choices=())

    def undone(self) -> Picking | None:
        """Without what was chosen last; None where nothing was."""
        chosen = [pick for pick in self.picks if pick.text or len(self.picks) > 1]
        return msgspec.structs.replace(self, picks=self.picks[:-1], choices=()) if chosen else None

    def go_on(self, sample: SampleSpec) -> Asking:
        """Let the model write on from here."""
        after = (*(self.base or ()), *self._ids)
        return Asking(
            question=Prompt(prefix="", after=after, sample=sample),
            place=self.place,
            typed=self.typed,
            chosen=() if self.by_text else self._ids,
        )

    def kept(self) -> Answer | None:
        """What was chosen, as an answer of which nothing was written; None where nothing was chosen."""
        if not self.typed or self.who is None:
            return None
        answer = Answer(self.go_on(SampleSpec()))
        answer.take(msgspec.structs.replace(self.who, seed=0, read=()))
        return answer


def picking(tree: Tree, place: Place | None, run: str) -> Picking:
    """Begin to choose at a place, or a new text."""
    tokens = known(tree, place, run) if place else None
    return Picking(place=place, base=tokens, by_text=place is not None and tokens is None)


class Bars(Widget):
    """The likeliest next tokens, each with its digit, a bar and its share."""

    DEFAULT_CSS = "Bars { height: auto; display: none; }"

    choices: reactive[tuple[Choice, ...]] = reactive((), layout=True)

    def render(self) -> RenderResult:
        if not self.choices:
            return Content.styled("asking what could come next …", "$text-muted")
        room = max(1, min(_BAR, self.size.width - _LABEL - _SHARE - 6))
        return Content("\n").join(_line(n, choice, room) for n, choice in enumerate(self.choices, 1))

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return max(1, len(self.choices))


def _line(number: int, choice: Choice, room: int) -> Content:
    name = label(choice.token)
    name = name if cell_len(name) <= _LABEL else set_cell_size(name, _LABEL - 1) + "…"
    bar = "█" * max(1, round(choice.probability * room))
    return Content.assemble(
        (f" {number % 10} ", "bold $accent"),
        f" {set_cell_size(name, _LABEL)} ",
        (f"{choice.probability:7.1%}".replace("%", " %"), "$text-muted"),
        (f" {bar}", "$accent"),
    )


__all__ = ["CHOICES", "CHOSEN", "Bars", "Pick", "Picking", "picking"]
