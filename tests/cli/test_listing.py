"""`runs`, `show`, `sessions`, `corpus`: for people in aligned columns, for programs as values of the Host."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from rnnlab.events import Changed, Record
from rnnlab.hosts.fake import FakeHost, Recording
from rnnlab.hosts.values import CorpusEntry, RunSummary, SessionSummary
from rnnlab.specs import DataSpec, RunSpec, from_toml
from rnnlab.text.report import CorpusReport

from .recorded import Cli, GrowingHost, records, summary

RUN = "gru-64-calm-owl"


def test_runs_are_listed_newest_first_in_columns(cli: Cli) -> None:
    assert cli("runs").lines == [
        "run              state     corpus      step  train  valid  time",
        "gru-64-calm-owl  finished  lyrics-zh  20/20  12.50  13.25  1:01",
        "lstm-8-sad-vole  failed    lyrics-zh  20/20  12.50         1:01",
    ]


def test_runs_of_several_sessions_tell_theirs(cli: Cli, host: GrowingHost) -> None:
    recording = host._recordings[RUN]
    host._recordings[RUN] = msgspec.structs.replace(
        recording, summary=msgspec.structs.replace(recording.summary, session="other")
    )
    assert [line.split()[-1] for line in cli("runs").lines] == ["session", "other", "demo"]


def test_runs_as_json_are_summaries(cli: Cli, host: GrowingHost) -> None:
    lines = cli("runs", "--json").lines
    assert tuple(msgspec.json.decode(line, type=RunSummary) for line in lines) == host.runs()


def test_no_runs_is_no_data_and_says_what_to_do(cli: Cli) -> None:
    said = cli("runs", on=FakeHost())
    assert (said.code, said.out) == (0, "")
    assert "`rnnlab train` starts one" in said.err


def test_a_hostile_name_cannot_reach_the_terminal(cli: Cli, host: GrowingHost) -> None:
    recording = host._recordings[RUN]
    evil = msgspec.structs.replace(recording.summary, corpus="a\x1b]52;c;x\x07\nb", message="\u202e")
    host._recordings[RUN] = msgspec.structs.replace(recording, summary=evil)
    for words in (("runs",), ("show", "last"), ("watch", "last")):
        said = cli(*words)
        assert not set("\x1b\x07\u202e") & set(said.out + said.err), words
    assert "a␛]52;c;x␇␊b" in cli("runs").out


def test_show_says_what_a_run_is_and_what_was_changed(cli: Cli) -> None:
    said = cli("show", "last")
    assert said.lines[0] == f"run         {RUN}"
    assert "progress    step 20 of 20, 100%, epoch 1, 1:01" in said.lines
    assert "changed     model.hidden=64  data.corpus=lyrics-zh" in said.lines


def test_show_as_json_is_a_summary(cli: Cli, host: GrowingHost) -> None:
    assert msgspec.json.decode(cli("show", "lstm", "--json").out, type=RunSummary) == host.run("lstm-8-sad-vole")


def test_show_spec_is_toml_or_json_that_reads_back(cli: Cli, host: GrowingHost) -> None:
    spec = host.run(RUN).spec
    assert from_toml(cli("show", RUN, "--spec").out) == spec
    assert msgspec.json.decode(cli("show", RUN, "--spec", "--json").out, type=RunSpec) == spec


@pytest.mark.parametrize("command", ["show", "watch", "pause", "resume", "stop", "checkpoint", "delete"])
def test_a_run_that_is_not_there_is_one_sentence(command: str, cli: Cli) -> None:
    said = cli(command, "nobody")
    assert (said.code, said.out) == (2, "")
    assert said.err == "rnnlab: there is no run 'nobody': `rnnlab runs` lists those there are\n"


def test_sessions_are_listed(cli: Cli, host: GrowingHost) -> None:
    assert cli("sessions").lines == ["session  runs  live  last used", "demo        2     0"]
    decoded = tuple(msgspec.json.decode(line, type=SessionSummary) for line in cli("sessions", "--json").lines)
    assert decoded == host.sessions()


def test_no_sessions_says_what_to_do(cli: Cli) -> None:
    class EmptyHost(FakeHost):
        def sessions(self) -> tuple[SessionSummary, ...]:
            return ()

    said = cli("sessions", on=EmptyHost())
    assert (said.code, said.out, said.err) == (0, "", "there are no sessions yet: `rnnlab` begins one\n")


def test_the_bundled_corpora_are_listed(cli: Cli, host: GrowingHost) -> None:
    decoded = tuple(msgspec.json.decode(line, type=CorpusEntry) for line in cli("corpus", "list", "--json").lines)
    assert decoded == host.corpora()
    assert [line.split()[0] for line in cli("corpus", "list").lines] == ["corpus", *(entry.name for entry in decoded)]


def test_a_text_file_is_shown_with_its_vocabulary(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "text.txt"
    file.write_text("aab\x1b\n" * 50, encoding="utf-8")
    said = cli("corpus", "show", str(file))
    assert said.code == 0
    assert "tokens      250, 4 distinct" in said.lines
    assert "perplexity  4 guessing evenly, 3.789 guessing by frequency" in said.lines
    row = next(line for line in said.lines if " a " in line and "U+0061" in line)
    assert row.split() == ["2", "a", "U+0061", "100", "40.000%", "latin", "small", "letter", "a"]
    assert "\x1b" not in said.out


def test_a_corpus_as_json_is_the_whole_report(cli: Cli, host: GrowingHost) -> None:
    report = msgspec.json.decode(cli("corpus", "show", "gazette", "--json").out, type=CorpusReport)
    assert report == host.corpus(DataSpec(corpus="gazette"))


def test_only_the_commonest_tokens_are_listed_unless_all_are_asked_for(cli: Cli) -> None:
    some, whole = cli("corpus", "show", "lyrics-zh"), cli("corpus", "show", "lyrics-zh", "--all")
    assert "rarer tokens not shown: --all shows all" in some.err
    assert whole.err == ""
    assert len(whole.lines) - len(some.lines) > 900


def test_tokens_and_settings_change_the_report(cli: Cli) -> None:
    words = msgspec.json.decode(cli("corpus", "show", "gazette", "--tokens", "word", "--json").out, type=CorpusReport)
    lower = msgspec.json.decode(
        cli("corpus", "show", "gazette", "--set", "data.clean=lower", "--json").out, type=CorpusReport
    )
    assert len(words.vocabulary) > 500
    assert "A" not in {row.token for row in lower.vocabulary}


def test_settings_that_are_no_corpus_s_are_refused(cli: Cli) -> None:
    said = cli("corpus", "show", "gazette", "--set", "train.lr=1")
    assert (said.code, said.out) == (2, "")
    assert "train.lr changes nothing about a corpus" in said.err


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02" * 100, b"\x1f\x8b\x08" + bytes(100)])
def test_a_file_that_is_no_text_is_one_sentence(content: bytes, cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    said = cli("corpus", "show", str(file))
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("rnnlab: ")
    assert said.err.count("\n") == 1


def test_a_session_that_is_not_there_is_one_sentence(cli: Cli) -> None:
    for words in (("runs", "--session", "nope"), ("show", "last", "--session", "nope"), ("sessions", "--show", "nope")):
        said = cli(*words)
        assert (said.code, said.out) == (2, "")
        assert said.err == "rnnlab: there is no session 'nope': `rnnlab sessions` lists those there are\n"


def test_a_session_without_runs_tells_how_to_begin_one_in_it(cli: Cli) -> None:
    class Bare(FakeHost):
        def sessions(self) -> tuple[SessionSummary, ...]:
            return (SessionSummary(name="thesis", runs=0, live=0, used_at=0.0),)

    said = cli("--session", "thesis", "runs", on=Bare())
    sentence = "there are no runs in the session thesis yet: `rnnlab --session thesis train` starts one\n"
    assert (said.code, said.out, said.err) == (0, "", sentence)


def test_knobs_that_were_turned_are_told_beside_the_spec(cli: Cli, host: GrowingHost) -> None:
    turned = Record(seq=99, at=0.0, event=Changed(step=7, epoch=1, changes={"train.lr": "0.002"}))
    there = summary()
    telling = GrowingHost([Recording(summary=there, records=(*records(), turned))])
    assert "set since   step 7: train.lr=0.002" in cli("show", "last", on=telling).lines
    told = cli("show", "last", "--spec", on=telling).out
    assert told.startswith("# set at step 7: train.lr=0.002\n")
    assert from_toml(told) == there.spec
