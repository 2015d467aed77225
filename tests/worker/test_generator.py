"""The generator, in this very process: prompts in, pieces out, and whatever a run directory may hold."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import torch
from msgspec.structs import replace

from rnnlab.dialogue import (
    Answered,
    Answering,
    AnyPiece,
    Choices,
    Found,
    Peek,
    Prompt,
    Question,
    Refused,
    WriteMany,
    Wrote,
)
from rnnlab.errors import CheckpointError, PromptError, RnnlabError
from rnnlab.findings import Continuation
from rnnlab.nn.keeping import STRIDE
from rnnlab.nn.model import LanguageModel
from rnnlab.nn.writing import Writer
from rnnlab.runs import checkpoints, manifest
from rnnlab.runs.paths import WEIGHTS, RunPaths
from rnnlab.specs import SampleSpec, Value
from rnnlab.specs.clamps import Clamp
from rnnlab.text.vocabulary import Vocabulary
from rnnlab.training.snapshot import Snapshot
from rnnlab.worker import generator, tensors
from rnnlab.worker.answering import answer, refused
from rnnlab.worker.generator import Mailbox, converse
from rnnlab.worker.model import Model
from rnnlab.worker.placing import MAX_PREFIX, seeded
from rnnlab.worker.tensors import Kept
from rnnlab.worker.warming import Warming

from .processes import make_run

SEVEN = SampleSpec(seed=7, length=30)


def save(paths: RunPaths, step: int, *, best: bool = False) -> dict[str, torch.Tensor]:
    """A checkpoint with weights of its own."""
    what = manifest.read(paths.manifest)
    vocabulary = Vocabulary.from_document(msgspec.json.decode(paths.vocabulary.read_bytes()))
    torch.manual_seed(step + 1)
    weights = dict(LanguageModel(what.spec.model, len(vocabulary)).state_dict())
    snapshot = Snapshot(weights=weights, tensors={"t": torch.zeros(1)}, document={})
    tensors.save(paths, Kept(snapshot=snapshot, step=step, epoch=1, split="train", perplexity=2.5), best=best)
    return weights


def made(home: Path, **changes: Value) -> RunPaths:
    paths = make_run(home, {name.replace("__", "."): value for name, value in changes.items()})
    for step in (0, 10, 20):
        save(paths, step, best=step == 10)
    return paths


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunPaths:
    return made(tmp_path_factory.mktemp("generator"))


@pytest.fixture(scope="module")
def model(run: RunPaths) -> Model:
    return Model(run)


def asked(model: Model, prompt: Question, stopped: threading.Event | None = None) -> list[AnyPiece]:
    return list(answer(model, prompt, stopped or threading.Event()))


def text_of(pieces: list[AnyPiece]) -> str:
    return "".join(piece.text for piece in pieces if isinstance(piece, Wrote))


def test_an_answer_begins_with_who_writes_and_ends_with_how_it_went(model: Model) -> None:
    first, *wrote, last = asked(model, Prompt(prefix="the ", sample=SEVEN))
    read = tuple(model.vocabulary.encode("the ").tolist())
    assert first == Answering(run=model.run.id, step=20, split="train", perplexity=2.5, seed=7, read=read)
    assert all(isinstance(piece, Wrote) for piece in wrote)
    assert len(text_of(list(wrote))) == 30
    assert isinstance(last, Answered)
    assert (last.tokens, last.cause) == (30, "length")


def test_a_reader_of_the_future_is_marked_where_its_perplexity_is_told(tmp_path: Path) -> None:
    first, *_ = asked(Model(made(tmp_path, model__bidirectional=True)), Prompt(prefix="the ", sample=SEVEN))
    assert isinstance(first, Answering)
    assert first.split == "future-reading train"


def test_each_checkpoint_writes_with_its_own_weights(model: Model) -> None:
    texts = {at: text_of(asked(model, Prompt(prefix="the ", sample=SEVEN, at=at))) for at in ("0", "10", "20")}
    assert len(set(texts.values())) == 3
    assert text_of(asked(model, Prompt(prefix="the ", sample=SEVEN, at="best"))) == texts["10"]
    assert text_of(asked(model, Prompt(prefix="the ", sample=SEVEN))) == texts["20"]


def test_weights_saved_since_the_last_answer_are_taken(tmp_path: Path) -> None:
    paths = made(tmp_path)
    model = Model(paths)
    asked(model, Prompt(prefix="the ", sample=SEVEN))
    save(paths, 30)
    first, *_ = asked(model, Prompt(prefix="the ", sample=SEVEN))
    assert isinstance(first, Answering)
    assert first.step == 30


def test_a_checkpoint_of_the_same_step_with_other_weights_is_another(tmp_path: Path) -> None:
    paths = made(tmp_path)
    model = Model(paths)
    before = text_of(asked(model, Prompt(prefix="the ", sample=SEVEN)))
    other = save(paths, 40)
    what = Kept(snapshot=Snapshot(weights=other, tensors={}, document={}), step=20, epoch=1, split="", perplexity=None)
    checkpoints.remove_tree(paths.checkpoint(40))
    tensors.save(paths, what)
    assert text_of(asked(model, Prompt(prefix="the ", sample=SEVEN))) != before


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        (Prompt(prefix="t" * (MAX_PREFIX + 1)), "take at most 20,000"),
        (Prompt(prefix="Ω"), "never saw"),
        (Prompt(prefix="the", at="15"), "it has 0, 10, 20, last and best"),
    ],
)
def test_what_cannot_be_answered_is_refused_and_nothing_else(model: Model, prompt: Prompt, words: str) -> None:
    (refusal,) = asked(model, prompt)
    assert isinstance(refusal, Refused)
    assert words in refusal.message


def test_a_vocabulary_with_a_word_for_the_unknown_says_what_it_replaced(tmp_path: Path) -> None:
    model = Model(made(tmp_path, data__tokens="word"))
    first, *_ = asked(model, Prompt(prefix="the zebra turns", sample=SEVEN))
    assert isinstance(first, Answering)
    assert "zebra" in first.unknown


def test_bytes_end_by_length_though_a_stop_text_was_given(tmp_path: Path) -> None:
    model = Model(made(tmp_path, data__tokens="byte"))
    *_, last = asked(model, Prompt(prefix="the ", sample=SampleSpec(seed=7, length=40, stop="\u2028never")))
    assert isinstance(last, Answered)
    assert last.cause == "length"


def test_a_stop_text_is_the_end_also_at_the_very_last_token(model: Model) -> None:
    text = text_of(asked(model, Prompt(prefix="the ", sample=SEVEN)))
    at = next(n for n in range(1, 30) if text[n] not in text[:n])
    sample = msgspec.structs.replace(SEVEN, stop=text[at], length=at + 1)
    *_, last = asked(model, Prompt(prefix="the ", sample=sample))
    assert isinstance(last, Answered)
    assert (last.cause, last.tokens) == ("stop", at + 1)


def test_a_stop_ends_an_answer_after_what_is_there(model: Model) -> None:
    stopped = threading.Event()
    stopped.set()
    *_, last = asked(model, Prompt(prefix="the ", sample=SampleSpec(seed=7, length=10**6)), stopped)
    assert isinstance(last, Answered)
    assert last.cause == "stopped"
    assert last.tokens <= 1


def tokens_of(pieces: list[AnyPiece]) -> tuple[int, ...]:
    return tuple(token for piece in pieces if isinstance(piece, Wrote) for token in piece.tokens)


def test_going_on_after_any_token_writes_what_would_have_come(model: Model) -> None:
    sample = SampleSpec(seed=7, length=60, repetition=1.3, cycle=("0.4", "1.2", "0.7"))
    whole = asked(model, Prompt(prefix="the ", sample=sample))
    begin = whole[0]
    assert isinstance(begin, Answering)
    tokens = tokens_of(whole)
    assert len(tokens) == 60
    for kept in (59, 37, 1, 0):
        rest = msgspec.structs.replace(sample, length=60 - kept)
        pieces = asked(model, Prompt(prefix="", after=begin.read + tokens[:kept], written=kept, sample=rest))
        assert text_of(pieces) == text_of(whole)[kept:]
        assert tokens_of(pieces) == tokens[kept:]


def test_a_step_back_reads_hardly_anything_again(model: Model) -> None:
    pieces = asked(model, Prompt(prefix="the " * 1000, sample=SEVEN))
    begin = pieces[0]
    assert isinstance(begin, Answering)
    stepper, kept = model.stepping(())
    writer = Writer(stepper, model.vocabulary, SEVEN, kept)
    writer.go_on(begin.read + tokens_of(pieces)[:-1], len(tokens_of(pieces)) - 1)
    assert writer.reread <= STRIDE


def test_what_comes_next_is_told_with_the_models_own_probabilities(model: Model) -> None:
    first, choices, last = asked(model, Peek(prefix="the ", count=5))
    assert isinstance(first, Answering)
    assert isinstance(choices, Choices)
    assert isinstance(last, Answered)
    with torch.no_grad():
        logits, _ = model.model(torch.tensor(first.read)[:, None])
    shares, ids = logits[-1, 0].softmax(0).topk(5)
    assert [choice.id for choice in choices.choices] == ids.tolist()
    assert [choice.probability for choice in choices.choices] == pytest.approx(shares.tolist(), rel=1e-4)
    assert all(choice.text == choice.token for choice in choices.choices)


@pytest.mark.parametrize("after", [(9999,), (-1,)])
def test_tokens_of_no_vocabulary_are_refused(model: Model, after: tuple[int, ...]) -> None:
    for question in (Prompt(prefix="", after=after), Peek(after=after)):
        (refusal,) = asked(model, question)
        assert isinstance(refusal, Refused)
        assert "begin the text anew" in refusal.message


def test_a_clamp_changes_what_is_written_and_crosses_the_wire(model: Model) -> None:
    free = Prompt(prefix="the ", sample=SEVEN)
    held = msgspec.structs.replace(free, clamp=(Clamp(0, 3, 5.0), Clamp(0, 4, -5.0)))
    assert msgspec.json.decode(msgspec.json.encode(held), type=Prompt) == held
    assert text_of(asked(model, held)) != text_of(asked(model, free))
    (refusal,) = asked(model, msgspec.structs.replace(free, clamp=(Clamp(0, 4000, 1.0),)))
    assert isinstance(refusal, Refused)
    assert "a clamp's unit must be 0 to" in refusal.message


def test_the_rest_of_an_unfinished_character_belongs_to_no_token(tmp_path: Path) -> None:
    model = Model(made(tmp_path, data__tokens="byte"))
    pieces = asked(model, Prompt(prefix="", sample=SampleSpec(seed=7, length=40, temperature=100.0)))
    wrote = [piece for piece in pieces if isinstance(piece, Wrote)]
    # A piece whose tokens added a character each, which on a busy machine may be one of few tokens, does without.
    sizes = [size for piece in wrote for size in piece.sizes or (1,) * len(piece.tokens)]
    assert len(sizes) == len(tokens_of(pieces)) == 40
    assert sum(sizes) <= len(text_of(pieces))


def test_a_seed_is_drawn_where_none_was_given_and_is_short_enough_to_type() -> None:
    assert seeded(SampleSpec(seed=9)).seed == 9
    drawn = {seeded(SampleSpec()).seed for _ in range(50)}
    assert len(drawn) > 10
    assert all(0 < seed < 100_000 for seed in drawn)


def continuations(pieces: list[AnyPiece]) -> list[Continuation]:
    return [piece.finding for piece in pieces if isinstance(piece, Found) and isinstance(piece.finding, Continuation)]


def test_many_texts_are_those_that_their_seeds_write_alone(model: Model) -> None:
    first, *_, last = pieces = asked(model, WriteMany(prefix="the ", count=3, sample=SEVEN))
    found = continuations(pieces)
    assert isinstance(first, Answering)
    assert (first.seed, [each.seed for each in found]) == (7, [7, 8, 9])
    for each in found:
        assert each.text == text_of(asked(model, Prompt(prefix="the ", sample=replace(SEVEN, seed=each.seed))))
    assert isinstance(last, Answered)
    assert (last.tokens, last.cause, {each.cause for each in found}) == (90, "length", {"length"})


def test_many_texts_go_on_after_the_largest_seed_and_keep_what_was_written_when_they_are_stopped(model: Model) -> None:
    stopped = threading.Event()
    stopped.set()
    found = continuations(asked(model, WriteMany(count=2, sample=replace(SEVEN, seed=2**53 - 1)), stopped))
    assert [(each.seed, each.tokens, each.cause) for each in found] == [(2**53 - 1, 1, "stopped"), (1, 1, "stopped")]


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"count": 0}, "1 to 256"), ({"count": 257}, "1 to 256"), ({"sample": SampleSpec(length=0)}, "need a length"),
     ({"sample": SampleSpec(beam=2)}, "beam to 1"),
     ({"count": 3, "sample": SampleSpec(length=10**6)}, "2,000,000 tokens"),
     ({"clamp": (Clamp(0, 99, 1.0),)}, "unit"), ({"at": "7"}, "7")],
)  # fmt: skip
def test_what_cannot_be_written_many_times_is_refused(model: Model, changes: dict, words: str) -> None:
    (only,) = asked(model, WriteMany(**changes))
    assert isinstance(only, Refused)
    assert words in only.message


def test_damaged_weights_are_passed_over_for_the_last_and_refused_for_a_step(tmp_path: Path) -> None:
    paths = made(tmp_path)
    (paths.checkpoint(20) / WEIGHTS).write_bytes(b"damaged")
    model = Model(paths)
    assert model.at("last").step == 10
    with pytest.raises(CheckpointError, match="step 20 is damaged"):
        model.at("20")
    for step in (0, 10):
        (paths.checkpoint(step) / WEIGHTS).unlink()
    with pytest.raises(CheckpointError):
        Model(paths).at("last")


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    paths, wider = made(tmp_path / "a"), made(tmp_path / "b", model__hidden=20)
    model = Model(paths)
    for name in ("weights.safetensors", "state.safetensors", "manifest.json"):
        (paths.checkpoint(20) / name).write_bytes((wider.checkpoint(20) / name).read_bytes())
    (refusal,) = asked(model, Prompt(prefix="the", at="20"))
    assert isinstance(refusal, Refused)
    assert "does not fit its spec" in refusal.message
    assert "\n" not in refusal.message


def test_weights_that_fit_in_part_do_not_mix_with_those_before(tmp_path: Path) -> None:
    paths = made(tmp_path)
    model = Model(paths)
    before = text_of(asked(model, Prompt(prefix="the ", sample=SEVEN, at="10")))
    weights = {name: torch.zeros_like(tensor) for name, tensor in model.model.state_dict().items()}
    weights["output.bias"] = torch.zeros(1000)
    snapshot = Snapshot(weights=weights, tensors={}, document={})
    tensors.save(paths, Kept(snapshot=snapshot, step=30, epoch=1, split="", perplexity=None))
    assert isinstance(asked(model, Prompt(prefix="the ", at="30"))[0], Refused)
    assert text_of(asked(model, Prompt(prefix="the ", sample=SEVEN, at="10"))) == before


def test_a_spec_that_makes_up_a_giant_takes_no_memory(tmp_path: Path) -> None:
    paths = made(tmp_path)
    document = msgspec.json.decode(paths.manifest.read_bytes())
    document["spec"]["model"] |= {"hidden": 16384, "layers": 16, "cell": "lstm"}
    paths.manifest.write_bytes(msgspec.json.encode(document))
    (refusal,) = asked(Model(paths), Prompt(prefix="the"))
    assert isinstance(refusal, Refused)
    assert "it has too few weights" in refusal.message


@pytest.mark.filterwarnings("ignore:invalid value encountered")
@pytest.mark.parametrize("weight", [float("nan"), float("inf"), -float("inf")])
def test_weights_that_are_no_numbers_still_end_in_an_answer(tmp_path: Path, weight: float) -> None:
    paths = made(tmp_path)
    model = Model(paths)
    model.at("last")
    spoiled = {name: torch.full_like(tensor, weight) for name, tensor in model.model.state_dict().items()}
    snapshot = Snapshot(weights=spoiled, tensors={}, document={})
    tensors.save(paths, Kept(snapshot=snapshot, step=30, epoch=1, split="", perplexity=None))
    for sample in (
        SEVEN,
        SampleSpec(greedy=True, length=5),
        SampleSpec(top_k=3, length=5),
        SampleSpec(top_p=0.5, length=5),
    ):
        assert isinstance(asked(Model(paths), Prompt(prefix="the", sample=sample))[-1], Answered)


# Prompts as they come in.


class Pipe:
    """Lines that come when the test says so."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._more = threading.Semaphore(0)
        self.taken = threading.Semaphore(0)

    def say(self, line: bytes | None) -> None:
        self._lines.append(line or b"")
        self._more.release()

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self._more.acquire()
            line = self._lines.pop(0)
            if not line:
                return
            yield line
            self.taken.release()


