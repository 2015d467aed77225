from rnnlab.tui.history import KEPT, History


def asked(*texts: str) -> History:
    history = History()
    for text in texts:
        history.add(text)
    return history


def test_up_goes_back_and_down_comes_back_to_what_was_being_typed():
    history = asked("one", "two")
    assert history.recall(-1, "thr") == "two"
    assert history.recall(-1, "two") == "one"
    assert history.recall(-1, "one") == "one"
    assert history.recall(1, "one") == "two"
    assert history.recall(1, "two") == "thr"
    assert history.recall(1, "thr") == "thr"


def test_what_is_asked_again_moves_to_the_end():
    history = asked("one", "two", "one")
    assert history.recall(-1, "") == "one"
    assert history.recall(-1, "") == "two"
    assert history.recall(-1, "") == "two"


def test_empty_and_hostile_texts_are_not_kept():
    history = asked("one\ntwo", "", "a\x1b[2J", "\u202e")
    assert history.recall(-1, "") == "one\ntwo"


def test_asking_begins_from_the_newest_again():
    history = asked("one", "two")
    history.recall(-1, "")
    history.recall(-1, "")
    history.add("three")
    assert history.recall(-1, "") == "three"


def test_it_is_bounded():
    history = asked(*(str(number) for number in range(KEPT + 50)))
    for _ in range(KEPT + 50):
        oldest = history.recall(-1, "")
    assert oldest == "50"
