"""What is left in memory of screens that are gone, of sizes and of texts that were; and of heaps."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import subprocess
import sys
import weakref
from weakref import WeakSet

import pytest
import textual.strip
from rich.segment import Segment
from rich.style import Style
from textual._compositor import Compositor, MapGeometry
from textual._context import active_message_pump
from textual._styles_cache import StylesCache
from textual.box_model import BoxModel
from textual.css.styles import RenderStyles
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.events import Resize
from textual.geometry import Size
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import TextArea

from rnnlab.dialogue import Refused
from rnnlab.tui import leftovers, sweeping
from rnnlab.tui.bench import BenchScreen
from rnnlab.tui.chart import Chart
from rnnlab.tui.help import HelpScreen
from rnnlab.tui.leftovers import caches, let_go, light_contexts, light_layouts, light_looks, light_strips
from rnnlab.tui.microscope.screen import MicroscopeScreen
from rnnlab.tui.microscope.writing import WritingScreen
from tests.tui.desks import SMALL, WIDE, DeskHost, bench_app, ready, recording, until
from tests.tui.microscope.looking import ModelHost, open_at


def painters_of_nobody() -> int:
    """Painters that no living widget has."""
    gc.collect()
    # The type, and not what a thing says of its class: some only warn when they are asked.
    things = gc.get_objects()
    owned = {id(thing._styles_cache) for thing in things if issubclass(type(thing), Widget)}
    return sum(type(thing) is StylesCache and id(thing) not in owned for thing in things)


async def painters_left() -> int:
    """Painters of nobody that came with opening and closing the help."""
    app = bench_app(DeskHost())
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot)
        before = painters_of_nobody()
        for _ in range(3):
            await pilot.press("question_mark")
            await pilot.press("escape")
        app.tidy()
        await pilot.pause()
        return painters_of_nobody() - before


async def test_screens_that_were_closed_leave_no_painted_lines_in_memory():
    assert await painters_left() <= 0


async def test_without_letting_go_they_would(monkeypatch):
    monkeypatch.setattr(sweeping, "let_go", lambda nodes: None)
    assert await painters_left() > 0


async def microscopes_left() -> int:
    """Microscopes in memory when four were opened and closed."""
    app = bench_app(ModelHost(lambda run, question: [Refused(message="it tells nothing")]))
    opened: WeakSet[Screen] = WeakSet()  # not all of this kind: what another test has left is none of this one's
    async with app.run_test(size=SMALL) as pilot:
        for _ in range(4):
            await open_at(pilot, 2)
            assert isinstance(app.screen, MicroscopeScreen)
            opened.add(app.screen)
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, BenchScreen))
        await pilot.pause()
        gc.collect()
        return len(opened)


async def test_of_many_microscopes_at_most_the_last_is_remembered():
    assert await microscopes_left() <= 1


def remembered(app) -> tuple[int, int]:
    """Results that drawing has left: in the caches of functions, and in those of widgets."""
    boxes = sum(len(node._box_model_cache) for node in app.screen.walk_children(Widget))
    return sum(cache.cache_info().currsize for cache in caches()), boxes


async def resized_often(pilot) -> tuple[int, int]:
    """What is remembered after many sizes."""
    let_go(())
    for width in range(80, 120, 4):
        await pilot.resize_terminal(width, 30)
    return remembered(pilot.app)


async def test_where_things_met_in_another_size_is_forgotten():
    app = bench_app(DeskHost())
    async with app.run_test(size=WIDE) as pilot:
        await ready(pilot)
        results, _ = await resized_often(pilot)
        assert results < 1000


async def test_what_drawing_remembers_is_let_go_by_and_by(monkeypatch):
    monkeypatch.setattr(sweeping, "forget", lambda: None)
    monkeypatch.setattr(sweeping, "TIDY_SECONDS", 3600)
    monkeypatch.setattr(sweeping, "STIRRED_SECONDS", 3600)
    app = bench_app(DeskHost())
    async with app.run_test(size=WIDE) as pilot:
        await ready(pilot)
        results, boxes = await resized_often(pilot)
        assert results > 1500
        assert boxes > 200
        await pilot.resize_terminal(*WIDE)
        app.set_interval(0.01, app.tidy)
        await until(pilot, lambda: remembered(app)[0] < 1000 and remembered(app)[1] < 100)


async def test_what_was_asked_of_a_screen_while_it_held_other_widgets_is_let_go():
    app = bench_app(DeskHost())
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot)
        asked = app.bench._query_one_cache
        assert len(asked)
        app.tidy()
        assert not len(asked)
        await pilot.press("f3", "f4")
        assert app.focused is not None


async def fields_of_closed_screens() -> int:
    """Fields of text in memory when three were opened, closed and tidied away."""
    app = bench_app(ModelHost(lambda run, question: [Refused(message="it tells nothing")]))
    async with app.run_test(size=SMALL) as pilot:
        await open_at(pilot, 2)
        fields = []
        for _ in range(3):
            assert isinstance(app.screen, MicroscopeScreen)
            app.screen.action_own()
            await until(pilot, lambda: isinstance(app.screen, WritingScreen) and app.screen.query(TextArea))
            fields.append(weakref.ref(app.screen.query_one(TextArea)))
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, MicroscopeScreen))
        for _ in range(20):  # what is under way holds on to them, too
            app.tidy()
            await pilot.pause()
            gc.collect()
        return sum(field() is not None for field in fields)


async def test_fields_of_closed_screens_watch_the_theme_no_longer():
    assert await fields_of_closed_screens() <= 1


async def holds_a_closed_screen() -> bool:
    """Whether a widget that nobody uses keeps the screen that its last message came from."""
    app = bench_app(DeskHost())
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot)
        hidden = app.bench.query_one("#training").vertical_scrollbar
        await pilot.pause()
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        gone = weakref.ref(app.screen)
        app.screen.call_later(lambda: hidden.post_message(Resize(Size(1, 1), Size(1, 1))))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.bench)
        await pilot.press("question_mark", "escape")  # of screens, too, the last is remembered
        app.tidy()
        await pilot.pause()
        gc.collect()
        return gone() is not None


async def test_a_widget_that_nobody_uses_holds_no_closed_screen():
    assert not await holds_a_closed_screen()


async def test_without_waking_it_would(monkeypatch):
    monkeypatch.setattr(sweeping, "wake", lambda app: None)
    assert await holds_a_closed_screen()


async def test_without_being_forgotten_they_would(monkeypatch):
    monkeypatch.setattr(leftovers, "_forget_watchers", lambda node: None)
    assert await fields_of_closed_screens() == 3


async def kept_by_a_pump_that_began_within(context) -> bool:
    """Whether a pump that ended is still there for another that began while it was at work, and goes on."""
    old, new = MessagePump(), MessagePump()
    gone = asyncio.Event()

    async def work() -> None:
        with context(new):
            assert active_message_pump.get() is new
            await gone.wait()

    with context(old):
        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        assert active_message_pump.get() is old
    left = weakref.ref(old)
    del old
    gc.collect()
    there = left() is not None
    gone.set()
    await task
    return there


async def test_who_was_at_work_when_another_began_is_not_kept_by_it(monkeypatch):
    assert await kept_by_a_pump_that_began_within(MessagePump._context)
    monkeypatch.setattr(MessagePump, "_context", MessagePump._context)  # so that it is put back
    light_contexts()
    assert not await kept_by_a_pump_that_began_within(MessagePump._context)


async def left_by(*kinds: type, keys: tuple[str, ...]) -> int:
    """Things of these kinds that only Python's search for what holds itself would free, after these keys."""
    app = bench_app(DeskHost())
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot)
        gc.collect()
        usual = gc.get_threshold()
        gc.set_threshold(1_000_000_000)
        try:
            await pilot.press(*keys)
            await pilot.pause()
            gc.set_debug(gc.DEBUG_SAVEALL)
            gc.collect()
            return sum(type(thing) in kinds for thing in gc.garbage)
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
            gc.set_threshold(*usual)


