"""`Footer`: the keys that work where one is, from the bindings that are active there.

One painted line instead of a widget for each key: it changes with every step of the focus, and must not cost anything.
Where not all fits, the table of keys says what stays. It must not know what keys do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.binding import ActiveBinding
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from rnnlab.tui import keys
from rnnlab.tui.pane import Pane

_GAP = 2


class Footer(Widget):
    """Keys with a word each; a click does what the key does."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"footer--key", "footer--word"}
    DEFAULT_CSS = """
    Footer {
        height: 1;
        & > .footer--key { color: $accent; text-style: bold; }
        & > .footer--word { color: $text-muted; }
    }
    """

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, screen: Screen[object]) -> None:
        if screen is self.screen:
            self.refresh()

    def _shown(self) -> Sequence[tuple[str, str, str]]:
        """(Textual's name of the key, the key as it is printed, word) of what is shown, in the table's order."""
        table, places = keys.by_id(), list(keys.PLACES)
        bindings = tuple(self.screen.active_bindings.values())  # found anew whenever one asks
        active, words = _active(bindings), _words(bindings)
        chosen = sorted((table[name] for name in active if table[name].weight), key=lambda key: -key.weight)
        room, kept = self.size.width - 1, []
        for key in chosen:
            printed = keys.readable(active[key.id])
            word = words.get(key.id, key.description)
            needed = cell_len(f"{printed} {word}") + _GAP
            if needed <= room:
                room -= needed
                kept.append((key, printed, word))
        last = len(places)
        kept.sort(key=lambda each: _position(each[0], places, last))
        return [(active[key.id], printed, word) for key, printed, word in kept]

    def render_line(self, y: int) -> Strip:
        word = self.get_component_rich_style("footer--word")
        segments = [Segment(" ", word)]
        for _, printed, description in self._shown():
            segments.append(Segment(printed, self.get_component_rich_style("footer--key")))
            segments.append(Segment(f" {description}" + " " * _GAP, word))
        return Strip(segments).adjust_cell_length(self.size.width, word)

    def on_click(self, event: events.Click) -> None:
        left = 1
        for name, printed, description in self._shown():
            left += cell_len(f"{printed} {description}") + _GAP
            if event.x < left:
                self.app.simulate_key(name)
                return


def _words(bindings: Iterable[ActiveBinding]) -> dict[str, str]:
    """What is said of keys by the panes that have them, by id, otherwise than in the table."""
    panes = {bound.node for bound in bindings if isinstance(bound.node, Pane)}
    return {name: word for pane in panes for name, word in pane.words.items()}


def _active(bindings: Iterable[ActiveBinding]) -> dict[str, str]:
    """The key to press for each id that works here: the first of those that do the same."""
    found: dict[str, list[str]] = {}
    for bound in bindings:
        if bound.enabled and bound.binding.id:
            found.setdefault(bound.binding.id, []).append(bound.binding.key)
    return {
        name: next((press for press in key.keys.split(",") if press in found[name]), found[name][0])
        for name, key in keys.by_id().items()
        if name in found
    }


def _position(key: keys.Key, places: list[str], last: int) -> tuple[int, int]:
    """The narrower a place the further left; help and leave always last."""
    place = places.index(key.where)
    return (last - place if place > 1 else last + 1 - place, keys.TABLE.index(key))
