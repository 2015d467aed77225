"""The host of recordings: the same promises as a real one, as far as a recording can hold them."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from rnnlab.dialogue import Answered, Answering, Found, MeasureMemory, Prompt, Refused, ScoreText, Turn, Wrote
from rnnlab.errors import BadInput, NotFound, RnnlabError, RunError, SpecError
from rnnlab.events import Finished, Started, Step
from rnnlab.findings import Memory
from rnnlab.hosts.base import Console, Host
from rnnlab.hosts.demo import demo_host
from rnnlab.hosts.fake import FakeConsole, FakeHost
from rnnlab.hosts.generator import LocalConsole
from rnnlab.hosts.local import LocalHost
from rnnlab.hosts.recording import Answer, Recording, load, load_answers, save, save_answers
from rnnlab.hosts.values import Session
from rnnlab.specs import DataSpec, RunSpec

from .live import Live, small

PIECES = (
    Answering(run="x", step=1, split="train", perplexity=2.0, seed=3),
    Wrote(text="the tide"),
    Answered(tokens=8, seconds=0.1, cause="length"),
)


@pytest.fixture
def recording(finished: Live) -> Recording:
    records = finished.host.read(finished.run, 0, 10**6).records
    return Recording(summary=finished.host.run(finished.run), records=records)


@pytest.fixture
def fake(recording: Recording) -> FakeHost:
    return FakeHost([recording], {"the ": PIECES})


def promises(protocol: type) -> dict[str, inspect.Signature]:
    found = inspect.getmembers(protocol, inspect.isfunction)
    return {name: inspect.signature(method) for name, method in found if not name.startswith("_")}


@pytest.mark.parametrize("host", [FakeHost, LocalHost])
def test_every_host_has_the_methods_of_the_seam_with_the_same_parameters(host: type[Host]) -> None:
    for name, promised in promises(Host).items():
        kept = inspect.signature(getattr(host, name))
        assert list(kept.parameters.values()) == list(promised.parameters.values()), name


@pytest.mark.parametrize("console", [FakeConsole, LocalConsole])
def test_every_console_has_the_methods_of_the_seam(console: type[Console]) -> None:
    for name, promised in promises(Console).items():
        assert list(inspect.signature(getattr(console, name)).parameters) == list(promised.parameters), name


def test_a_recording_is_found_again_in_its_file(recording: Recording, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(save(recording))
    assert load(path) == recording


def test_a_recorded_run_reads_as_the_run_did(fake: FakeHost, finished: Live) -> None:
    assert fake.runs() == (finished.host.run(finished.run),)
    records, cursor, more = [], 0, True
    while more:
        reading = fake.read(finished.run, cursor, 7)
        assert len(reading.records) <= 7
        records += reading.records
        cursor, more = reading.cursor, reading.more
    assert [record.event for record in records] == finished.events()
    assert fake.read(finished.run, cursor).records == ()


def test_the_beginning_of_a_recording_is_the_run_as_it_was_then(fake: FakeHost, finished: Live) -> None:
    total = len(finished.events())
    for count in range(total + 1):
        fake.reveal(finished.run, count)
        summary = fake.run(finished.run)
        events = [record.event for record in fake.read(finished.run).records]
        assert events == finished.events()[:count]
        assert summary.step == (events[-1].step if events else 0)
        assert summary.live == (not isinstance(events[-1], Finished) if events else True)
    assert fake.run(finished.run) == finished.host.run(finished.run)


def test_a_recording_unfolds_by_the_clock(recording: Recording) -> None:
    records = recording.records
    length = records[-1].at - records[0].at
    assert recording.until(length + 1) is recording
    assert recording.until(-1).records == ()
    half = recording.until(length / 2)
    assert 0 < len(half.records) < len(records)
    assert all(record.at <= records[0].at + length / 2 for record in half.records)
    assert FakeHost([recording], speed=1e9).run(recording.summary.id) == recording.summary


def test_a_live_recording_takes_requests_and_an_ended_one_refuses_them(fake: FakeHost, finished: Live) -> None:
    run = finished.run
    with pytest.raises(RunError, match="there is no worker to pause"):
        fake.request(run, "pause")
    fake.reveal(run, 20)
    fake.request(run, "pause")
    fake.resume(run)
    fake.change(run, {"train.lr": 0.5})
    assert fake.requests == [(run, "pause"), (run, "unpause"), (run, "change")]
    with pytest.raises(SpecError):
        fake.change(run, {"train.lr": -0.5})
    with pytest.raises(BadInput):
        fake.request(run, "explode")
    with pytest.raises(RunError, match="stop it first"):
        fake.delete(run)
    fake.reveal(run, 10**6)
    fake.delete(run)
    assert fake.runs() == ()


def test_what_a_recording_cannot_do_it_refuses_in_a_sentence(fake: FakeHost, finished: Live, corpus: Path) -> None:
    with pytest.raises(RunError, match="cannot train"):
        fake.start(small(corpus), "demo")
    assert fake.started == [small(corpus)]
    with pytest.raises(NotFound):
        fake.run("gru-8-shy-owl")
    with pytest.raises(RnnlabError):
        fake.session("other")
    console = fake.console(finished.run)
    console.ask(Prompt(prefix="never recorded"))
    (refusal,) = console.read(0.1)
    assert isinstance(refusal, Refused)


def test_a_recorded_answer_comes_piece_by_piece_and_can_be_stopped(fake: FakeHost, finished: Live) -> None:
    console = fake.console(finished.run)
    console.ask(Prompt(prefix="the "))
    assert [piece for _ in range(3) for piece in console.read(0.0)] == list(PIECES)
    assert console.read(0.0) == ()
    console.stop()
    assert console.read(0.0) == ()
    console.ask(Prompt(prefix="the "))
    console.read(0.0)
    console.stop()
    assert [piece for _ in range(3) for piece in console.read(0.0)] == [PIECES[-1]]


def test_a_desk_and_its_transcript_are_kept_while_it_runs(fake: FakeHost, finished: Live) -> None:
    assert fake.session().selected == finished.run
    fake.save_session(Session(name="demo", selected="", draft={"model.hidden": "3"}))
    assert fake.session("demo").draft == {"model.hidden": "3"}
    turn = Turn(prefix="a", text="b", run="x", step=1)
    fake.remember("demo", turn)
    assert fake.transcript("demo") == (turn,)
    assert fake.sessions()[0].runs == 1


def test_corpora_are_real(fake: FakeHost) -> None:
    entry = fake.corpora()[0]
    data = DataSpec(corpus=entry.name)
    assert fake.corpus(data).characters == entry.characters
    assert len(fake.passage(data, 3, 10).text) == 10
    assert fake.machine().cores >= 1
    assert fake.log("x") == ()


def test_the_demos_model_answers_what_it_was_asked_when_it_was_recorded() -> None:
    host = demo_host(speed=1e9)
    (run,) = host.runs()
    console = host.console(run.id)
    console.ask(MeasureMemory())
    who, found, end = (piece for _ in range(3) for piece in console.read(0.0))
    assert isinstance(who, Answering)
    assert (who.run, who.step) == (run.id, run.step)
    assert isinstance(found, Found)
    assert isinstance(found.finding, Memory)
    assert isinstance(end, Answered)
    console.ask(MeasureMemory(lags=3))
    (refusal,) = console.read(0.0)
    assert isinstance(refusal, Refused)
    assert "only what the microscope asks first" in refusal.message


def test_answers_are_found_again_in_their_file(tmp_path: Path) -> None:
    answers = [Answer(ScoreText(text="e\u2028\x1b", at="0"), PIECES[:1]), Answer(MeasureMemory(), PIECES[2:])]
    (tmp_path / "x.answers").write_bytes(save_answers(answers))
    assert load_answers(tmp_path / "x.answers") == {answer.question: answer.pieces for answer in answers}
    assert load_answers(tmp_path / "none") == {}


def test_the_demo_replays_a_run_that_was_recorded_here() -> None:
    host: Host = demo_host(speed=1e9)
    (run, *_) = host.runs()
    assert isinstance(run.spec, RunSpec)
    records = host.read(run.id, 0, 10**6).records
    kinds = [type(record.event) for record in records]
    assert kinds[0] is Started
    assert kinds[-1] is Finished
    assert Step in kinds
    assert [record.seq for record in records] == sorted(record.seq for record in records)
    assert host.find("last") == run.id