def line(prefix: str) -> bytes:
    return msgspec.json.encode(Prompt(prefix=prefix)) + b"\n"


def test_a_stop_that_was_said_before_the_prompt_was_taken_up_is_not_lost() -> None:
    mailbox = Mailbox([line("a"), b"stop\n"])
    (prompt, stopped), end = mailbox.next(), mailbox.next()  # ty: ignore[not-iterable]
    assert prompt == Prompt(prefix="a")
    assert stopped.is_set()
    assert end is None


def test_a_newer_prompt_stops_the_older_one_and_not_itself() -> None:
    pipe = Pipe()
    mailbox = Mailbox(pipe)
    pipe.say(line("a"))
    first = mailbox.next()
    assert first is not None
    assert not first[1].is_set()
    pipe.say(line("b"))
    second = mailbox.next()
    assert second is not None
    assert (second[0], second[1].is_set()) == (Prompt(prefix="b"), False)
    assert first[1].is_set()
    pipe.say(b"stop\n")
    assert pipe.taken.acquire(timeout=60)
    assert pipe.taken.acquire(timeout=60)
    assert second[1].wait(60)
    pipe.say(line("c"))
    third = mailbox.next()
    assert third is not None
    assert not third[1].is_set()
    pipe.say(None)
    assert mailbox.next() is None
    assert third[1].is_set()


