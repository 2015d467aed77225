"""A recorded gradient: used where it is right and faster, and then a training is what it would have been without.

No GPU is needed to see that: a stand-in for torch's capture does the same work again into the same tensors.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from rnnlab.events import Event, Step
from rnnlab.nn.cells.base import State
from rnnlab.nn.model import LanguageModel
from rnnlab.specs import RunSpec, TrainSpec, Value
from rnnlab.text.corpus import Corpus
from rnnlab.training import graph, stretches
from rnnlab.training.graph import Capture
from rnnlab.training.learner import Learner
from rnnlab.training.trainer import Trainer

Work = Callable[[], tuple[Tensor, State]]


class StandIn:
    """Records work as what is done again, into the tensors that it came to at first, and counts both."""

    def __init__(self) -> None:
        self.recorded = self.replayed = 0

    def __call__(self, work: Work) -> tuple[Callable[[], None], tuple[Tensor, State]]:
        self.recorded += 1
        numbers, state = work()

        def replay() -> None:
            self.replayed += 1
            new_numbers, new_state = work()
            for old, new in zip((numbers, *state), (new_numbers, *new_state), strict=True):
                old.copy_(new)

        return replay, (numbers, state)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretches as long as they may be; a stand-in need not be faster."""
    monkeypatch.setattr(stretches, "SECONDS", 1e9)
    monkeypatch.setattr(graph, "WORTH", 0.0)


@pytest.fixture
def spec(spec: RunSpec) -> RunSpec:
    short: dict[str, Value] = {"train.max_steps": 10, "train.log_every": 3, "model.dropout": 0.3}
    return spec.replace({**short, "model.engine": "scratch", "data.steps": 4})


def learner(**model: Value) -> Learner:
    torch.manual_seed(1)
    given: dict[str, Value] = {"model.cell": "gru", "model.hidden": 6, "model.engine": "scratch", **model}
    return Learner(LanguageModel(RunSpec().replace(given).model, 7), TrainSpec())


def batch() -> tuple[Tensor, Tensor]:
    x, y = torch.randint(7, (2, 5, 3), generator=torch.Generator().manual_seed(1))
    return x, y


def record(learner: Learner, capture: Capture) -> str:
    return learner.record(*batch(), capture)


def train(spec: RunSpec, corpus: Corpus, capture: Capture | None) -> tuple[list[float | None], dict[str, Tensor]]:
    trainer = Trainer(spec, corpus)
    trainer._standing.stretches.queues = True
    if capture:
        x, y = trainer._batches_of(1)[0]
        assert trainer._learner.record(x, y, capture).startswith("gradients come from a CUDA graph")
    events: list[Event] = list(trainer.run())
    return [event.loss for event in events if isinstance(event, Step)], trainer.snapshot().weights


@pytest.mark.parametrize("sampling", ["consecutive", "random"])
def test_a_training_that_replays_is_the_training_that_does_not(spec: RunSpec, corpus: Corpus, sampling: str) -> None:
    spec = spec.replace({"data.sampling": sampling, "model.cell": "lstm"})
    losses, weights = train(spec, corpus, None)
    stand_in = StandIn()
    found, others = train(spec, corpus, stand_in)
    assert found == losses
    assert all(torch.equal(weight, others[name]) for name, weight in weights.items())
    assert stand_in.recorded == 1
    assert stand_in.replayed > 10


def deaf(work: Work) -> tuple[Callable[[], None], tuple[Tensor, State]]:
    """Stays with what it was recorded with."""
    return (lambda: None), work()


def test_a_recording_that_gives_other_numbers_is_refused() -> None:
    made = learner()
    assert record(made, deaf) == "no CUDA graph is used, it gave other numbers than it should"


def test_what_cannot_be_recorded_is_refused_with_torch_s_own_first_line() -> None:
    def fails(work: Work) -> tuple[Callable[[], None], tuple[Tensor, State]]:
        raise RuntimeError("CUDA error: operation not permitted when stream is capturing\nand much more")

    note = record(learner(), fails)
    assert note == "no CUDA graph is used, CUDA error: operation not permitted when stream is capturing"


def test_a_recording_that_is_not_faster_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, "WORTH", 1e9)
    stand_in = StandIn()
    made = learner()
    assert record(made, stand_in) == "no CUDA graph is used, it was not faster"
    before = stand_in.replayed
    x, y = batch()
    made.queue(x, y, None, 0.1, torch.empty(3))
    assert stand_in.replayed == before


def test_trying_draws_no_random_numbers_and_moves_nothing() -> None:
    made = learner(**{"model.dropout": 0.5})
    before, drawn = [tensor.clone() for tensor in made.held()], torch.get_rng_state()
    assert record(made, StandIn()).startswith("gradients come from")
    assert torch.equal(torch.get_rng_state(), drawn)
    assert all(map(torch.equal, before, made.held()))


def test_what_a_recording_holds_for_is_recorded_anew_where_it_changes() -> None:
    made, stand_in = learner(), StandIn()
    record(made, stand_in)
    x, y = batch()
    for clip_at, clip, recorded in ((2.0, "norm", 2), (2.0, "norm", 2), (2.0, "value", 3)):
        made.optimizer.spec = TrainSpec(clip=clip, clip_at=clip_at)
        made.queue(x, y, None, 0.1, torch.empty(3))
        assert stand_in.recorded == recorded
    made.queue(x[:3], y[:3], None, 0.1, torch.empty(3))
    assert stand_in.recorded == 4


@pytest.mark.parametrize(
    ("model", "why"),
    [
        ({"model.engine": "fused"}, "the fused engine works in memory that it gives up when it likes"),
        ({"model.engine": "torch", "model.layers": 2, "model.dropout": 0.1}, "the numbers that cuDNN draws"),
    ],
)
def test_where_a_recording_could_not_be_relied_on_none_is_made(model: dict[str, Value], why: str) -> None:
    stand_in = StandIn()
    assert why in record(learner(**model), stand_in)
    assert stand_in.recorded == 0


def test_a_recording_keeps_the_memory_that_it_writes_to() -> None:
    made = learner()
    record(made, StandIn())
    before = [memory.data_ptr() for memory in made.model.memory]
    x, y = (ids.repeat(1, 9) for ids in batch())
    made.model.loss(x, y)
    assert before
    assert [memory.data_ptr() for memory in made.model.memory] != before
    assert made._recorder is not None
    recording = made._recorder._chosen
    assert isinstance(recording, graph.Recording)
    assert [memory.data_ptr() for memory in recording.holds] == before


def test_a_state_that_was_given_stays_what_it_was_when_the_next_batch_is_looked_at() -> None:
    made = learner()
    record(made, StandIn())
    x, y = batch()
    state = made.queue(x, y, None, 0.1, torch.empty(3))
    before = [part.clone() for part in state]
    made.queue(x.flip(0), y.flip(0), state, 0.1, torch.empty(3))
    assert all(map(torch.equal, before, state))
