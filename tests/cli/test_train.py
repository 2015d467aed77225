"""`train` and `watch`: following a run to its end, letting go of it, and coming back without gap or duplicate."""

from __future__ import annotations

import json
import signal

import msgspec
import pytest

from rnnlab.cli.follow import LIMIT
from rnnlab.cli.wire import decode
from rnnlab.errors import RunError
from rnnlab.hosts.fake import Recording
from rnnlab.hosts.values import Reading
from rnnlab.specs import RunSpec

from .recorded import Cli, GrowingHost, records, summary

RUN = "gru-64-calm-owl"


def host_with(state: str, **changes: str) -> GrowingHost:
    return GrowingHost([Recording(summary=summary(state=state, **changes), records=records(cause=state))])


class InterruptedHost(GrowingHost):
    """A host that gets Ctrl-C while the n-th reading is on its way."""

    at = 2

    def read(self, run: str, cursor: int = 0, limit: int = 2000) -> Reading:
        if len(self.reads) + 1 == self.at:
            signal.raise_signal(signal.SIGINT)
        return super().read(run, cursor, limit)


def test_train_follows_the_run_to_its_end_one_line_an_event(cli: Cli, host: GrowingHost) -> None:
    said = cli("train")
    assert said.code == 0
    assert [line.split()[0] for line in said.lines] == [
        "started",
        *["step"] * 5,
        "evaluated",
        "sampled",
        "saved",
        "finished",
    ]
    assert f"{RUN} trains in session demo" in said.err
    assert f"{RUN} finished: perplexity 12.50, validation 13.25, 20 of 20 steps, 1:01" in said.err


def test_train_takes_the_session_that_was_typed(cli: Cli, host: GrowingHost) -> None:
    cli("train", "--session", "songs", "--detach")
    assert host.starts == [(RunSpec(), "songs")]


def test_detach_prints_the_id_and_nothing_else_and_reads_nothing(cli: Cli, host: GrowingHost) -> None:
    said = cli("train", "--detach")
    assert (said.code, said.out, host.reads) == (0, RUN + "\n", [])
    assert json.loads(cli("train", "--detach", "--json").out) == {"run": RUN}


def test_json_lines_are_the_records_and_nothing_else(cli: Cli, host: GrowingHost) -> None:
    lines = [decode(line) for line in cli("train", "--json").lines]
    assert tuple(line.record for line in lines) == records()
    assert {line.run for line in lines} == {RUN}
    assert lines[-1].cursor == len(lines)


def test_untrusted_text_in_an_event_is_made_visible(cli: Cli, host: GrowingHost) -> None:
    said = cli("train")
    assert "\x1b" not in said.out
    assert "time| and␛]0;pwned␇␊the" in said.out


@pytest.mark.parametrize("cause", ["finished", "patience", "stopped"])
def test_a_run_that_ended_as_it_should_is_exit_code_0(cause: str, cli: Cli) -> None:
    assert cli("watch", "last", on=host_with(cause)).code == 0


@pytest.mark.parametrize("cause", ["failed", "died", "diverged", "preempted"])
def test_a_run_that_ended_otherwise_is_exit_code_1(cause: str, cli: Cli) -> None:
    said = cli("train", on=host_with(cause))
    assert said.code == 1
    assert f"{RUN} {cause}" in said.err


def test_of_a_run_that_died_the_last_words_are_shown_and_made_visible(cli: Cli) -> None:
    host = host_with("died", message="its worker was killed")
    host.logs = ("first", "last \x1b[2J words")
    err = cli("watch", RUN, on=host).err
    assert f"{RUN} died (its worker was killed)" in err
    assert "  last ␛[2J words\n" in err


def test_last_words_that_are_what_is_said_of_the_end_are_not_said_twice(cli: Cli) -> None:
    host = host_with("failed", message="the corpus is gone")
    host.logs = ("it began", "the corpus is gone")
    assert cli("watch", RUN, on=host).err.count("the corpus is gone") == 1


def test_a_checkpoint_of_no_run_is_refused_and_nothing_starts(cli: Cli, host: GrowingHost) -> None:
    said = cli("train", "--at", "5")
    assert (said.code, host.reads) == (2, [])
    assert "name that run" in said.err


def test_a_live_run_is_read_until_it_has_ended_and_all_of_it_was_read(cli: Cli, host: GrowingHost) -> None:
    host.growth[RUN] = 3
    said = cli("watch", "last", "--json")
    assert [decode(line).record.seq for line in said.lines] == list(range(1, 11))


def test_a_silent_run_is_looked_at_more_seldom(cli: Cli, host: GrowingHost, no_waiting: list[float]) -> None:
    host.growth[RUN], host.pace = -6, 1
    cli("watch", "last")
    assert no_waiting[:6] == pytest.approx([0.1, 0.15, 0.225, 0.3375, 0.5, 0.5])
    assert no_waiting[7] == pytest.approx(0.1)


def test_ctrl_c_lets_go_and_the_run_goes_on(cli: Cli) -> None:
    host = InterruptedHost([Recording(summary=summary(), records=records())])
    said = cli("train", on=host)
    assert said.code == 130
    assert f"{RUN} goes on training: `rnnlab watch {RUN} --after" in said.err
    assert f"`rnnlab stop {RUN}` ends it" in said.err
    assert host.requests == []
    assert host.run(RUN).live