@pytest.mark.parametrize(
    "junk",
    [b"\n", b"{}\n", b"\xff\n", b"[" * 100_000 + b"\n", b"STOP\n", b'{"prefix":"a","sample":{"temperature":0}}\n'],
)
def test_a_line_that_is_no_prompt_is_answered_in_its_turn(junk: bytes) -> None:
    mailbox = Mailbox([line("a"), junk, line("b")])
    found = [mailbox.next() for _ in range(4)]
    prompts = [each[0] for each in found if each is not None]
    assert prompts[0] == Prompt(prefix="a")
    assert isinstance(prompts[1], RnnlabError)
    assert prompts[2] == Prompt(prefix="b")
    assert found[3] is None


def said_to(paths: RunPaths, lines: list[bytes], monkeypatch: pytest.MonkeyPatch) -> list[AnyPiece]:
    pieces: list[AnyPiece] = []
    monkeypatch.setattr(generator, "send", pieces.append)
    converse(paths, Mailbox(lines))
    return pieces


def test_every_line_gets_one_last_piece(run: RunPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = said_to(run, [line("the "), b"junk\n", line("Ω"), b"stop\n"], monkeypatch)
    ends = [type(piece) for piece in pieces if isinstance(piece, Answered | Refused)]
    assert ends == [Answered, Refused, Refused]


@pytest.mark.parametrize("name", ["spec.json", "vocab.json"])
@pytest.mark.parametrize("junk", [None, b"", b"[]", b"\xff", b"[" * 100_000, b'{"kind":"char"}', b'{"version":9}'])
def test_a_run_that_cannot_be_opened_is_refused_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, junk: bytes | None
) -> None:
    paths = made(tmp_path)
    path = paths.directory / name
    whole = path.read_bytes()
    path.unlink()
    if junk is not None:
        path.write_bytes(junk)

    def mended() -> Iterator[bytes]:
        yield line("the ")
        assert refused.wait(60)
        path.write_bytes(whole)
        yield line("the ")

    refused, pieces = threading.Event(), []

    def send(piece: AnyPiece) -> None:
        pieces.append(piece)
        refused.set()

    monkeypatch.setattr(generator, "send", send)
    converse(paths, Mailbox(mended()))
    assert isinstance(pieces[0], Refused)
    assert "\n" not in pieces[0].message
    assert isinstance(pieces[-1], Answered)


