"""Names: slugs by construction, so that none of them leads out of the home directory."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlab.errors import BadInput
from rnnlab.runs.paths import HomePaths, checkpoint_step, is_slug, slug

HOSTILE = [
    "", ".", "..", "...", "a/b", "/", "/etc/passwd", "../../x", "-rf", "--home=/", ".hidden", "_x", "a" * 65,
    "a" * 300, "a\x00b", "[/x]", "\x1b[2J", "a\n", "\na", "dot.", "CON", "A", "é", "e\u0301", "ａ", "٣", "a b", "a\\b",
    "~", "$HOME", "a;b", "`id`", "a\u202eb", "a\u200b", "%2e%2e",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_hostile_names_are_refused_in_one_sentence(name: str, tmp_path: Path) -> None:
    home = HomePaths(tmp_path)
    for use in (home.session, home.session("main").run, home.corpus_copy):
        with pytest.raises(BadInput) as caught:
            use(name)
        assert str(caught.value).isprintable()
        assert str(caught.value).isascii()
        assert len(str(caught.value)) < 300


@pytest.mark.parametrize("name", ["a", "0", "main", "gru-256-brave-otter", "v1.2_x", "a" * 64, "rnn-relu-8-shy-owl"])
def test_plain_names_are_their_own_slugs(name: str) -> None:
    assert slug(name, "a name") == name


@given(st.text(max_size=70))
def test_whatever_is_taken_for_a_name_stays_one_file_below_its_directory(name: str) -> None:
    home = Path("/home/someone/data")
    if is_slug(name):
        path = HomePaths(home).session(name).run(name).directory
        assert path.parts[:4] == home.parts
        assert path.parts == (*home.parts, "sessions", name, "runs", name)
        assert Path(path).resolve() == path
    else:
        with pytest.raises(BadInput):
            HomePaths(home).session(name)


@pytest.mark.parametrize(("name", "step"), [("step-0", 0), ("step-17", 17), ("step-999999999999999", 10**15 - 1)])
def test_a_checkpoints_name_gives_its_step(name: str, step: int, tmp_path: Path) -> None:
    assert checkpoint_step(name) == step
    assert HomePaths(tmp_path).session("main").run("x").checkpoint(step).name == name


@pytest.mark.parametrize("name", ["step-", "step--1", "step-007", "step-1 ", "step-1\n", "step-٣", "step-1" + "0" * 15,
                                  ".step-1.x.tmp", "best.json", "step-1.old", "Step-1", "step-0x1"])  # fmt: skip
def test_no_other_name_is_a_checkpoint(name: str) -> None:
    assert checkpoint_step(name) is None
