"""A transcript as a tree: every turn is a branch that begins a text, or goes on from a place in an earlier turn.

    tree = Tree.of(turns)
    tree.text(Place(turn="a1", tokens=12))

Values and pure functions. It must not know screens, files, or how a model writes.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import overload

import msgspec

from rnnlab.dialogue import Turn
from rnnlab.specs import SampleSpec
from rnnlab.text.visible import visible

CHOSEN = "chosen"
"""The cause of a turn whose tokens a person chose, and none were written after them."""
_IN_COMMON = ("prefix", "run", "split", "perplexity", "sample", "cause", "clamp")
"""What turns of a session often have in common."""


class Place(msgspec.Struct, frozen=True):
    """A place in a text: after so many of the tokens that a turn wrote."""

    turn: str
    tokens: int


def place_of(value: object) -> Place | None:
    """The place that a list of its turn and tokens means; None where it is none."""
    try:
        return Place(*msgspec.convert(value, tuple[str, int]))
    except msgspec.ValidationError:
        return None


class Span(msgspec.Struct, frozen=True):
    """A stretch of a text, and whether it was typed or written."""

    text: str
    typed: bool


class Branch(msgspec.Struct, frozen=True):
    """A turn in the order in which a tree is read."""

    turn: Turn
    depth: int
    """0 for the beginning of a text; a turn that simply goes on from a turn's end is as deep as that."""
    straight: bool = False
    """Whether it simply goes on from the end of the last turn above that is as deep."""

    @property
    def lead(self) -> str:
        """What stands before it in a list, to tell a branch from what goes straight on."""
        sign = "" if not self.turn.parent else "↓ " if self.straight else "└ "
        return "  " * self.depth + sign


class Packed(Sequence[int]):
    """Numbers that never change, in a quarter to an eighth of a tuple's room: a long session keeps many."""

    __slots__ = ("_numbers",)

    def __init__(self, numbers: Sequence[int]) -> None:
        """Whole numbers from 0."""
        most = max(numbers, default=0)
        self._numbers = array("B" if most < 1 << 8 else "H" if most < 1 << 16 else "Q", numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, at: int) -> int: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[int, ...]: ...
    def __getitem__(self, at: int | slice) -> int | tuple[int, ...]:
        return tuple(self._numbers[at]) if isinstance(at, slice) else self._numbers[at]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, tuple | Packed) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))


class Tree(msgspec.Struct, frozen=True):
    """Turns by id, every one after the turn that it goes on from. Nothing in it changes; `added` gives another tree.

    The ids of their tokens are packed.
    """

    turns: dict[str, Turn] = {}

    @classmethod
    def of(cls, turns: Iterable[Turn]) -> Tree:
        """The tree of a transcript: a turn without an id gets one; one whose parent is not there begins a text."""
        found: dict[str, Turn] = {}
        for number, turn in enumerate(turns):
            name = turn.id if turn.id and turn.id not in found else f"{number}."
            found[name] = packed(_rooted(msgspec.structs.replace(turn, id=name), found))
        return cls(found)

    def added(self, turn: Turn) -> Tree:
        """The tree with one turn more; its id must be new and its parent there."""
        newest = next(reversed(self.turns.values()), turn)
        return Tree({**self.turns, turn.id: alike(packed(turn), newest)})

    def newest(self, count: int) -> Tree:
        """The tree of that many turns, the newest."""
        kept: dict[str, Turn] = {}
        for name in [*self.turns][-count:]:
            kept[name] = _rooted(self.turns[name], kept)
        return Tree(kept)

    def end(self, turn: str) -> Place:
        """The place after all that a turn wrote."""
        return Place(turn, len(self.turns[turn].tokens))

    def path(self, place: Place) -> list[tuple[Turn, int]]:
        """The turns that make up the text up to a place, the first one first; how many tokens of each are in it."""
        steps: list[tuple[Turn, int]] = []
        name, kept = place.turn, place.tokens
        while turn := self.turns.get(name):
            steps.append((turn, kept))
            name, kept = turn.parent, turn.kept
        return steps[::-1]

    def spans(self, place: Place) -> list[Span]:
        """The text up to a place, what was typed apart from what was written."""
        spans = [
            span
            for turn, kept in self.path(place)
            for span in (Span(turn.prefix, True), Span(written_text(turn, kept), False))
        ]
        return [span for span in spans if span.text]

    def text(self, place: Place) -> str:
        """The text up to a place."""
        return "".join(span.text for span in self.spans(place))

    def tokens(self, place: Place) -> tuple[int, ...] | None:
        """The ids of all that a model has read there; None where a turn does not know its tokens."""
        path = self.path(place)
        if any((turn.text and not turn.tokens) or (turn.prefix and not turn.read) for turn, _ in path):
            return None
        return tuple(token for turn, kept in path for token in (*turn.read, *turn.tokens[:kept]))

    def written(self, place: Place) -> int:
        """How many of the last tokens there were drawn in a row from the turn's seed."""
        turn = self.turns.get(place.turn)
        return place.tokens + turn.written if turn else 0

    def back(self, place: Place) -> Place | None:
        """The place one token before, or before what was typed; None before everything."""
        turn = self.turns.get(place.turn)
        if turn is None or not (place.tokens or turn.parent):
            return None
        if place.tokens:
            return self._same(Place(place.turn, place.tokens - 1))
        return self._same(Place(turn.parent, turn.kept))

    def forward(self, place: Place) -> Place | None:
        """The place one token further, on the newest branch that goes on from here; None at its end."""
        after = [turn for turn in self.turns.values() if turn.parent == place.turn and turn.kept == place.tokens]
        if after and place.turn:
            return Place(after[-1].id, 0 if after[-1].prefix else min(1, len(after[-1].tokens)))
        turn = self.turns.get(place.turn)
        return Place(place.turn, place.tokens + 1) if turn and place.tokens < len(turn.tokens) else None

    def _same(self, place: Place) -> Place:
        """Before the first token of a turn that typed nothing, one is still in the turn before."""
        turn = self.turns[place.turn]
        typed_nothing = not place.tokens and not turn.prefix and turn.parent
        return self._same(Place(turn.parent, turn.kept)) if typed_nothing else place

    def leaves(self) -> list[Turn]:
        """The turns that no other goes straight on from: the ends of all texts, in the order in which they came."""
        gone_on = {(turn.parent, turn.kept) for turn in self.turns.values()}
        return [turn for turn in self.turns.values() if (turn.id, len(turn.tokens)) not in gone_on]

    def branches(self) -> Iterator[Branch]:
        """Every turn, texts in the order in which they were begun, each followed by what goes on from it."""
        children: dict[str, list[Turn]] = {}
        for turn in self.turns.values():
            children.setdefault(turn.parent, []).append(turn)
        waiting = [Branch(turn, 0) for turn in reversed(children.get("", []))]
        while waiting:
            branch = waiting.pop()
            yield branch
            after = children.get(branch.turn.id, [])
            # The first that goes on from the very end is the same text: it stands in the same column.
            straight = next((t for t in after if t.kept == len(branch.turn.tokens)), None)
            order = [t for t in after if t is not straight] + ([straight] if straight else [])
            waiting += [Branch(t, branch.depth + (t is not straight), t is straight) for t in reversed(order)]