def test_errors_with_characters_that_cannot_be_written_are_written_all_the_same() -> None:
    assert refused(PromptError("a\udcff")).message == "a\\udcff"


def test_the_same_seed_writes_the_same_text_before_torch_is_there_and_after(run: RunPaths) -> None:
    cold, warm = Warming(), Warming()
    warm.begin()
    assert warm.module() is sys.modules["rnnlab.worker.network"]
    prompt = Prompt(prefix="", sample=SEVEN)
    texts = [text_of(asked(Model(run, warming), prompt)) for warming in (cold, warm)]
    assert texts[0] == texts[1] != ""
    assert not cold.done
    assert warm.done


def test_torch_is_imported_only_where_no_prompt_comes_for_a_moment() -> None:
    idle: list[str] = []
    mailbox = Mailbox([line("a")])
    assert mailbox.next(lambda: idle.append("idle")) is not None
    assert idle == []
    silent = threading.Event()
    waiting = Mailbox(iter(lambda: (silent.wait(), b"")[1], b""))
    assert waiting.next(lambda: (idle.append("idle"), silent.set())) is None
    assert idle == ["idle"]


def test_weights_of_another_shape_are_refused_by_name(tmp_path: Path) -> None:
    paths = made(tmp_path)
    step = checkpoints.resolve(paths, "last")
    what, vocabulary = (
        manifest.read(paths.manifest),
        Vocabulary.from_document(msgspec.json.decode(paths.vocabulary.read_bytes())),
    )
    wider = msgspec.structs.replace(what.spec.model, hidden=what.spec.model.hidden + 1)
    weights = dict(LanguageModel(wider, len(vocabulary)).state_dict())
    snapshot = Snapshot(weights=weights, tensors={"t": torch.zeros(1)}, document={})
    tensors.save(paths, Kept(snapshot=snapshot, step=step + 10, epoch=1, split="train", perplexity=2.5))
    with pytest.raises(CheckpointError, match=r"does not fit its spec: output.weight is \(.*\), not \("):
        Model(paths).at(str(step + 10))
