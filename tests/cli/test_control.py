"""`pause`, `resume`, `stop`, `checkpoint`, `delete`: asked once, of the right run, and never by accident."""

from __future__ import annotations

import io
import json

import pytest

from .recorded import Cli, GrowingHost

RUN = "gru-64-calm-owl"
OLD = "lstm-8-sad-vole"


@pytest.mark.parametrize(
    ("command", "action"), [("pause", "pause"), ("resume", "unpause"), ("stop", "stop"), ("checkpoint", "checkpoint")]
)
def test_a_live_run_is_asked(command: str, action: str, cli: Cli, host: GrowingHost) -> None:
    host.growth[RUN] = 3
    said = cli(command, "last")
    assert (said.code, said.out) == (0, "")
    assert host.requests == [(RUN, action)]
    assert f"{RUN} was asked to {command}" in said.err


def test_what_was_asked_can_be_had_as_json(cli: Cli, host: GrowingHost) -> None:
    host.growth[RUN] = 3
    assert json.loads(cli("stop", "last", "--json").out) == {"run": RUN, "asked": "stop"}


def test_an_ended_run_cannot_be_asked(cli: Cli, host: GrowingHost) -> None:
    said = cli("pause", "last")
    assert (said.code, said.out, host.requests) == (1, "", [])
    assert said.err == f"rnnlab: {RUN} is finished: there is no worker to pause\n"


def test_knobs_of_a_live_run_are_turned(cli: Cli, host: GrowingHost) -> None:
    host.growth[RUN] = 3
    said = cli("set", "last", "train.lr=0.5", "train.clip_at=2", "--json")
    assert json.loads(said.out) == {"run": RUN, "set": {"train.lr": 0.5, "train.clip_at": 2.0}}
    assert host.requests == [(RUN, "change")]


@pytest.mark.parametrize("assignment", ["train.lr=0", "model.hidden=3", "train.lrr=1", "train.lr"])
def test_what_is_no_knob_or_out_of_bounds_is_refused(assignment: str, cli: Cli, host: GrowingHost) -> None:
    host.growth[RUN] = 3
    said = cli("set", "last", assignment)
    assert (said.code, said.out, host.requests) == (2, "", [])
    assert said.err.count("\n") == 1


def test_delete_with_yes_asks_nothing(cli: Cli, host: GrowingHost) -> None:
    said = cli("delete", "lstm", "--yes", "--json")
    assert (said.code, json.loads(said.out)) == (0, {"run": OLD})
    assert [run.id for run in host.runs()] == [RUN]


def test_delete_without_a_terminal_refuses(cli: Cli, host: GrowingHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    said = cli("delete", "lstm")
    assert said.code == 2
    assert "add --yes" in said.err
    assert len(host.runs()) == 2


@pytest.mark.parametrize(
    ("typed", "deleted"), [("y\n", True), ("yes\n", True), ("n\n", False), ("\n", False), ("", False)]
)
def test_delete_asks_once_and_takes_only_yes(
    typed: str, deleted: bool, cli: Cli, host: GrowingHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal(typed))
    said = cli("delete", "lstm")
    assert f"delete {OLD} (gru 64 on lyrics-zh, 20 steps) and everything it saved? [y/N]" in said.err
    assert (said.code == 0) == deleted
    assert len(host.runs()) == (1 if deleted else 2)


def test_a_live_run_is_not_deleted(cli: Cli, host: GrowingHost) -> None:
    host.growth[RUN] = 3
    said = cli("delete", RUN, "--yes")
    assert said.code == 1
    assert "stop it first" in said.err
