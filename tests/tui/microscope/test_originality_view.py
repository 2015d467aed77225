"""What is told of copies: over training, of one text, and where they are from."""

from __future__ import annotations

from rnnlab.events import Sampled
from rnnlab.text.report import Copied, Originality
from rnnlab.tui.copied import copied_parts, span_at, verdict
from rnnlab.tui.microscope import originality_view
from rnnlab.tui.microscope.originality_view import CONSOLE
from rnnlab.tui.run_view import RunView, fold
from tests.tui.runs import records, started, summary

SPANS = (Copied(2, 4, 70, "before ", " after", 0.5), Copied(5, 3, 9))
FOUND = Originality(characters=10, copied=6, shortest=3, spans=SPANS, share=0.6)
NOTHING = Originality(characters=10, copied=0, shortest=20, spans=(), share=0.0)


def view() -> RunView:
    samples = [Sampled(step=step, epoch=1, prefix="the", text=f"text {step}") for step in (0, 150)]
    return fold(RunView.empty(), records([started(), *samples]), summary())


def test_overlapping_copies_are_one_stretch_and_the_text_stays_whole() -> None:
    assert copied_parts("0123456789", FOUND) == [("01", ""), ("234567", "copied"), ("89", "")]
    assert copied_parts("0123456789", None, role="quiet") == [("0123456789", "quiet")]
    assert copied_parts("", NOTHING) == []


def test_where_spans_overlap_the_longer_one_is_meant() -> None:
    assert span_at(FOUND, 5) == SPANS[0]
    assert span_at(FOUND, 7) == SPANS[1]
    assert span_at(FOUND, 9) is None


def test_how_much_is_copied_is_said_in_a_few_words() -> None:
    assert (verdict(FOUND), verdict(NOTHING)) == ("60 % copied, in 2 spans", "nothing copied")


def test_the_texts_are_each_prefixs_samples_and_what_this_run_said_in_the_console() -> None:
    said = (Sampled(step=9, epoch=0, prefix="a", text="mine"),)
    samples, console = originality_view.reels(view(), said)
    assert ([each.step for each in samples.samples], samples.at) == ([0, 150], 1)
    assert ([each.text for each in console.samples], console.prefix) == (["mine"], CONSOLE)


def test_the_share_copied_is_drawn_as_far_as_it_is_known() -> None:
    known = originality_view.reels(view(), ())
    (line,) = originality_view.lines(known, {"text 150": FOUND})
    assert line.points == ((150, 0.6),)
    assert originality_view.axes([line]).high == 0.6
    assert originality_view.axes([]).high == 0.1
    assert originality_view.headline(known[0], FOUND) == (
        "step 150, 2 of 2: 60 % copied, in 2 spans, the longest 4 characters  after the"
    )


def test_a_copy_leads_to_its_place_in_the_corpus() -> None:
    assert originality_view.place(SPANS[0], "0123456789") == [
        ("before ", "quiet"), ("2345", "copied"), (" after", "quiet"),
    ]  # fmt: skip
    assert originality_view.row(SPANS[0]) == ("2", "4", "70 (50 %)")
    assert originality_view.place(None, "") == []
