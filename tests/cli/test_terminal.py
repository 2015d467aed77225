"""The command line in a real pseudo-terminal, with a real worker behind it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from .processes import environment, rnnlab_process

Spawn = Callable[..., pexpect.spawn]

TINY = "--corpus gazette --cell rnn --hidden 8 --batch 8 --steps 20 --set train.threads=1 --set train.sample_length=5"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home whose runs are all stopped in the end."""
    yield tmp_path / "home"
    for line in at(tmp_path / "home", "runs").stdout.split("\n")[1:-1]:
        at(tmp_path / "home", "stop", line.split()[0])


def at(home: Path, *words: str):
    return rnnlab_process(*words, env=environment(RNNLAB_HOME=str(home)))


@pytest.fixture
def spawn(home: Path) -> Spawn:
    def start(words: str, **changes: str) -> pexpect.spawn:
        env = environment(**{"RNNLAB_HOME": str(home), "TERM": "xterm-256color", **changes})
        command = ["-P", "-m", "rnnlab", *words.split()]
        return pexpect.spawn(sys.executable, command, env=env, dimensions=(24, 80), timeout=60, encoding="utf-8")

    return start


def test_ctrl_c_leaves_the_run_training_and_the_way_back_misses_nothing(spawn: Spawn, home: Path) -> None:
    # It ends by itself in a minute or so, should this test fail and nobody stop it.
    child = spawn(f"train {TINY} --epochs 100000 --set train.max_steps=30000 --json")
    child.expect(r'"kind":"step"')
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    said = re.search(r"\r\n(\S+) goes on training: `rnnlab watch \S+ --after (\d+)` comes back", child.before or "")
    assert said is not None
    run, cursor = said.groups()
    assert " running " in at(home, "runs").stdout
    at(home, "stop", run)
    behind = at(home, "watch", run, "--after", cursor, "--json")
    whole = at(home, "watch", run, "--json")
    sequence = [int(number) for number in re.findall(r'"seq":(\d+)', whole.stdout)]
    rest = [int(number) for number in re.findall(r'"seq":(\d+)', behind.stdout)]
    assert behind.returncode == whole.returncode == 0
    assert sequence == list(range(1, len(sequence) + 1))
    assert rest == sequence[-len(rest) :]
    assert 0 < len(rest) < len(sequence)


def test_the_whole_way_from_a_text_to_its_model_s_words(home: Path) -> None:
    trained = at(home, "train", *TINY.split(), "--set", "train.max_steps=3", "--epochs", "1")
    assert trained.returncode == 0, trained.stderr
    assert trained.stdout.split("\n")[-2].split() == ["finished", "3", "finished"]
    written = at(home, "generate", "last", "--prefix", "The ", "--length", "12", "--seed", "7")
    assert written.returncode == 0, written.stderr
    assert len(written.stdout) == 16
    assert written.stdout.startswith("The ")
    assert "step 3, " in written.stderr
    refused = at(home, "generate", "last", "--prefix", "不")
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
    assert at(home, "delete", "last", "--yes").returncode == 0
    assert at(home, "runs").stdout == ""


def test_a_question_is_asked_where_there_is_someone_to_answer(spawn: Spawn, home: Path) -> None:
    run = at(home, "train", *TINY.split(), "--set", "train.max_steps=1").stderr.split()[0]
    child = spawn("delete last")
    child.expect(rf"delete {run} \(rnn 8 on gazette, 1 step\) and everything it saved\? \[y/N\] ")
    child.sendline("n")
    child.expect("nothing was deleted")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 1
    assert run in at(home, "runs").stdout


@pytest.mark.parametrize("term", ["dumb", ""])
def test_the_screen_refuses_a_terminal_that_cannot_draw(term: str, spawn: Spawn) -> None:
    child = spawn("", TERM=term)
    child.expect("rnnlab: TERM is (dumb|not set)")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 2


def test_no_colour_is_asked_for_and_none_comes(spawn: Spawn) -> None:
    child = spawn("corpus list", NO_COLOR="1")
    child.expect(pexpect.EOF)
    assert not re.search(r"\x1b\[3\dm", child.before or "")
