"""Whether a process lives and whether it stands still, as the kernel says it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rnnlab.runs.process import lives, suspended
from tests.interned import names_used_up


@pytest.mark.parametrize(
    ("told", "still"),
    [
        ("7 (python) T 1 7", True),
        ("7 (python) S 1 7", False),
        ("7 (python) t 1 7", False),  # a debugger looks at it
        ("7 (a) T (b)) R 1 7", False),
        ("7 (x) R) T 1 7", True),
        ("", False),
        ("7 (python)", False),
    ],
)
def test_the_state_stands_behind_the_name_whatever_is_in_that(tmp_path: Path, told: str, still: bool) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "stat").write_text(told)
    assert suspended(7, tmp_path) is still


def test_a_process_that_runs_or_is_not_there_does_not_stand_still(tmp_path: Path) -> None:
    assert not suspended(os.getpid())
    assert not suspended(7, tmp_path)


def test_a_process_lives_until_it_has_ended_though_nobody_has_asked_how(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert lives(child.pid)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not lives(child.pid)
    child.communicate()
    assert not lives(child.pid)
    assert not lives(7, tmp_path)


def test_to_ask_for_a_process_again_and_again_leaves_no_names_behind() -> None:
    assert names_used_up("from rnnlab.runs.process import suspended", "suspended(10**6 + number)") < 50
