import msgspec
import pytest

from rnnlab.dialogue import Answered, Answering, Prompt, Turn, Wrote
from rnnlab.specs import SampleSpec
from rnnlab.tui.answer import Answer, Asking, stamp, unknown_note

WHO = Answering(run="gru-256-brave-otter", step=1900, split="validation", perplexity=4.88, seed=42)


def test_a_turn_is_everything_that_was_asked_and_said():
    prompt = Prompt(prefix="time", sample=SampleSpec(temperature=0.5))
    answer = Answer(Asking(question=prompt, typed="time"))
    who = msgspec.structs.replace(WHO, read=(7, 8))
    for piece in (who, Wrote(text=" held", tokens=(1, 2), sizes=(3, 2)), Wrote(text=" the", tokens=(3, 4, 5, 6))):
        answer.take(piece)
    turn = answer.turn("length")
    assert turn is not None
    assert turn == Turn(
        prefix="time", text=" held the", run=WHO.run, step=1900, split="validation", perplexity=4.88, seed=42,
        sample=prompt.sample, cause="length", id=turn.id, read=(7, 8), tokens=(1, 2, 3, 4, 5, 6),
        sizes=(3, 2, 1, 1, 1, 1),
    )  # fmt: skip
    assert turn.id != Answer(Asking(question=prompt)).turn("length")


def test_where_nobody_began_there_is_no_turn():
    assert Answer(Asking(question=Prompt(prefix="time"))).turn("stopped") is None


@pytest.mark.parametrize(
    ("changes", "answered", "text"),
    [
        ({}, None, "otter · step 1,900 · val 4.88 · T 0.8 · seed 42"),
        ({}, Answered(tokens=20, seconds=0.1, cause="length"),
         "otter · step 1,900 · val 4.88 · T 0.8 · seed 42 · 200\xa0tok/s"),
        ({}, Answered(tokens=20, seconds=0.0, cause="length"),
         "otter · step 1,900 · val 4.88 · T 0.8 · seed 42"),
        ({"split": "", "perplexity": None}, None, "otter · step 1,900 · T 0.8 · seed 42"),
        ({"split": "train", "perplexity": 1234.5}, None, "otter · step 1,900 · train 1,234 · T 0.8 · seed 42"),
        ({"sample": SampleSpec(greedy=True)}, None, "otter · step 1,900 · val 4.88 · greedy"),
        ({"cause": "stopped"}, None, "otter · step 1,900 · val 4.88 · T 0.8 · seed 42 · stopped"),
    ],
)  # fmt: skip
def test_the_stamp_says_who_wrote(changes, answered, text):
    plain = {"split": "validation", "perplexity": 4.88} | changes
    turn = Turn(prefix="time", text="x" * 20, run="otter", step=1900, seed=42, **plain)
    assert stamp(turn, answered) == text
    assert stamp(turn, answered, named=False) == text.removeprefix("otter · ")


def test_the_stamp_says_how_far_back_one_is():
    turn = Turn(prefix="time", text="abcd", run="otter", step=1900, seed=42, tokens=(1, 2, 3, 4), cause="stopped")
    assert stamp(turn, kept=3).endswith("seed 42 · 3 of 4")
    assert stamp(turn, kept=4).endswith("seed 42 · stopped")


def test_unknown_characters_are_named_and_many_are_cut():
    assert unknown_note(()) == ""
    assert unknown_note(("é", "ß")) == "the model never saw: é ß (read as unknown)"
    assert " …" in unknown_note(tuple(chr(0x4E00 + n) for n in range(500)))
