"""What a run wrote from its prefixes, step after step, and what is new in it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rnnlab.events import Sampled
from rnnlab.text.reels import Take, new_marks, prefixes, reel, takes

TEXTS = st.text("ab c.\n", max_size=30)


def sample(step: int, text: str, prefix: str = "the") -> Sampled:
    return Sampled(step=step, epoch=1, prefix=prefix, text=text)


def test_a_reel_has_one_prefixs_samples_by_step_and_is_at_the_newest() -> None:
    events = [sample(0, "x"), sample(0, "y", "a"), sample(10, "z"), sample(10, "zz")]
    assert prefixes(events) == ("the", "a")
    found = reel(events, "the")
    assert ([each.text for each in found.samples], found.at) == (["x", "zz"], 1)
    assert reel(events, "the", 7).at == 1
    assert reel((), "the").sample is None


@given(TEXTS, TEXTS)
def test_what_is_not_new_is_in_the_text_before_in_the_same_order(before: str, now: str) -> None:
    fresh = new_marks(before, now)
    assert len(fresh) == len(now)
    kept = iter(before)
    assert all(character in kept for character, mark in zip(now, fresh, strict=True) if not mark)


@given(TEXTS)
def test_nothing_is_new_in_the_same_text_and_everything_after_nothing(text: str) -> None:
    assert not any(new_marks(text, text))
    assert all(new_marks("", text))


def test_each_take_names_the_words_that_the_sample_before_has_not() -> None:
    first, second = takes([sample(0, "old sea"), sample(5, "mine", "a"), sample(10, "the old tide")], "the")
    assert first == Take(step=0, epoch=1, prefix="the", text="old sea", since=None, new=())
    assert (second.since, second.new, second.share) == (0, ((0, 4), (8, 4)), 8 / 12)


@given(TEXTS, TEXTS)
def test_the_stretches_of_a_take_are_its_marks(before: str, now: str) -> None:
    _, take = takes([sample(0, before), sample(1, now)], "the")
    inside = {at for start, length in take.new for at in range(start, start + length)}
    assert [at in inside for at in range(len(now))] == new_marks(before, now)
    assert 0 <= take.share <= 1
