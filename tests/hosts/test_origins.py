"""Forks and runs that begin with another's weights, with real workers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rnnlab.errors import BadInput, NotFound, RunError, SpecError
from rnnlab.events import Adopted, Changed, Event, Saved, Started, Step
from rnnlab.hosts.local import LocalHost
from rnnlab.runs import checkpoints, manifest
from rnnlab.runs.manifest import Parent
from rnnlab.specs import Value

from .live import Live, small

Start = Callable[..., Live]


SETTINGS: dict[str, Value] = {"model__dropout": 0.3, "train__checkpoint_every": 50, "train__epochs": 2}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("origins") / "home"


@pytest.fixture(scope="module")
def host(home: Path) -> LocalHost:
    return LocalHost(home)


@pytest.fixture(scope="module")
def parent(host: LocalHost, home: Path, corpus: Path) -> Live:
    """A finished run with dropout and a checkpoint in the middle of its second epoch. Tests only look at it."""
    live = Live(host, home, host.start(small(corpus, **SETTINGS), "main"))
    live.ends()
    return live


@pytest.fixture
def fork(host: LocalHost, home: Path, parent: Live) -> Callable[..., Live]:
    def act(at: str, **changes: Value) -> Live:
        values = {name.replace("__", "."): value for name, value in changes.items()}
        live = Live(host, home, host.fork(parent.run, at, values))
        live.ends()
        return live

    return act


def losses(events: list[Event], after: int) -> dict[int, float | None]:
    return {event.step: event.loss for event in events if isinstance(event, Step) and event.step > after}


def test_a_fork_that_changes_nothing_is_the_rest_of_its_parent_bit_for_bit(
    parent: Live, fork: Callable[..., Live]
) -> None:
    child = fork("50")
    events = child.events()
    assert losses(events, 0) == losses(parent.events(), 50)
    last = parent.host.run(parent.run).step
    assert weights(child, last) == weights(parent, last)


def weights(live: Live, step: int) -> bytes:
    return checkpoints.read_file(live.paths, checkpoints.read_manifest(live.paths, step), "weights.safetensors")


def test_a_fork_has_its_parent_on_record_and_begins_at_its_step(parent: Live, fork: Callable[..., Live]) -> None:
    child = fork("50", train__lr=0.001)
    assert manifest.read(child.paths.manifest).parent == Parent(
        run=parent.run, step=50, kind="fork", keeps=("optimizer", "position")
    )
    events = child.events()
    assert isinstance(events[0], Started)
    assert (events[0].step, events[0].attempt) == (50, 1)
    assert isinstance(events[1], Adopted)
    assert (events[1].parent, events[1].from_step, events[1].fresh) == (parent.run, 50, ("rate",))
    assert next(event for event in events if isinstance(event, Saved)) == Saved(step=50, epoch=2, reason="begin")
    assert {event.lr for event in events if isinstance(event, Step)} == {0.001}
    assert checkpoints.steps(child.paths)[0] == 50
    assert not child.paths.origin.exists()


def test_a_fork_outlives_its_parent(start: Start, host: LocalHost, home: Path) -> None:
    parent = start(train__max_steps=3)
    parent.ends()
    child = Live(host, home, host.fork(parent.run, "last", {"train.max_steps": 6}))
    host.delete(parent.run)
    child.ends()
    assert host.run(child.run).state == "finished"


@pytest.mark.parametrize(
    ("at", "changes", "error", "words"),
    [
        ("50", {"model.hidden": 9}, SpecError, "a fork keeps the model.hidden of its parent: start a new run"),
        ("50", {"data.tokens": "byte"}, SpecError, "a fork keeps the data.tokens of its parent: `rnnlab train --init`"),
        ("50", {"data.limit": 9}, SpecError, "another alphabet|takes? a longer|tokens to train"),
        ("last", {}, SpecError, "is the end of 2 epochs"),
        ("17", {}, NotFound, "has no checkpoint at '17'"),
    ],
)
def test_what_a_fork_cannot_be_is_refused_before_anything_is_made(
    parent: Live, host: LocalHost, at: str, changes: dict[str, Value], error: type[Exception], words: str
) -> None:
    before = len(host.runs())
    with pytest.raises(error, match=words):
        host.fork(parent.run, at, changes)
    assert len(host.runs()) == before


def test_a_fork_has_the_knobs_as_they_stood(start: Start, host: LocalHost, home: Path) -> None:
    live = start(train__epochs=10**5, train__log_every=1)
    live.reaches(20)
    host.change(live.run, {"train.lr": 0.5})
    live.comes(Changed)
    host.request(live.run, "stop")
    live.ends()
    child = Live(host, home, host.fork(live.run, "last", {"train.max_steps": host.run(live.run).step + 5}))
    child.ends()
    assert {event.lr for event in child.events() if isinstance(event, Step)} == {0.5}
    first = Live(host, home, host.fork(live.run, "0", {"train.max_steps": 3}))
    first.ends()
    assert {event.lr for event in first.events() if isinstance(event, Step)} == {host.run(live.run).spec.train.lr}


def test_weights_begin_a_run_on_another_corpus(parent: Live, host: LocalHost, home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("zebras quiz the lazy tide; " * 60)
    spec = small(other, model__hidden=8)
    child = Live(host, home, host.start(spec, "main", parent.run, "best"))
    child.ends()
    started, adopted = child.events()[:2]
    assert isinstance(started, Started)
    assert isinstance(adopted, Adopted)
    assert started.step == 0
    assert set("zbq") & set(adopted.added)
    assert "w" in adopted.dropped
    assert adopted.kept + adopted.added_count == started.vocabulary


def test_weights_of_another_shape_or_alphabet_begin_nothing(parent: Live, host: LocalHost, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("ЖЗИЙК" * 300)
    before = len(host.runs())
    with pytest.raises(BadInput, match="no token in common"):
        host.start(small(other), "main", parent.run)
    with pytest.raises(SpecError, match=r"need model\.hidden=8"):
        host.start(small(other, model__hidden=9), "main", parent.run)
    assert len(host.runs()) == before


def test_without_the_text_there_is_no_fork(parent: Live, host: LocalHost, home: Path) -> None:
    (home / "corpora").rename(home / "elsewhere")
    try:
        _is_refused(parent, host)
    finally:
        (home / "elsewhere").rename(home / "corpora")


def _is_refused(parent: Live, host: LocalHost) -> None:
    with pytest.raises(RunError, match="is not on this machine"):
        host.fork(parent.run, "50", {})