async def test_where_all_widgets_were_before_a_layout_is_not_left_in_memory(monkeypatch):
    layouts = ("f2", *"tidb")
    heavy = await left_by(MapGeometry, keys=layouts)
    monkeypatch.setattr(Compositor, "_arrange_root", Compositor._arrange_root)  # so that it is put back
    light_layouts()
    assert await left_by(MapGeometry, keys=layouts) < heavy / 10


async def test_tidying_leaves_nothing_to_be_looked_for():
    app = bench_app(DeskHost())
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot)
        app.tidy()
        await pilot.press("f2", *"tidb")
        gc.collect()
        gc.set_debug(gc.DEBUG_SAVEALL)
        try:
            known = sum(len(widget._box_model_cache) for widget in app.screen.walk_children(Widget))
            app.tidy()
            gc.collect()
            left = [thing for thing in gc.garbage if isinstance(thing, BoxModel | ctypes.CDLL)]
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
        assert known > 20
        assert not left


async def test_the_looks_that_a_focused_field_had_are_not_left_in_memory(monkeypatch):
    focused = ("f3", *["tab"] * 6)
    heavy = await left_by(RenderStyles, DOMNode, keys=focused)
    monkeypatch.setattr(Stylesheet, "_process_component_classes", Stylesheet._process_component_classes)
    light_looks()
    assert await left_by(RenderStyles, DOMNode, keys=focused) < heavy / 10


