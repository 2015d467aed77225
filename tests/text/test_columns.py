"""Text keeps its columns on terminals that measure it otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.text.columns import cells, disputed, pinned
from rnnlab.text.visible import visible

SCRIPTS = {
    "Hebrew": "בְּרֵאשִׁית בָּרָא אֱלֹהִים",
    "Arabic": "مَرْحَبًا بِكَ ﷺ می‌خواهم",
    "emoji": "👩‍👩‍👧‍👦 🇫🇷🇯🇵 👍🏽 ❤️ 1️⃣ 🏴‍☠️ 🏳️‍🌈 ☺︎",
    "marks": "e\u0301 Z\u0351\u036b\u0343 ก็ नमस्ते",
    "Korean": "ᄒ\u1161\u11ab 한",
    "Chinese": "红楼梦　第一回",
}


class Terminal:
    """One row of a terminal that measures single characters in its own way."""

    def __init__(self, width: int, measure) -> None:
        self.row = [" "] * width
        self._measure = measure
        self._at = 0

    def draw(self, data: str) -> str:
        index = 0
        while index < len(data):
            if data[index] == "\x1b":
                end = data.index("G", index)
                self._at, index = int(data[index + 2 : end]) - 1, end + 1
                continue
            for _ in range(self._measure(data[index])):
                if self._at < len(self.row):
                    self.row[self._at] = data[index]
                self._at += 1
            index += 1
        return "".join(self.row)


def agreed(strange):
    """A measure that differs from the layout's where terminals may differ."""
    return lambda character: strange(character) if disputed(character) else cells(character)


MEASURES = {
    "as laid out": cells,
    "marks take a cell": agreed(lambda character: max(1, cells(character))),
    "flags and skins are wide": agreed(lambda character: 2 if ord(character) >= 0x1F1E6 else cells(character)),
    "everything strange takes one": agreed(lambda character: 1),
}
JOINED = MEASURES["flags and skins are wide"]


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("measure", MEASURES)
def test_what_stands_to_the_right_stays_where_it_is(script: str, measure: str) -> None:
    text = SCRIPTS[script] + "  |"
    row = Terminal(90, MEASURES[measure]).draw("x" * 5 + pinned(text, 6, cells(text)))
    assert row.index("|") == 5 + cells(text) - 1
    assert row[:5] == "xxxxx"


@pytest.mark.parametrize("script", SCRIPTS)
def test_nothing_is_drawn_over_what_stands_to_the_right(script: str) -> None:
    for end in range(1, len(SCRIPTS[script]) + 1):
        text = SCRIPTS[script][:end]
        terminal = Terminal(90, JOINED)
        terminal.row[cells(text)] = "|"
        assert terminal.draw(pinned(text, 1, cells(text))).index("|") == cells(text)


@pytest.mark.parametrize("text", ["plain", "│ Ωя ▸ ● — “…”", "红楼梦　第一回", "한국어 かな", "שלום", "⠋⠙ █▉ ␛"])
def test_what_all_terminals_draw_alike_is_left_as_it_is(text: str) -> None:
    assert not disputed(text)
    assert pinned(text, 3, 99) == text


@given(st.text(max_size=60))
def test_any_text_ends_where_it_was_laid_out_to_end(text: str) -> None:
    shown = visible(text)
    for measure in MEASURES.values():
        if not disputed(shown) and measure is not cells:
            continue
        width = cells(shown)
        drawn = Terminal(300, measure)
        drawn.draw(pinned(shown, 1, width))
        if disputed(shown[-1:]):
            assert drawn._at == width
