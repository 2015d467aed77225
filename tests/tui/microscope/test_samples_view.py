"""The sample time machine's reels and marks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rnnlab.events import Sampled
from rnnlab.text.report import Copied, Originality
from rnnlab.tui.microscope import samples_view
from rnnlab.tui.microscope.samples_view import Reel
from rnnlab.tui.run_view import RunView, fold
from tests.tui.runs import records, started, summary

TEXTS = st.text("ab c.\n", max_size=30)


def sample(step: int, text: str, prefix: str = "the") -> Sampled:
    return Sampled(step=step, epoch=1, prefix=prefix, text=text)


def view(*samples: Sampled) -> RunView:
    return fold(RunView.empty(), records([started(), *samples]), summary())


def test_a_reel_has_one_prefixs_samples_by_step_and_follows_the_newest() -> None:
    seen = view(sample(0, "x"), sample(0, "y", "a"), sample(10, "z"), sample(10, "zz"))
    assert samples_view.prefixes(seen) == ("the", "a")
    reel = samples_view.reel(seen, "the", None)
    assert ([each.text for each in reel.samples], reel.at) == (["x", "zz"], 1)
    assert samples_view.reel(seen, "the", 7).at == 1
    assert samples_view.reel(None, "the", None).sample is None


@given(TEXTS, TEXTS)
def test_what_is_not_new_is_in_the_text_before_in_the_same_order(before, now) -> None:
    fresh = samples_view.new_marks(before, now)
    assert len(fresh) == len(now)
    kept = iter(before)
    assert all(character in kept for character, mark in zip(now, fresh, strict=True) if not mark)


@given(TEXTS)
def test_nothing_is_new_in_the_same_text_and_everything_after_nothing(text) -> None:
    assert not any(samples_view.new_marks(text, text))
    assert all(samples_view.new_marks("", text))


def test_new_words_and_copied_spans_are_marked_where_they_are() -> None:
    reel = Reel("the", (sample(0, "old sea"), sample(10, "old tide")), 1)
    found = Originality(characters=8, copied=3, shortest=3, spans=(Copied(2, 3, 7),), share=3 / 8)
    assert samples_view.parts(reel, found) == [
        ("the", "quiet"), ("ol", ""), ("d ", "copied"), ("t", "new-copied"), ("ide", "new"),
    ]  # fmt: skip
    assert samples_view.headline(reel, ("the", "a"), found) == (
        "step 10  50 % new since step 0  38 % copied, in 1 span  prefix 1/2"
    )


@given(st.integers(1, 50), st.integers(0, 60), st.integers(10, 80))
def test_the_slider_fills_its_width_and_has_one_place(many, at, width) -> None:
    reel = Reel("", tuple(sample(n, "") for n in range(many)), min(at, many - 1))
    line = "".join(text for text, _ in samples_view.slider(reel, width))
    assert (len(line), line.count("●")) == (width, 1)
