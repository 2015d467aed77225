"""What the console says of itself."""

from rnnlab.tui import said


def test_enter_is_told_for_what_it_would_do():
    assert "begins a new text" in said.standing(choosing=False, after_text=True, typed=True)
    assert "goes on" in said.standing(choosing=False, after_text=True, typed=False)
    assert said.standing(choosing=False, after_text=False, typed=True) == "Enter writes on"
    assert "choose" in said.standing(choosing=True, after_text=True, typed=False)


def test_an_answer_that_has_not_begun_is_waited_for():
    assert "waiting" in said.writing(begun=False)
    assert "waiting" not in said.writing(begun=True)


def test_the_empty_field_says_what_can_be_typed():
    states = [(False, False), (False, True), (True, True)]
    assert len({said.invitation(choosing=choosing, after_text=after) for choosing, after in states}) == 3
