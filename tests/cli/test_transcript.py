"""`transcript` and whole sessions: what was written is found, exported and taken in; a desk goes from host to host."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from rnnlab.dialogue import Turn
from rnnlab.hosts.values import Session
from rnnlab.transcript import packed

from .recorded import Cli, GrowingHost

TURNS = (
    Turn(prefix="The tide", text=" rose", run="gru-8-owl", step=7, seed=3, id="a", read=(1, 2), tokens=(3, 4, 5, 6, 7)),
    Turn(prefix="", text=" and sank", run="gru-8-owl", step=7, seed=3, id="b", parent="a", kept=5, tokens=(9,) * 9),
    Turn(prefix="Nan", text=" sat\x1b[2J", run="rnn-8-eel", step=1200, seed=4, id="c"),
)


@pytest.fixture
def told(host: GrowingHost) -> GrowingHost:
    for turn in TURNS:
        host.remember("demo", turn)
    return host


def test_turns_are_listed_and_what_goes_on_stands_under_its_text(cli: Cli, told: GrowingHost) -> None:
    said = cli("transcript", on=told)
    assert said.code == 0
    assert [line.split("  ")[-1].strip() for line in said.lines] == [
        "text",
        "The tide⟩ rose",
        "↓ ⟩ and sank",
        "Nan⟩ sat␛[2J",
    ]


def test_words_find_turns(cli: Cli, told: GrowingHost) -> None:
    assert len(cli("transcript", "--search", "SANK", on=told).lines) == 2
    said = cli("transcript", "--search", "zebra", on=told)
    assert (said.out, said.code) == ("", 0)
    assert "nothing was written with 'zebra'" in said.err


def test_json_lines_are_the_same_where_a_host_packs_the_tokens(cli: Cli, told: GrowingHost) -> None:
    plain = cli("transcript", "--json", on=told).out
    tight = GrowingHost()
    for turn in TURNS:
        tight.remember("demo", packed(turn))
    assert cli("transcript", "--json", on=tight).out == plain


def test_json_lines_are_turns_that_another_host_takes_in(cli: Cli, told: GrowingHost, tmp_path: Path) -> None:
    said = cli("transcript", "--json", on=told)
    assert tuple(msgspec.json.decode(line, type=Turn) for line in said.lines) == TURNS
    (tmp_path / "turns.jsonl").write_text(said.out)
    other = GrowingHost()
    assert cli("transcript", "--add", str(tmp_path / "turns.jsonl"), on=other).code == 0
    assert other.transcript("demo") == TURNS


@pytest.mark.parametrize("junk", ["{}", "[" * 100_000, '{"prefix":1}', "x"])
def test_a_line_that_is_no_turn_adds_nothing(cli: Cli, told: GrowingHost, tmp_path: Path, junk: str) -> None:
    (tmp_path / "turns.jsonl").write_text(msgspec.json.encode(TURNS[0]).decode() + "\n" + junk)
    said = cli("transcript", "--add", str(tmp_path / "turns.jsonl"), on=told)
    assert said.code == 2
    assert "holds a line that is no turn" in said.err
    assert len(told.transcript("demo")) == 3


def test_markdown_goes_to_a_file_or_the_output(cli: Cli, told: GrowingHost, tmp_path: Path) -> None:
    file = tmp_path / "evening.md"
    assert cli("transcript", "--markdown", str(file), on=told).code == 0
    document = file.read_text()
    assert document == cli("transcript", "--markdown", "-", on=told).out
    assert document.startswith("# Transcript of demo\n")
    assert "The tide rose and sank" in document
    said = cli("transcript", "--markdown", str(tmp_path / "no" / "x.md"), on=told)
    assert (said.code, said.out) == (1, "")


def test_a_session_goes_from_one_host_to_another(cli: Cli, told: GrowingHost, tmp_path: Path) -> None:
    session = Session(name="demo", draft={"model.hidden": "12x"}, desk={"pane": "generate"})
    told.save_session(session)
    said = cli("sessions", "--show", "demo", on=told)
    assert msgspec.json.decode(said.out, type=Session) == session
    (tmp_path / "desk.json").write_text(said.out)
    other = GrowingHost()
    assert cli("sessions", "--save", str(tmp_path / "desk.json"), on=other).code == 0
    assert other.session() == session
    (tmp_path / "desk.json").write_text("[]")
    assert cli("sessions", "--save", str(tmp_path / "desk.json"), on=other).code == 2