async def looks_of_parts(*keys: str) -> tuple[list[str], int]:
    """How the fields' and curves' parts look after these keys, and how many things their nodes know by name."""
    app = bench_app(DeskHost())
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot)
        await pilot.press(*keys)
        await pilot.pause()
        widgets = [node for node in app.screen.walk_children(Widget) if node._component_styles]
        parts = [(widget, name) for widget in widgets for name in sorted(widget._component_styles)]
        looks = [f"{name} {widget.get_component_rich_style(name)}" for widget, name in parts]
        nodes = [widget._component_styles[name].node for widget, name in parts]
        assert all(node is not None and node._parent is widget for node, (widget, _) in zip(nodes, parts, strict=True))
        return looks, sum(map(len, map(vars, nodes)))


async def test_parts_that_know_their_looks_alone_look_as_they_did(monkeypatch):
    before, heavy = await looks_of_parts("f3", "tab", "tab")
    monkeypatch.setattr(Stylesheet, "_process_component_classes", Stylesheet._process_component_classes)
    light_looks()
    after, light = await looks_of_parts("f3", "tab", "tab")
    assert after == before
    assert light < heavy / 5


async def lines_in_memory() -> int:
    """Painted lines, and pieces of such, that are there when keys were pressed and sizes changed."""
    app = bench_app(DeskHost())
    async with app.run_test(size=WIDE) as pilot:
        await ready(pilot)
        await pilot.press("f2", "t", "f3")
        await pilot.pause()
        gc.collect()
        return sum(type(thing) is Strip for thing in gc.get_objects())


async def test_light_lines_keep_nothing_of_what_was_cut_from_them(monkeypatch):
    gc.collect()
    there = sum(type(thing) is Strip for thing in gc.get_objects())
    heavy = await lines_in_memory() - there
    monkeypatch.setattr(textual.strip, "FIFOCache", textual.strip.FIFOCache)  # so that it is put back
    light_strips()
    let_go(())
    gc.collect()
    there = sum(type(thing) is Strip for thing in gc.get_objects())
    assert await lines_in_memory() - there < heavy / 2


