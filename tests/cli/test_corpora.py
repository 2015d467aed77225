"""`corpus fetch|show --detail|batch|compare|plan`: what is said is what the host knows."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from rnnlab.cli.waiting import bar
from rnnlab.hosts.values import CorpusEntry, Preflight, Work
from rnnlab.specs import RunSpec, find_field, from_toml
from rnnlab.specs.arithmetic import plan
from rnnlab.text.report import Baselines, Batch, Comparison, CorpusDetail, CorpusReport

HOSTILE = "\x1b]0;pwned\x07 \u202e שלום مرحبا e\u0301 👩‍👩‍👧 红楼梦 [/x] the the the\n"


@pytest.fixture
def rnnlab(tmp_path: Path):
    """Performs a command line in a process of its own, with a home of its own."""

    def perform(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "rnnlab", "--home", str(tmp_path / "home"), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, input=given)

    return perform


def test_a_second_look_says_how_hard_a_text_is(rnnlab) -> None:
    said = rnnlab("corpus", "show", "gazette", "--detail")
    assert said.returncode == 0
    for words in ("5-gram", "bits/character", "line ends", "LF 978", "frequency against rank", "Lu"):
        assert words in said.stdout
    lines = rnnlab("corpus", "show", "gazette", "--detail", "--json").stdout.splitlines()
    assert len(lines) == 3
    assert msgspec.json.decode(lines[0], type=CorpusReport).name == "gazette"
    assert msgspec.json.decode(lines[1], type=CorpusDetail).lines.count == 978
    rows = msgspec.json.decode(lines[2], type=Baselines).rows
    assert [row.name for row in rows] == ["uniform", "unigram", "bigram", "5-gram", "xz"]


def test_nothing_a_terminal_would_obey_is_said_of_a_hostile_text(rnnlab, tmp_path: Path) -> None:
    (tmp_path / "evil.txt").write_text(HOSTILE * 30)
    for words in (["show", "--all", "--detail"], ["batch", "--set", "data.batch=2"], ["plan", "--no-probe"]):
        verb, *rest = words
        said = rnnlab("corpus", verb, str(tmp_path / "evil.txt"), *rest, "--set", "data.batch=2")
        assert said.returncode == 0, said.stderr
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", said.stdout + said.stderr)
    said = rnnlab("corpus", "compare", str(tmp_path / "evil.txt"), "gazette")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", said.stdout)


def test_a_long_line_is_only_begun(rnnlab, tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("the tide comes in and goes out again; " * 999)
    assert max(map(len, rnnlab("corpus", "show", str(tmp_path / "long.txt")).stdout.splitlines())) <= 110


def test_a_batch_is_shown_with_y_under_x(rnnlab) -> None:
    said = rnnlab("corpus", "batch", "the-tide-clock", "--number", "2")
    x, y = (next(line.split()[1:] for line in said.stdout.splitlines() if line.startswith(name)) for name in "XY")
    assert x[1:] == y[:-1]
    batch = msgspec.json.decode(rnnlab("corpus", "batch", "the-tide-clock", "--json").stdout, type=Batch)
    assert batch.rows[0].x[1:] == batch.rows[0].y[:-1]
    assert rnnlab("corpus", "batch", "the-tide-clock", "--number", "99999").returncode == 2


def test_two_corpora_are_compared(rnnlab) -> None:
    said = rnnlab("corpus", "compare", "gazette", "the-glass-orchard")
    assert "60 tokens in both" in said.stdout
    found = msgspec.json.decode(rnnlab("corpus", "compare", "gazette", "lyrics-zh", "--json").stdout, type=Comparison)
    assert found.one.only_share > 0.8
    assert rnnlab("corpus", "compare", "gazette", "nowhere.txt").returncode == 2


def test_a_plan_says_what_a_spec_comes_to_and_which_one_to_begin_with(rnnlab) -> None:
    found = msgspec.json.decode(rnnlab("corpus", "plan", "gazette", "--no-probe", "--json").stdout, type=Preflight)
    spec = RunSpec().replace({"data.corpus": "gazette"})
    assert found.plan == plan(spec, tokens=found.tokens, vocabulary=found.vocabulary)
    assert found.measured is None
    better = from_toml(rnnlab("corpus", "plan", "gazette", "--toml").stdout)
    for each in found.suggestions:
        assert better.value(each.path) == find_field(each.path).parse(each.value)
        assert each.reason


def test_a_probe_measures_this_machine(rnnlab) -> None:
    words = ("--set", "model.hidden=16", "--set", "train.threads=1", "--json")
    said = rnnlab("corpus", "plan", "lyrics-zh", *words)
    found = msgspec.json.decode(said.stdout, type=Preflight)
    assert found.measured is not None
    assert found.measured.tokens_per_s > 0
    assert found.measured.steps > 0
    assert found.seconds == pytest.approx(found.plan.total_steps * found.measured.step_s)


def test_a_plan_where_no_batch_fits_says_what_fits(rnnlab) -> None:
    said = rnnlab("corpus", "plan", "gazette", "--set", "data.batch=5000")
    assert said.returncode == 2
    assert "the largest batch that fits" in said.stderr


def test_a_text_of_the_catalogue_is_adopted_and_then_has_a_name(rnnlab, tmp_path: Path) -> None:
    (tmp_path / "wp.txt").write_text("Well, Prince, so Genoa and Lucca are now just family estates.\n" * 50)
    assert "`rnnlab corpus fetch war-and-peace` gets it" in rnnlab("corpus", "show", "war-and-peace").stderr
    said = rnnlab("corpus", "fetch", "war-and-peace", "--from", str(tmp_path / "wp.txt"), "--json")
    entry = msgspec.json.decode(said.stdout, type=CorpusEntry)
    assert entry.here
    assert entry.sha256 == hashlib.sha256((tmp_path / "wp.txt").read_bytes()).hexdigest()
    assert "War and Peace" in rnnlab("corpus", "show", "war-and-peace").stdout
    wrong = rnnlab("corpus", "fetch", "tinyshakespeare", "--from", str(tmp_path / "wp.txt"))
    assert wrong.returncode == 2
    assert "is another text" in wrong.stderr
    assert re.search(r"war-and-peace +[\d.]+ kB +fetched", rnnlab("corpus", "list").stdout)


def test_a_named_encoding_is_used_and_guessed_at_where_it_is_missing(rnnlab, tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_bytes("红楼梦第一回甄士隐梦幻识通灵\n".encode("gb18030") * 50)
    refused = rnnlab("corpus", "show", str(tmp_path / "old.txt"))
    assert "--encoding gb18030" in refused.stderr
    assert "红楼梦" in rnnlab("corpus", "show", str(tmp_path / "old.txt"), "--encoding", "gb18030").stdout


def test_standard_input_is_a_corpus(rnnlab) -> None:
    assert "60 characters" in rnnlab("corpus", "show", "-", given="the tide\n" * 6 + "turns\n").stdout


@pytest.mark.parametrize(
    ("total", "line"), [(0, "reading  50 B"), (100, f"reading  {'█' * 12}{'░' * 12}  50% of 100 B")]
)
def test_progress_is_a_line(total: int, line: str) -> None:
    assert bar(Work(corpus="x", stage="reading", done=50, total=total)) == line
