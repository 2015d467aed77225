"""The sample time machine as it is painted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rnnlab.events import Sampled
from rnnlab.text.reels import Reel
from rnnlab.text.report import Copied, Originality
from rnnlab.tui.microscope import samples_view


def sample(step: int, text: str, prefix: str = "the") -> Sampled:
    return Sampled(step=step, epoch=1, prefix=prefix, text=text)


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