def _rooted(turn: Turn, known: Container[str]) -> Turn:
    """The turn, which begins a text where the one that it went on from is not there."""
    if not turn.parent or turn.parent in known:
        return turn
    # Without what came before, its tokens are not all that the model had read.
    return msgspec.structs.replace(turn, parent="", read=(), tokens=(), sizes=())


def packed(turn: Turn) -> Turn:
    """The turn with the ids of its tokens in little room."""
    if isinstance(turn.tokens, Packed):
        return turn
    # Ids below 0 or too large for any vocabulary come from a damaged file only; they stay as they are.
    if not all(0 <= number < 1 << 63 for number in (*turn.tokens, *turn.sizes)):
        return turn
    return msgspec.structs.replace(turn, tokens=Packed(turn.tokens), sizes=Packed(turn.sizes) if turn.sizes else ())


def shared(turns: Iterable[Turn]) -> Iterator[Turn]:
    """The same turns, of which each has what is as in the one before as the same objects.

    Of thousands most were written by the same run with the same settings, and all would have their own.
    """
    before: Turn | None = None
    for turn in turns:
        before = alike(turn, before) if before else turn
        yield before


def alike(turn: Turn, other: Turn) -> Turn:
    """The turn, with what it has in common with another as the other's objects."""
    common = {name: its for name in _IN_COMMON if getattr(turn, name) == (its := getattr(other, name))}
    return msgspec.structs.replace(turn, **common)


def written_text(turn: Turn, kept: int) -> str:
    """What the first tokens of a turn wrote; all of it where the turn does not know its tokens."""
    if not turn.tokens:
        return turn.text
    return turn.text[: sum(turn.sizes[:kept]) if turn.sizes else kept]


def found(turns: Iterable[Turn], words: str) -> list[Turn]:
    """The turns in which the words come as they are, in what was typed, written, or the run's name; case is ignored."""
    wanted = words.casefold()
    return [turn for turn in turns if wanted in f"{turn.prefix}{turn.text}\n{turn.run}".casefold()]


def drawn(turn: Turn) -> list[str]:
    """How a turn's tokens were chosen: what one has to set to get the same text at the same step."""
    if turn.cause == CHOSEN:
        return ["chosen by hand"]
    sample: SampleSpec = turn.sample
    held = [f"unit {clamp.layer}:{clamp.unit}={clamp.value:g}" for clamp in turn.clamp]
    if sample.beam > 1:
        return [f"beam {sample.beam}", *held]
    penalty = [f"repetition {sample.repetition:g}"] if sample.repetition > 1 else []
    if sample.greedy:
        return ["greedy", *penalty, *held]
    limits = [
        f"top k {sample.top_k}" if sample.top_k else "",
        f"top p {sample.top_p:g}" if sample.top_p < 1 else "",
        f"min p {sample.min_p:g}" if sample.min_p > 0 else "",
    ]
    heat = "T " + "/".join(f"{temperature:g}" for temperature in sample.temperatures)
    return [heat, *filter(None, limits), *penalty, *held, f"seed {turn.seed}"]


def signature(turn: Turn) -> str:
    """Who wrote a turn, at which step, how good it was then, and how its tokens were chosen."""
    measured = f"{turn.split} perplexity {turn.perplexity:.4g}" if turn.split and turn.perplexity is not None else ""
    return ", ".join(filter(None, [turn.run, f"step {turn.step:,}", measured, *drawn(turn)]))


def markdown(tree: Tree, title: str) -> str:
    """The transcript as a Markdown document: every text in a fence, what a terminal would obey made visible."""
    parts = [f"# {visible(title)}\n"]
    for number, branch in enumerate(tree.branches(), 1):
        turn = branch.turn
        text = visible(tree.text(tree.end(turn.id)), lines=True)
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
        typed = f"Typed: {_quoted(turn.prefix)}\n\n" if turn.prefix else ""
        parts.append(f"## {number}. {visible(signature(turn))}\n\n{typed}{fence}text\n{text}\n{fence}\n")
    return "\n".join(parts)


def _quoted(text: str) -> str:
    """A text as inline code on one line."""
    shown = visible(text)
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"
