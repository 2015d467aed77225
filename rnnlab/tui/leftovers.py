"""What Textual and rich hold on to of screens, sizes, looks and texts that are gone, let go, or never kept; few heaps
for many threads.

Both remember thousands of results for the whole program: where regions meet, how styles add up, how wide texts are.
After hours of use those of long ago are most of them, and one of these caches keeps every line that a closed screen
painted (`StylesCache.get_inner_outer`, whose key is the painter). It must not know which screens there are.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import gc
from collections.abc import Callable, Generator, Iterable, Iterator
from contextvars import Token
from typing import Any, NoReturn
from weakref import ref

import rich.cells
import textual.strip
from rich.segment import Segment
from rich.style import Style
from textual._compositor import Compositor
from textual._context import active_message_pump
from textual._styles_cache import StylesCache
from textual.app import App
from textual.cache import LRUCache
from textual.css.scalar import Scalar
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.filter import ANSIToTruecolor
from textual.geometry import Region, Size
from textual.message_pump import MessagePump
from textual.messages import Prompt
from textual.strip import Strip
from textual.widget import Widget

_OWNERS = (StylesCache, Strip, Region, Scalar, ANSIToTruecolor, Style, Segment, rich.cells)
_LARGE = 1024
"""Entries from which on a cache is worth clearing; smaller ones hold what never changes."""

_LOOKS = ("styles", "_css_styles", "_inline_styles")
"""What a node knows its looks by."""

_ARENA_MAX, _MMAP_THRESHOLD = -8, -3
"""Numbers that malloc.h gives these."""
_ARENAS, _BLOCK = 2, 256 << 10


class Forgetful:
    """A cache of Textual's kind that keeps nothing."""

    def get(self, key: object, default: object = None) -> object:
        return default

    def __getitem__(self, key: object) -> NoReturn:
        raise KeyError(key)

    def __setitem__(self, key: object, value: object) -> None:
        """Keep it not."""

    set = __setitem__

    def __contains__(self, key: object) -> bool:
        return False

    def clear(self) -> None:
        """There is nothing."""


_FORGETFUL = Forgetful()


def light_strips() -> None:
    """Have a painted line not keep what was cut from it.

    Textual gives each line seven caches of its pieces: five of six lines in memory are such pieces, and to make the
    caches takes longer than they ever save.
    """
    textual.strip.FIFOCache = lambda size: _FORGETFUL  # ty: ignore[invalid-assignment]


def light_contexts() -> None:
    """Have a widget not hold on to the one that was at work when it began.

    Textual puts back what was active before when a widget's work ends, and so keeps it until then: a scroll bar that
    showed itself under a screen long gone would keep all of that screen.
    """
    MessagePump._context = _context  # ty: ignore[invalid-assignment]


@contextlib.contextmanager
def _context(pump: MessagePump) -> Generator[None]:
    token = active_message_pump.set(pump)
    before = None if token.old_value is Token.MISSING else ref(token.old_value)
    if before is not None:
        del token  # it holds what was before
    try:
        yield
    finally:
        if before is None:
            active_message_pump.reset(token)
        elif (old := before()) is not None:
            active_message_pump.set(old)


def light_layouts() -> None:
    """Have a layout leave nothing behind.

    Textual finds where all widgets are by a function that calls itself from within: such a function, and with it where
    everything was, is there until Python looks for what only holds itself. It is looked for right away, where all that
    came since is still young and looked through in no time; later it is old, and that takes a tenth of a second.
    """
    arrange = Compositor._arrange_root

    def arranged(compositor: Compositor, root: Widget, size: Size, visible_only: bool = True) -> Any:
        collects = gc.isenabled()
        gc.disable()
        try:
            return arrange(compositor, root, size, visible_only)
        finally:
            if collects:
                gc.enable()
                gc.collect(0)

    Compositor._arrange_root = arranged  # ty: ignore[invalid-assignment]


def light_looks() -> None:
    """Have a widget's parts know their looks and their widget alone, and be gone when others take their place.

    Textual makes a node for each part, whenever one comes to the widget or leaves it, as if keys and messages could
    come to that node: four fifths of its memory. And node and looks hold each other.
    """
    process = Stylesheet._process_component_classes

    def processed(stylesheet: Stylesheet, node: DOMNode) -> None:
        before = tuple(node._component_styles.values())
        process(stylesheet, node)
        parts = tuple(node._component_styles.values())
        for styles in before:
            if all(styles is not its for its in parts):
                vars(styles.node).clear()
        for styles in parts:
            part = styles.node
            assert part is not None
            part.__dict__ = {name: vars(part)[name] for name in _LOOKS}
            part._attach(node)

    Stylesheet._process_component_classes = processed  # ty: ignore[invalid-assignment]


def caches() -> Iterator[Any]:
    """The large caches of functions, each with `cache_clear` and `cache_info`."""
    for owner in _OWNERS:
        for thing in vars(owner).values():
            function = getattr(thing, "__func__", getattr(thing, "fget", thing))
            if hasattr(function, "cache_info") and (function.cache_info().maxsize or 0) >= _LARGE:
                yield function


def forget() -> None:
    """Empty these caches."""
    for function in caches():
        function.cache_clear()


def let_go(nodes: Iterable[DOMNode]) -> None:
    """Forget what was remembered of the past, and give back the room that is free between what stays.

    What these living nodes need is found again when they are drawn.
    """
    forget()
    for node in nodes:
        _forget_watchers(node)
        # Of every query that came while other widgets were there: up to a thousand a node, with widgets that are gone.
        _empty(node._query_one_cache)
        if isinstance(node, Widget):
            _empty(node._box_model_cache)
            if type(node).render_line is not Widget.render_line:
                # Textual's own way to paint lines clears these regions; who has another only gathers them.
                node._dirty_regions.clear()
    with contextlib.suppress(OSError, AttributeError):  # the GNU C library alone can do that
        _c_library().malloc_trim(0)


def wake(app: App[Any]) -> None:
    """Have every widget take in an empty message: until the next it holds on to its last, and that to who sent it,
    which may be a screen long gone."""
    for node in list(app._registry):
        node.post_message(Prompt())


def _forget_watchers(node: DOMNode) -> None:
    """Let go of closed widgets that watched it: Textual does so when what they watched changes, which a theme may never
    do, and every field of text watches that."""
    for watchers in getattr(node, "__watchers", {}).values():
        watchers[:] = [(watcher, call) for watcher, call in watchers if watcher.is_attached and not watcher._closing]


def _empty(cache: LRUCache[Any, Any]) -> None:
    """Clear it, and its entries with it: they are links of a ring, each of which holds the next, so that what was
    cleared alone would be there until Python looks for what only holds itself."""
    links = list(cache._cache.values())
    cache.clear()
    for link in links:
        link.clear()


def few_heaps() -> None:
    """Have all threads share two heaps, and large blocks given back as soon as they are free.

    The GNU C library gives each of many threads a heap of its own, and after the first large block that was freed
    it keeps all others up to that size. Elsewhere nothing is done.
    """
    with contextlib.suppress(OSError, AttributeError):
        tell: Callable[[int, int], int] = _c_library().mallopt
        tell(_ARENA_MAX, _ARENAS)
        tell(_MMAP_THRESHOLD, _BLOCK)


@functools.cache
def _c_library() -> ctypes.CDLL:
    """Opened once: to open it makes a class, and what only a class holds is not gone with it."""
    return ctypes.CDLL(None)
