"""Sessions: a desk is found again as it was left, and damage costs the desk and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from rnnlab.dialogue import Turn
from rnnlab.errors import BadInput
from rnnlab.hosts.local import LocalHost
from rnnlab.hosts.values import Session
from rnnlab.specs import SampleSpec
from rnnlab.transcript import Packed

from .runs_on_disk import make_run

DESK = Session(
    name="evening",
    draft={"model.hidden": "12x", "train.prefixes": '"a, b"'},
    corpora=("/home/né/\u2028.txt", "~/x"),
    selected="gru-8-shy-owl",
    desk={"pane": "train", "zoom": [1, 2.5, None, True], "prompt": "分开\n\x1b"},
)
TURN = Turn(prefix="the ", text="né\u2028\x1b[2J\n", run="gru-8-shy-owl", step=7, seed=3, sample=SampleSpec(length=9))


def test_a_desk_is_found_again_as_it_was_left(host: LocalHost, home: Path) -> None:
    host.save_session(DESK)
    assert host.session("evening") == DESK
    assert LocalHost(home).session("evening") == DESK


def test_who_has_no_session_gets_an_empty_one_called_main(host: LocalHost) -> None:
    assert host.sessions() == ()
    assert host.session() == Session(name="main")


def test_the_session_used_last_is_opened(host: LocalHost, home: Path) -> None:
    for when, name in ((1e9, "old"), (1.3e9, "new"), (1.2e9, "between")):
        host.save_session(Session(name=name))
        os.utime(home / "sessions" / name / "session.json", (when, when))
    assert [session.name for session in host.sessions()] == ["new", "between", "old"]
    assert host.session().name == "new"
    host.save_session(Session(name="old"))
    assert host.session().name == "old"


def test_a_run_counts_as_a_use_of_its_session(host: LocalHost, home: Path, corpus: Path) -> None:
    host.save_session(Session(name="idle"))
    os.utime(home / "sessions" / "idle" / "session.json", (1e9, 1e9))
    make_run(home, corpus, "busy")
    (first, second) = host.sessions()
    assert (first.name, first.runs, first.live) == ("busy", 1, 0)
    assert (second.name, second.runs) == ("idle", 0)


@pytest.mark.parametrize(
    "junk", [b"", b"{", b"[]", b"\xff", b'{"name":3}', b"[" * 100_000, b'{"name":"x","draft":[]}', None]
)
def test_a_damaged_desk_is_an_empty_one_and_hides_no_other(host: LocalHost, home: Path, junk: bytes | None) -> None:
    host.save_session(DESK)
    host.save_session(Session(name="other", selected="x"))
    path = home / "sessions" / "evening" / "session.json"
    path.unlink()
    if junk is None:
        path.mkdir()
    else:
        path.write_bytes(junk)
    assert host.session("evening") == Session(name="evening")
    assert host.session("other").selected == "x"
    assert {session.name for session in host.sessions()} == {"evening", "other"}


def test_a_desk_has_the_name_of_its_directory(host: LocalHost, home: Path) -> None:
    host.save_session(DESK)
    (home / "sessions" / "evening").rename(home / "sessions" / "night")
    assert host.session("night").name == "night"


@pytest.mark.parametrize("name", ["../up", "/etc", "[/x]", "-rf", "A", ".hidden", "x" * 65])
def test_hostile_names_are_refused_and_make_nothing(host: LocalHost, home: Path, name: str) -> None:
    for use in (host.session, host.transcript, lambda n: host.save_session(Session(name=n)),
                lambda n: host.remember(n, TURN)):  # fmt: skip
        with pytest.raises(BadInput):
            use(name)
    assert list(home.iterdir()) == []


def test_half_a_character_is_refused_and_the_desk_before_stays(host: LocalHost) -> None:
    host.save_session(DESK)
    with pytest.raises(BadInput, match="half of a surrogate pair"):
        host.save_session(Session(name="evening", selected="\ud800"))
    with pytest.raises(BadInput, match="half of a surrogate pair"):
        host.remember("evening", Turn(prefix="\ud800", text="", run="x", step=1))
    assert host.session("evening") == DESK


def test_turns_are_remembered_in_their_order(host: LocalHost, home: Path) -> None:
    assert host.transcript("main") == ()
    turns = [Turn(prefix=TURN.prefix, text=TURN.text, run=TURN.run, step=step) for step in range(5)]
    for turn in turns:
        host.remember("main", turn)
    assert host.transcript("main") == tuple(turns)
    assert LocalHost(home).transcript("main") == tuple(turns)
    assert host.transcript("other") == ()


def test_the_turns_of_one_run_are_asked_for(host: LocalHost) -> None:
    other = msgspec.structs.replace(TURN, run="rnn-8-eel")
    for turn in (TURN, other, TURN):
        host.remember("main", turn)
    assert host.transcript("main", TURN.run) == (TURN, TURN)
    assert host.transcript("main", "rnn-8-eel") == (other,)
    assert host.transcript("main", "nobody") == ()


def test_a_turn_that_is_read_back_holds_its_tokens_in_little_room(host: LocalHost) -> None:
    turn = msgspec.structs.replace(TURN, tokens=tuple(range(200)))
    host.remember("main", turn)
    (read,) = host.transcript("main")
    assert isinstance(read.tokens, Packed)
    assert read == turn


def test_turns_that_do_not_read_are_left_out(host: LocalHost, home: Path) -> None:
    host.remember("main", TURN)
    path = home / "sessions" / "main" / "transcript.jsonl"
    with path.open("ab") as file:
        file.write(b'{"prefix":3}\n\xff\n' + b"[" * 50_000 + b'\n{"prefix":"a","text":"b","run":"r","step":1,')
        file.write(b'"sample":{"temperature":-1}}\ntorn')
    host.remember("main", TURN)
    assert host.transcript("main") == (TURN, TURN)


def test_a_long_transcript_gives_its_newest_turns_and_keeps_all(host: LocalHost, home: Path) -> None:
    line = b'{"prefix":"","text":"","run":"r","step":%d}\n'
    path = home / "sessions" / "main" / "transcript.jsonl"
    host.remember("main", TURN)
    path.write_bytes(b"".join(line % step for step in range(2000)))
    host.remember("main", TURN)
    turns = host.transcript("main")
    assert turns[-1] == TURN
    assert [turn.step for turn in turns[:-1]] == list(range(2000 - len(turns) + 1, 2000))
    assert path.read_bytes().count(b"\n") == 2001


def test_a_text_is_put_where_its_place_says_whole_and_again(host: LocalHost, home: Path) -> None:
    for text in ("n\u00e9\r\n" * 1000, "short"):
        place = host.keep_text("main", "copied.txt", text)
        assert Path(place).read_bytes() == text.encode()
        assert Path(place).is_relative_to(home / "sessions" / "main")
    assert host.session("main") == Session(name="main")


@pytest.mark.parametrize("name", ["../up.txt", "session.json", "", "transcript.jsonl"])
def test_no_other_file_is_written(host: LocalHost, home: Path, name: str) -> None:
    with pytest.raises(BadInput, match=r"a session keeps copied\.txt and transcript\.md"):
        host.keep_text("main", name, "x")
    with pytest.raises(BadInput, match="half of a surrogate pair"):
        host.keep_text("main", "copied.txt", "\ud800")
    assert list(home.iterdir()) == []