@pytest.mark.parametrize("at", range(1, 9))
def test_coming_back_behind_the_cursor_leaves_no_gap_and_no_duplicate(at: int, cli: Cli) -> None:
    host = InterruptedHost([Recording(summary=summary(), records=records())])
    host.at = at
    before = cli("train", "--json", on=host)
    host.at = 0
    after = before.err.partition("--after ")[2].partition("`")[0]
    behind = cli("watch", RUN, "--after", after, "--json", on=host)
    assert before.code == 130
    assert [decode(line).record for line in before.lines + behind.lines] == list(records())


def test_a_second_ctrl_c_does_not_wait(cli: Cli) -> None:
    class StuckHost(GrowingHost):
        def read(self, run: str, cursor: int = 0, limit: int = 2000) -> Reading:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            raise AssertionError("the second Ctrl-C was not heard")

    said = cli("watch", RUN, on=StuckHost([Recording(summary=summary(), records=records())]))
    assert (said.code, said.out) == (130, "")
    assert f"`rnnlab watch {RUN} --after 0` reads on" in said.err


def test_ctrl_c_before_the_run_is_there_is_quiet(cli: Cli) -> None:
    class SlowHost(GrowingHost):
        def start(self, spec: RunSpec, session: str, init: str = "", at: str = "last") -> str:
            signal.raise_signal(signal.SIGINT)
            return super().start(spec, session)

    said = cli("train", on=SlowHost([Recording(summary=summary(), records=records())]))
    assert (said.code, said.out, said.err) == (130, "", "")


def test_ctrl_c_is_everyones_again_afterwards(cli: Cli, host: GrowingHost) -> None:
    cli("watch", "last")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_where_the_shell_ignores_ctrl_c_it_stays_ignored(cli: Cli) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        said = cli("watch", RUN, on=InterruptedHost([Recording(summary=summary(), records=records())]))
    finally:
        signal.signal(signal.SIGINT, before)
    assert said.code == 0


def test_the_way_back_names_the_home_that_was_typed(cli: Cli) -> None:
    host = InterruptedHost([Recording(summary=summary(), records=records())])
    assert "`rnnlab --home 'my lab' watch" in cli("--home", "my lab", "train", on=host).err


def test_no_follow_prints_what_is_there_of_a_live_run(cli: Cli, host: GrowingHost) -> None:
    host.growth[RUN] = 4
    said = cli("watch", RUN, "--no-follow", "--json")
    assert [decode(line).record.seq for line in said.lines] == [1, 2, 3, 4]
    assert said.code == 0
    assert RUN in host.growth


def test_a_long_journal_is_read_in_pieces(cli: Cli) -> None:
    long = Recording(summary=summary(), records=records(3 * LIMIT))
    host = GrowingHost([long])
    lines = [decode(line) for line in cli("watch", RUN, "--json", on=host).lines]
    assert [line.record for line in lines] == list(long.records)
    assert [line.cursor for line in lines if line.cursor is not None] == [LIMIT, 2 * LIMIT, 3 * LIMIT, len(lines)]


def test_damaged_records_are_counted_on_standard_error(cli: Cli) -> None:
    class DamagedHost(GrowingHost):
        def read(self, run: str, cursor: int = 0, limit: int = 2000) -> Reading:
            reading = super().read(run, cursor, limit)
            return msgspec.structs.replace(reading, damaged=3) if cursor == 0 else reading

    said = cli("watch", RUN, on=DamagedHost([Recording(summary=summary(), records=records())]))
    assert f"3 damaged records of {RUN} left out\n" in said.err
    assert said.code == 0


def test_a_host_that_refuses_is_one_sentence(cli: Cli) -> None:
    class FullHost(GrowingHost):
        def start(self, spec: RunSpec, session: str, init: str = "", at: str = "last") -> str:
            raise RunError("no room\x1b[2J here")

    said = cli("train", on=FullHost([Recording(summary=summary(), records=records())]))
    assert (said.code, said.out, said.err) == (1, "", "rnnlab: no room␛[2J here\n")


@pytest.mark.parametrize("cursor", ["-1", "x", "1_0", "１", "9" * 30, "9223372036854775808"])
def test_what_is_no_cursor_is_refused(cursor: str, cli: Cli, host: GrowingHost) -> None:
    said = cli("watch", "last", f"--after={cursor}")
    assert (said.code, host.reads) == (2, [])
    assert "is no cursor" in said.err


def test_what_the_sentence_has_said_is_not_said_again_as_a_traceback(cli: Cli) -> None:
    host = host_with("failed", message="torch sees no CUDA device")
    host.logs = ("Traceback (most recent call last):", "rnnlab.errors.SpecError: torch sees no CUDA device")
    err = cli("watch", RUN, on=host).err
    assert f"{RUN} failed" in err
    assert "torch sees no CUDA device" in err
    assert "Traceback" not in err
    host.logs = ("Traceback (most recent call last):", "ZeroDivisionError: division by zero")
    assert "ZeroDivisionError" in cli("watch", RUN, on=host).err
