"""`fork` and `train --init`: what is asked of the host, and what is said of the weights that were taken over."""

from __future__ import annotations

import pytest

from rnnlab.events import Adopted, Record
from rnnlab.hosts.fake import Recording
from rnnlab.specs import RunSpec, Value

from .recorded import Cli, GrowingHost, records, summary

RUN = "gru-64-calm-owl"


class Forking(GrowingHost):
    """A host whose forks and starts are written down; the run that they make begins with another's weights."""

    def __init__(self) -> None:
        first, *rest = records()
        adopted = Adopted(
            step=0,
            epoch=1,
            parent="lstm-8-sad-vole",
            from_step=90,
            fresh=(),
            kept=20,
            added=("\x1b",),
            added_count=1,
        )
        whole = (first, Record(seq=0, at=0.0, event=adopted), *rest)
        super().__init__([Recording(summary=summary(), records=whole)])
        self.asked: list[tuple[object, ...]] = []

    def fork(self, run: str, at: str, changes: dict[str, Value]) -> str:
        self.asked.append((run, at, changes))
        self.growth[RUN] = 0
        return RUN

    def start(self, spec: RunSpec, session: str, init: str = "", at: str = "last") -> str:
        self.asked.append((spec, session, init, at))
        self.growth[RUN] = 0
        return RUN


@pytest.fixture
def host() -> Forking:
    return Forking()


def test_a_fork_is_asked_for_with_its_changes_and_followed(cli: Cli, host: Forking) -> None:
    said = cli("fork", "last", "--at", "40", "--set", "train.lr=0.001", "--set", "train.epochs=9")
    assert said.code == 0
    assert host.asked == [(RUN, "40", {"train.lr": 0.001, "train.epochs": 9})]
    assert f"{RUN} goes on from {RUN}" in said.err
    assert "adopted" in said.out


def test_a_detached_fork_prints_the_new_id_alone(cli: Cli, host: Forking) -> None:
    said = cli("fork", "last", "--detach")
    assert (said.out, host.reads) == (RUN + "\n", [])


def test_init_takes_the_shape_of_the_other_runs_model_and_says_which_tokens_are_new(cli: Cli, host: Forking) -> None:
    said = cli("train", "--init", "gru-64", "--at", "best", "--corpus", "gazette")
    ((spec, session, init, at),) = host.asked
    assert isinstance(spec, RunSpec)
    assert (spec.model.hidden, spec.data.corpus) == (64, "gazette")
    assert (session, init, at) == ("demo", RUN, "best")
    assert "20 tokens kept, 1 added (␛)" in said.err
    assert "\x1b" not in said.err + said.out


@pytest.mark.parametrize("at", ["first", "-1", "1" * 16, "１"])
def test_a_checkpoint_that_is_none_is_refused(cli: Cli, host: Forking, at: str) -> None:
    said = cli("fork", "last", f"--at={at}")
    assert said.code == 2
    assert "is no checkpoint" in said.err
    assert host.asked == []
