"""The console's thread: one console at a time, pieces in order, another where one has ended."""

from __future__ import annotations

import queue

import pytest

from rnnlab.dialogue import Answered, AnyPiece, Prompt, Refused, Wrote
from rnnlab.errors import NotFound, RunError
from rnnlab.tui.conversation import Conversation
from tests.tui.desks import ANSWER, DeskHost, recording

RUN, OTHER = "gru-256-calm-otter", "rnn-64-old-newt"


class Talk:
    """A conversation with what it posts."""

    def __init__(self, host: DeskHost) -> None:
        self._spoken: queue.Queue = queue.Queue()
        self.conversation = Conversation(host, self._spoken.put)

    def answer(self) -> tuple[AnyPiece, ...]:
        pieces: list[AnyPiece] = []
        while not pieces or not isinstance(pieces[-1], Answered | Refused):
            pieces += self._spoken.get(timeout=10).pieces
        return tuple(pieces)


class CountingHost(DeskHost):
    opened: int = 0
    closed: int = 0

    def console(self, run: str):
        self.opened += 1
        console = super().console(run)
        close = console.close

        def count() -> None:
            self.closed += 1
            close()

        console.close = count
        return console


@pytest.fixture
def host() -> CountingHost:
    return CountingHost([recording(RUN), recording(OTHER)])


def test_an_answer_comes_whole_and_in_order(host):
    talk = Talk(host)
    talk.conversation.ask(RUN, Prompt(prefix="The tide"))
    assert talk.answer() == ANSWER


def test_a_second_question_goes_to_the_same_console(host):
    talk = Talk(host)
    for _ in range(2):
        talk.conversation.ask(RUN, Prompt(prefix="The tide"))
        assert talk.answer() == ANSWER
    assert host.opened == 1


def test_another_run_gets_another_console_and_the_first_is_let_go(host):
    talk = Talk(host)
    talk.conversation.ask(RUN, Prompt(prefix="The tide"))
    talk.answer()
    talk.conversation.ask(OTHER, Prompt(prefix="The tide"))
    talk.answer()
    assert (host.opened, host.closed) == (2, 1)


def test_a_console_that_has_ended_by_itself_is_opened_anew():
    class Ending(DeskHost):
        consoles = 0

        def console(self, run: str):
            console = super().console(run)
            self.consoles += 1
            if self.consoles == 1:

                def ended(*_: object, **__: object) -> None:
                    raise RunError("the generator has ended")

                console.ask = ended
            return console

    host = Ending([recording(RUN)])
    talk = Talk(host)
    talk.conversation.ask(RUN, Prompt(prefix="The tide"))
    assert talk.answer() == ANSWER
    assert host.consoles == 2


def test_what_cannot_be_opened_is_raised_to_who_asked(host):
    with pytest.raises(NotFound):
        Talk(host).conversation.ask("no-such-run", Prompt(prefix="The tide"))


def test_a_console_that_fails_while_it_is_read_refuses(host):
    def broken(timeout: float):
        raise RunError("the line is cut")

    console = host.console(RUN)
    console.read = broken
    host.console = lambda run: console
    talk = Talk(host)
    talk.conversation.ask(RUN, Prompt(prefix="The tide"))
    assert talk.answer() == (Refused(message="the line is cut"),)


def test_two_questions_in_a_row_get_both_their_ends():
    class Slow(DeskHost):
        def console(self, run: str):
            return Overlapping()

    class Overlapping:
        """As a real console: a question stops the answer before it, and both end."""

        def __init__(self) -> None:
            self.pieces: list[AnyPiece] = []
            self.asked = 0

        def ask(self, prompt: Prompt) -> None:
            self.asked += 1
            if self.asked == 2:
                self.pieces.append(Answered(tokens=1, seconds=0.1, cause="stopped"))
                self.pieces += [Wrote(text=prompt.prefix), Answered(tokens=2, seconds=0.1, cause="length")]

        def read(self, timeout: float) -> tuple[AnyPiece, ...]:
            return (self.pieces.pop(0),) if self.pieces else ()

        def stop(self) -> None: ...

        def close(self) -> None: ...

    talk = Talk(Slow())
    talk.conversation.ask(RUN, Prompt(prefix="first"))
    talk.conversation.ask(RUN, Prompt(prefix="second"))
    assert talk.answer() == (Answered(tokens=1, seconds=0.1, cause="stopped"),)
    assert talk.answer() == (Wrote(text="second"), Answered(tokens=2, seconds=0.1, cause="length"))