def test_a_light_line_paints_what_another_does(monkeypatch):
    parts = Segment("ab "), Segment("cde", Style(bold=True))
    heavy = Strip(parts)
    monkeypatch.setattr(textual.strip, "FIFOCache", textual.strip.FIFOCache)
    light_strips()
    for strip in (heavy, Strip(parts)):
        for _ in range(2):
            assert strip.divide([2, 6]) == [
                Strip([Segment("ab")]),
                Strip([Segment(" "), Segment("cde", Style(bold=True))]),
            ]
            assert strip.crop(1, 4).text == "b c"
            assert strip.crop_extend(0, 8, None).text == "ab cde  "
            assert strip.adjust_cell_length(4).text == "ab c"
            assert next(iter(strip.apply_style(Style(dim=True)))).style == Style(dim=True)


HEAPS = """
import ctypes, sys, tempfile, threading
from rnnlab.tui.leftovers import few_heaps
if sys.argv[1] == "few":
    few_heaps()
bytes(1 << 22)  # and with it, unless told otherwise, the library begins to keep blocks of that size
meeting = threading.Barrier(12)
def allocate():
    meeting.wait()
    kept = [bytes(2000) for _ in range(100)]
    meeting.wait()
threads = [threading.Thread(target=allocate) for _ in range(12)]
for thread in threads: thread.start()
for thread in threads: thread.join()
class Information(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks".split()]
    _fields_ += [(name, ctypes.c_size_t) for name in "uordblks fordblks keepcost".split()]
library = ctypes.CDLL(None)
library.mallinfo2.restype = Information
mapped = library.mallinfo2().hblkhd
block = bytes(1 << 21)
mapped = library.mallinfo2().hblkhd - mapped
library.fopen.restype = ctypes.c_void_p
library.fclose.argtypes = [ctypes.c_void_p]
library.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
with tempfile.NamedTemporaryFile() as file:
    stream = library.fopen(file.name.encode(), b"w")
    library.malloc_info(0, stream)
    library.fclose(stream)
    print(file.read().count(b"<heap nr"), mapped >= len(block))
"""


def heaps(how: str) -> tuple[int, bool]:
    """How many heaps twelve threads make, and whether a large block has a mapping of its own after one was freed."""
    said = subprocess.run([sys.executable, "-c", HEAPS, how], capture_output=True, text=True, check=True).stdout
    number, mapped = said.split()
    return int(number), mapped == "True"


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="heaps are counted with the GNU C library's")
def test_threads_share_two_heaps_and_large_blocks_are_given_back():
    assert heaps("few") == (2, True)
    number, mapped = heaps("as it comes")
    assert number > 2
    assert not mapped


ROOM = """
import random
from pathlib import Path
from rnnlab.tui.leftovers import let_go
kept = [bytes(random.randrange(600, 20_000)) for _ in range(4000)]
random.shuffle(kept)
del kept[1000:]
resident = lambda: int(Path("/proc/self/statm").read_text().split()[1]) * 4096
before = resident()
let_go(())
print(before - resident())
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="only the GNU C library gives such room back")
def test_the_room_between_what_stays_is_given_back():
    said = subprocess.run([sys.executable, "-c", ROOM], capture_output=True, text=True, check=True).stdout
    assert int(said) > 10_000_000


async def test_who_paints_its_own_lines_keeps_no_list_of_what_it_ever_painted_anew():
    host = DeskHost([recording("gru-256-calm-otter")])
    host.reveal("gru-256-calm-otter", 20)
    app = bench_app(host)
    async with app.run_test(size=WIDE) as pilot:
        await ready(pilot)
        chart = app.bench.query_one(Chart)
        for shown in (35, 50, 65):
            host.reveal("gru-256-calm-otter", shown)
            await until(pilot, lambda shown=shown: app.bench.view and app.bench.view.seq == shown)
        assert chart._dirty_regions
        app.tidy()
        assert not chart._dirty_regions
