import msgspec
import pytest

from rnnlab.events import Finished
from rnnlab.specs import RunSpec
from rnnlab.tui.glyphs import FINE, PLAIN
from rnnlab.tui.readout import readout
from rnnlab.tui.run_view import RunView, fold

from .runs import evaluated, records, started, step, summary, training, view_of

EMPTY = RunView.empty()


def lines(view, width=76, glyphs=FINE) -> list[str]:
    grid = readout(view, width, glyphs)
    return [grid.text(y) for y in range(3)]


def test_how_far_how_good_and_how_steady(snapshot):
    assert "\n".join(lines(view_of(1800))) == snapshot


def test_a_plain_console(snapshot):
    assert "\n".join(lines(view_of(1800), 60, PLAIN)) == snapshot


def test_numbers_stay_in_their_columns_while_they_change():
    def columns(text: str) -> tuple[int, ...]:
        return tuple(text.index(word) for word in ("%", "step", "left"))

    early, late = lines(view_of(50))[0], lines(view_of(6000))[0]
    assert columns(early) == columns(late)
    places = {lines(view_of(n))[1].index("best validation") for n in (50, 500, 6000)}
    assert len(places) == 1


def test_the_bar_is_as_long_as_the_part_that_is_done():
    top = lines(fold(EMPTY, records([started(total_steps=100), step(50)]), None))[0]
    assert top.count("━") == pytest.approx(top.count("─"), abs=1)
    assert " 50 %" in top
    full = lines(fold(EMPTY, records([started(total_steps=100), step(100)]), None))[0]
    assert "─" not in full


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("paused", "paused"),
        ("died", "died"),
        ("stopped", "stopped"),
        ("patience", "no progress"),
        ("starting", "starting"),
    ],
)
def test_the_time_left_gives_way_to_the_state(state, text):
    assert lines(view_of(300, state))[0].endswith(f" {text}")
    assert lines(view_of(300))[0].endswith(" left")


def test_before_there_is_a_pace_no_time_is_claimed():
    assert lines(fold(EMPTY, records([started(), step(10)]), summary()))[0].endswith(" – left")


def test_without_a_split_the_last_epoch_stands_for_the_validation():
    happened = [started(validation_tokens=0), step(10), evaluated(150, 6.5, split="train")]
    assert "last epoch 6.50" in lines(fold(EMPTY, records(happened), None))[1]


def test_clipping_that_is_off_is_not_a_share_of_nothing():
    spec = RunSpec().replace({"train.clip": "none"})
    assert "not clipped" in lines(fold(EMPTY, training(100), summary(spec=spec)))[2]
    assert "clipped 10 %" in lines(fold(EMPTY, records([started(), step(10)]), summary()))[2]


def test_a_long_or_hostile_device_name_is_cut_and_harmless():
    view = fold(EMPTY, records([started(device="NVIDIA\x1b]0;x\x07 " + "H" * 200), step(10)]), None)
    assert [len(line) for line in lines(view)] == [76] * 3
    assert "\x1b" not in "".join(lines(view))
    assert lines(view)[2].endswith("…")


def test_losses_that_were_not_finite_are_dashes():
    lost = msgspec.structs.replace(step(10), loss=None, perplexity=None, grad_norm=None)
    shown = lines(fold(EMPTY, records([started(), lost]), None))
    assert shown[1].startswith("perplexity       –")
    assert shown[2].startswith("grad norm        –")


def test_it_is_empty_before_a_start_and_where_there_is_no_room():
    assert lines(EMPTY) == [" " * 76] * 3
    assert lines(view_of(300), 20) == [" " * 20] * 3


def test_an_ended_run_has_no_time_left():
    ended = [started(), step(10), step(20), Finished(step=20, epoch=1, cause="finished")]
    assert lines(fold(EMPTY, records(ended), None))[0].endswith(" finished")


def test_an_ended_run_is_where_it_ended_and_not_at_the_last_line_of_its_log():
    total = started().total_steps
    ended = [started(), step(total - 9), Finished(step=total, epoch=started().epochs + 1, cause="finished")]
    shown = lines(fold(EMPTY, records(ended), None))[0]
    assert f"100 %  step {total:,}/{total:,} " in shown
    assert shown.startswith(f"epoch {started().epochs}/{started().epochs} ")


@pytest.mark.parametrize("width", [76, 110])
def test_a_model_of_words_tells_its_bits_for_each_character_and_how_much_it_cannot_read(width):
    event = started(characters_per_token=4.0, unknown_share=0.034)
    view = fold(EMPTY, records([event, step(50), evaluated(60, 64.0)]), None)
    found = lines(view, width)
    assert "best validation 64.00, 1.500 bits/char" in found[1]
    assert found[1].endswith("30,100 tok/s")
    assert found[2].endswith("3.4 % <unk>, cpu")
