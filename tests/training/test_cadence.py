"""When a training looks at itself."""

from __future__ import annotations

from rnnlab.specs import RunSpec, Value
from rnnlab.specs.arithmetic import plan
from rnnlab.training.cadence import Cadence


def cadence(tokens: int, **changes: Value) -> Cadence:
    spec = RunSpec().replace({"data.batch": 10, "data.steps": 10, "data.split": 0.0, **changes})
    return Cadence.of(spec, plan(spec, tokens=tokens, vocabulary=30))


def test_an_open_cadence_evaluates_once_an_epoch_of_ordinary_size() -> None:
    assert cadence(50_010).evaluate == 500


def test_tiny_epochs_are_sampled_rarely_enough_not_to_slow_training() -> None:
    tiny = cadence(1_010)
    assert (tiny.evaluate, tiny.sample) == (10, 100)


def test_huge_epochs_are_looked_at_within() -> None:
    huge = cadence(10_000_010)
    assert (huge.evaluate, huge.sample) == (1000, 1000)


def test_given_intervals_are_kept_and_the_last_step_is_always_looked_at() -> None:
    given = cadence(50_010, **{"train.eval_every": 7, "train.sample_every": 11, "train.max_steps": 100})
    assert [s for s in range(1, 101) if given.evaluates(s)] == [*range(7, 99, 7), 100]
    assert [s for s in range(1, 101) if given.samples(s)] == [*range(11, 100, 11), 100]


def test_the_way_to_the_next_look_is_to_the_nearest_of_all() -> None:
    given = cadence(50_010, **{"train.eval_every": 70, "train.sample_every": 110, "train.log_every": 40})
    assert [given.undisturbed(step) for step in (0, 39, 40, 65, 80, 99)] == [40, 1, 30, 5, 20, 1]
    assert given.undisturbed(40, stops=(30, 40, 50, 60)) == 10
    assert cadence(50_010, **{"train.checkpoint_every": 7}).undisturbed(10) == 4
    assert cadence(50_010, **{"train.max_steps": 3}).undisturbed(1) == 2
