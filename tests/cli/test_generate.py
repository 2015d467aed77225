"""`generate`: text as it comes, a stamp on standard error, Ctrl-C that keeps what is there."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys

import msgspec
import pytest

from rnnlab.cli.main import Wiring, run
from rnnlab.dialogue import (
    Answering,
    AnyPiece,
    Choice,
    Choices,
    Found,
    Peek,
    Prompt,
    Question,
    Refused,
    WriteMany,
    Wrote,
)
from rnnlab.findings import Continuation
from rnnlab.hosts.fake import FakeConsole, Recording
from rnnlab.specs import SampleSpec
from rnnlab.specs.clamps import Clamp

from .recorded import Cli, GrowingHost, answer, records, summary

RUN = "gru-64-calm-owl"


class TalkingHost(GrowingHost):
    """A host that keeps what its consoles were asked."""

    def __init__(self, pieces: tuple[AnyPiece, ...]) -> None:
        with_sample = summary(spec=summary().spec.replace({"sample.temperature": 0.5, "sample.length": 33}))
        super().__init__([Recording(summary=with_sample, records=records())])
        self.pieces = pieces
        self.prompts: list[Prompt] = []
        self.closed = 0
        self.stopped = 0

    def console(self, run: str) -> FakeConsole:
        return _Console(self)


class _Console(FakeConsole):
    def __init__(self, host: TalkingHost) -> None:
        super().__init__({})
        self.host = host

    def ask(self, question: Question) -> None:
        assert isinstance(question, Prompt)
        self.host.prompts.append(question)
        super().__init__({question.prefix: self.host.pieces})
        super().ask(question)

    def close(self) -> None:
        self.host.closed += 1

    def stop(self) -> None:
        self.host.stopped += 1
        super().stop()


def test_the_prefix_and_the_text_are_the_output(cli: Cli) -> None:
    host = TalkingHost(answer(" trav", "eller"))
    said = cli("generate", "last", "--prefix", "time", on=host)
    assert (said.code, said.out) == (0, "time traveller")
    assert host.closed == 1


def test_the_stamp_says_who_wrote_it(cli: Cli) -> None:
    err = cli("generate", "last", "--prefix", "time", on=TalkingHost(answer("!" * 50))).err
    assert err == f"{RUN}, step 20, validation perplexity 13.25, seed 4711: 50 tokens in 0.5 s, 100 tokens/s (length)\n"


@pytest.mark.parametrize("words", [("--greedy",), ("--beam", "3")])
def test_the_stamp_of_a_text_that_is_not_drawn_names_no_seed(words: tuple[str, ...], cli: Cli) -> None:
    err = cli("generate", "last", "--prefix", "time", *words, on=TalkingHost(answer("!"))).err
    assert err.startswith(f"{RUN}, step 20, validation perplexity 13.25: 1 token")


def test_the_stamp_of_weights_that_never_learnt_says_untrained(cli: Cli) -> None:
    first, *others = answer("!")
    assert isinstance(first, Answering)
    untrained = msgspec.structs.replace(first, step=0, split="", perplexity=None)
    err = cli("generate", "last", "--prefix", "time", "--at", "0", on=TalkingHost((untrained, *others))).err
    assert err.startswith(f"{RUN}, step 0, untrained, seed 4711:")


def test_a_program_gets_the_text_exactly_as_it_is(cli: Cli) -> None:
    text = "a\x1b[2J\u202eb\r\n\tζ\u0000"
    assert cli("generate", "last", "--prefix", "<\x07>", on=TalkingHost(answer(text))).out == "<\x07>" + text


def test_json_lines_are_the_pieces_and_nothing_else(cli: Cli) -> None:
    pieces = answer(" a\n", "b\x1b")
    said = cli("generate", "last", "--prefix", "time", "--json", on=TalkingHost(pieces))
    assert tuple(msgspec.json.decode(line, type=AnyPiece) for line in said.lines) == pieces


def test_the_flags_change_the_runs_own_settings(cli: Cli) -> None:
    host = TalkingHost(answer("x"))
    words = "--length 7 --greedy --seed 5 --top-k 3 --top-p 0.9 --at best --stop . --min-p 0.1 --cycle 0.4,1.2"
    words += " --repetition 1.3 --unknown show"
    cli("generate", "last", "--prefix", "time", *words.split(), on=host)
    sample = SampleSpec(temperature=0.5, greedy=True, top_k=3, top_p=0.9, length=7, stop=".", seed=5)
    more = {"min_p": 0.1, "cycle": ("0.4", "1.2"), "repetition": 1.3, "unknown": "show"}
    sample = msgspec.structs.replace(sample, **more)
    assert host.prompts == [Prompt(prefix="time", sample=sample, at="best")]


def test_without_flags_the_runs_own_settings_hold(cli: Cli) -> None:
    host = TalkingHost(answer("x"))
    cli("generate", "last", "--prefix", "time", on=host)
    assert host.prompts[0].sample == SampleSpec(temperature=0.5, length=33)
    assert host.prompts[0].at == "last"


def test_characters_that_the_model_never_saw_are_named_and_made_visible(cli: Cli) -> None:
    err = cli("generate", "last", "--prefix", "é", on=TalkingHost(answer("x", unknown=("é", "\x1b")))).err
    assert "the model never saw é ␛" in err


def test_a_refusal_is_one_sentence_and_leaves_the_output_empty(cli: Cli) -> None:
    begun = answer("x")[0]
    assert isinstance(begun, Answering)
    host = TalkingHost((begun, Refused(message="the model never saw 'é': leave it out")))
    said = cli("generate", "last", "--prefix", "é", on=host)
    assert (said.code, said.out, said.err) == (2, "", "rnnlab: the model never saw 'é': leave it out\n")
    assert host.closed == 1


def test_ctrl_c_stops_the_answer_and_keeps_what_is_there(cli: Cli) -> None:
    class Interrupting(TalkingHost):
        def console(self, run: str) -> FakeConsole:
            class Console(_Console):
                def read(self, timeout: float) -> tuple[AnyPiece, ...]:
                    pieces = super().read(timeout)
                    if isinstance(pieces[0], Wrote):
                        signal.raise_signal(signal.SIGINT)
                    return pieces

            return Console(self)

    host = Interrupting(answer(" one", " two", " three", cause="stopped"))
    said = cli("generate", "last", "--prefix", "time", on=host)
    assert (said.code, said.out) == (130, "time one")
    assert "(stopped)" in said.err
    assert (host.stopped, host.closed) == (1, 1)


def test_an_answer_without_text_still_begins_with_its_prefix(cli: Cli) -> None:
    assert cli("generate", "last", "--prefix", "time", on=TalkingHost(answer())).out == "time"


@pytest.mark.parametrize("at", ["-1", "first", "1.5", "１", ""])
def test_what_is_no_checkpoint_is_refused(at: str, cli: Cli) -> None:
    host = TalkingHost(answer("x"))
    said = cli("generate", "last", "--prefix", "a", f"--at={at}", on=host)
    assert (said.code, host.prompts) == (2, [])


@pytest.mark.parametrize(
    "flag",
    [
        "--temperature=0",
        "--temperature=nan",
        "--length=-1",
        "--top-p=2",
        "--min-p=2",
        "--cycle=0.5,x",
        "--cycle=0",
        "--unknown=never",
        "--seed=x",
    ],
)
def test_a_bad_setting_is_refused_before_anything_is_loaded(flag: str, cli: Cli) -> None:
    host = TalkingHost(answer("x"))
    assert cli("generate", "last", "--prefix", "a", flag, on=host).code == 2
    assert host.closed == 0


def test_a_prefix_that_is_no_text_is_refused_in_one_sentence(cli: Cli) -> None:
    said = cli("generate", "last", "--prefix", "\udcff")
    assert (said.code, said.out) == (2, "")
    assert said.err == "rnnlab: '\\udcff' is not text in this terminal's encoding: type it in UTF-8\n"


def test_people_see_what_a_terminal_would_obey(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = on_a_terminal(
        monkeypatch, TalkingHost(answer("\x1b[2J\u202e", "ζ\n\tb")), "generate", "last", "--prefix", "<"
    )
    assert shown == "<␛[2J<U+202E>ζ\r\n\tb\r\n"


def test_a_text_that_ends_its_line_gets_no_second_line_feed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert on_a_terminal(monkeypatch, TalkingHost(answer("a\n")), "generate", "last", "--prefix", "<") == "<a\r\n"


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, host: GrowingHost, *words: str) -> str:
    """What a terminal gets to see of a command's standard output."""
    ours, theirs = os.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        with os.fdopen(theirs, "w", encoding="utf-8") as stdout:
            monkeypatch.setattr(sys, "stdout", stdout)
            assert run(words, Wiring(host=lambda home: host, desk=None, demo=None)) == 0
            monkeypatch.undo()
        return _all_of(screen).decode()


def _all_of(screen: io.FileIO) -> bytes:
    seen = b""
    # Linux says EIO where the last writer of a terminal is gone.
    with contextlib.suppress(OSError):
        while piece := screen.read(1 << 16):
            seen += piece
    return seen


def test_units_are_clamped_and_an_eos_is_written_past_where_that_is_asked_for(cli: Cli) -> None:
    host = TalkingHost(answer("x"))
    cli("generate", "last", "--prefix", "a", "--clamp", "0:12=1.5", "--clamp", "1:3=-2", "--past-eos", on=host)
    assert host.prompts[0].clamp == (Clamp(0, 12, 1.5), Clamp(1, 3, -2.0))
    assert not host.prompts[0].sample.stop_at_eos


@pytest.mark.parametrize("flag", ["--clamp=1", "--clamp=0:x=1", "--next=0", "--next=x", "--beam=0"])
def test_a_clamp_or_a_number_that_is_none_is_refused_in_a_sentence(flag: str, cli: Cli) -> None:
    said = cli("generate", "last", "--prefix", "a", flag, on=TalkingHost(answer("x")))
    assert said.code == 2
    assert said.err.count("\n") == 1


def test_what_could_come_next_is_a_table_or_json(cli: Cli) -> None:
    class Peeked(TalkingHost):
        def console(self, run: str) -> FakeConsole:
            likely = (Choice(1, " ", " ", 0.5), Choice(2, "\x1b", "\x1b", 0.25))
            return _Peeked({"": (answer("x")[0], Choices(choices=likely), answer("x")[-1])})

    class _Peeked(FakeConsole):
        def ask(self, question: Question) -> None:
            assert question == Peek(prefix="time", count=2)
            super().ask(question)

    host = Peeked(())
    said = cli("generate", "last", "--prefix", "time", "--next", "2", on=host)
    assert [line.split() for line in said.lines] == [
        ["token", "probability"],
        ["'", "'", "50.0%"],
        ["'\\x1b'", "25.0%"],
    ]
    lines = cli("generate", "last", "--prefix", "time", "--next", "2", "--json", on=host).lines
    assert isinstance(msgspec.json.decode(lines[1], type=AnyPiece), Choices)


def test_many_texts_come_each_under_its_seed_or_as_json(cli: Cli) -> None:
    first, last = answer("x")[0], answer("x")[-1]
    found = [
        Found(finding=Continuation(seed=seed, text=text, tokens=2, cause="length"))
        for seed, text in ((5, " a"), (6, "\x1b["))
    ]

    class Many(TalkingHost):
        def console(self, run: str) -> FakeConsole:
            return _Many({"": (first, *found, last)})

    class _Many(FakeConsole):
        def ask(self, question: Question) -> None:
            assert question == WriteMany(prefix="time", count=2, sample=SampleSpec(temperature=0.5, length=33, seed=5))
            super().ask(question)

    words = ("generate", "last", "--prefix", "time", "--count", "2", "--seed", "5")
    said = cli(*words, on=Many(()))
    assert said.out == "seed 5, 2 tokens, length\ntime a\n\nseed 6, 2 tokens, length\ntime\x1b[\n\n"
    lines = cli(*words, "--json", on=Many(())).lines
    assert [msgspec.json.decode(line, type=AnyPiece) for line in lines[1:3]] == found
