"""The commands that look into a model: what they ask, and how they tell what was found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from rnnlab.dialogue import (
    Answered,
    Answering,
    AnyFinding,
    AnyPiece,
    Found,
    JudgePairs,
    MeasureMemory,
    Question,
    RankUnits,
    Refused,
    ScoreText,
)
from rnnlab.events import Record, Rewound, Sampled
from rnnlab.findings import (
    ContextPoint,
    Guess,
    Judged,
    Memory,
    Ranking,
    Surprise,
    TokenSurprise,
    UnitScore,
    score_of,
    sent,
)
from rnnlab.hosts.fake import FakeConsole, Recording
from rnnlab.specs import RunSpec
from rnnlab.text import bundled
from rnnlab.text.reels import Take

from .recorded import Cli, GrowingHost, answer, records, summary

RUN = summary().id
SURPRISE = Surprise(
    start=0,
    tokens=(
        TokenSurprise("T", 0.5, 1, sent([Guess("T", 0.6)])),
        TokenSurprise("\x1b", 4.25, 9, sent([Guess("h", 0.8), Guess("\n", 0.1)])),
    ),
)


class AskedHost(GrowingHost):
    """One run; its console gives each question the next of the answers, and keeps the questions."""

    def __init__(self, *answers: Sequence[AnyFinding | Refused], spec: RunSpec | None = None) -> None:
        told = msgspec.structs.replace(summary(), spec=spec) if spec else summary()
        super().__init__([Recording(summary=told, records=records())])
        self.answers = [list(found) for found in answers]
        self.questions: list[Question] = []
        self.closed = 0

    def console(self, run: str) -> FakeConsole:
        return _Console(self)


class _Console(FakeConsole):
    def __init__(self, host: AskedHost) -> None:
        super().__init__({})
        self.host = host

    def ask(self, question: Question) -> None:
        self.host.questions.append(question)
        pieces: list[AnyPiece] = [Answering(run=RUN, step=20, split="", perplexity=None, seed=0)]
        pieces += [each if isinstance(each, Refused) else Found(finding=each) for each in self.host.answers.pop(0)]
        self._pieces.extend([*pieces, Answered(tokens=0, seconds=0.1, cause="probed")])

    def close(self) -> None:
        self.host.closed += 1


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "text.txt"
    path.write_text("T\x1b", encoding="utf-8")
    return str(path)


def test_score_asks_for_the_file_and_lists_the_worst_tokens_safely(cli: Cli, file: str) -> None:
    host = AskedHost([SURPRISE, score_of(4.75, 2, 2)])
    said = cli("score", "last", file, "--at", "0", on=host)
    assert host.questions == [ScoreText(text="T\x1b", at="0")]
    assert said.lines[0] == "tokens      2"
    assert said.lines[3].split() == ["bits/char", "3.426"]
    assert said.lines[6].split() == ["4.25", "9", "'T'", "'\\x1b'", "'h'", "80%", "'\\n'", "10%"]
    assert "\x1b" not in said.out
    assert (said.err, host.closed) == (f"{RUN}, step 20\n", 1)


def test_score_takes_a_part_of_the_runs_own_text_instead_of_a_file(cli: Cli, tmp_path: Path) -> None:
    text = tmp_path / "corpus.txt"
    text.write_text("train " * 16 + "valid tests ", encoding="utf-8")
    spec = RunSpec().replace({"data.corpus": str(text), "data.split": 6 / 108, "data.test": 6 / 108})
    host = AskedHost(*[[SURPRISE, score_of(4.75, 2, 2)]] * 2, spec=spec)
    for part, read in (("validation", "valid "), ("test", "tests ")):
        said = cli("score", "last", "--part", part, on=host)
        assert host.questions[-1] == ScoreText(text=read)
        # Of the validation text a training tells a figure, too, and it is another.
        assert ("a training reads it as many rows" in said.err) == (part == "validation")


def test_score_says_what_it_needs_to_know(cli: Cli, file: str) -> None:
    for wrong in ([], [file, "--part", "test"]):
        said = cli("score", "last", *wrong, on=AskedHost())
        assert (said.code, said.err.count("\n"), "either a FILE or --part" in said.err) == (2, 1, True)
    assert "has no test text: data.test is 0" in cli("score", "last", "--part", "test", on=AskedHost()).err


def test_score_as_json_is_the_pieces_and_nothing_else(cli: Cli, file: str) -> None:
    said = cli("score", "last", file, "--json", on=AskedHost([SURPRISE, score_of(4.75, 2, 2)]))
    pieces = [msgspec.json.decode(line, type=AnyPiece) for line in said.lines]
    assert [type(piece) for piece in pieces] == [Answering, Found, Found, Answered]
    assert pieces[1] == Found(finding=SURPRISE)
    assert json.loads(said.lines[2])["finding"]["bits_per_character"] == pytest.approx(3.4264, abs=1e-4)


def test_a_refusal_is_one_sentence_and_the_console_is_closed(cli: Cli, file: str) -> None:
    host = AskedHost([Refused(message="the model never saw '\x1b': leave it out")])
    said = cli("score", "last", file, on=host)
    assert (said.code, said.out, host.closed) == (2, "", 1)
    assert "never saw '␛'" in said.err


@pytest.mark.parametrize("content", [b"\xff\xfe\xfa", None])
def test_a_file_that_cannot_be_read_is_refused_before_anything_is_asked(
    content: bytes | None, cli: Cli, tmp_path: Path
) -> None:
    path = tmp_path / "strange"
    if content is not None:
        path.write_bytes(content)
    host = AskedHost()
    assert (cli("score", "last", str(path), on=host).code, host.questions) == (2, [])


def memory(step: int, hidden: tuple[float, ...], cell: tuple[float, ...] = ()) -> Memory:
    points = (ContextPoint(1, 1.0, 2.71828), ContextPoint(5, 0.0, 1.0))
    return Memory(weights="", step=step, hidden=hidden, cell=cell, context=points, positions=4, text="train")


def test_memory_puts_a_run_beside_what_it_was_untrained(cli: Cli) -> None:
    host = AskedHost([memory(20, (0.5, 0.25), (2.0, 1.0))], [memory(0, (0.5, 1e-9), (2.0, 1e-9))])
    said = cli("memory", "last", "--lags", "2", on=host)
    assert host.questions == [MeasureMemory(lags=2), MeasureMemory(lags=2, at="0")]
    assert said.lines[2].split() == ["2", "2.50e-01", "1.00e+00", "1.00e-09", "1.00e-09"]
    assert said.lines[4].split() == ["context", "step", "20", "step", "0"]
    assert said.lines[6].split()[:2] == ["5", "1"]


def test_memory_of_several_runs_names_them(cli: Cli) -> None:
    host = AskedHost([memory(20, (0.5,))], [memory(20, (0.25,))])
    said = cli("memory", "last", RUN, "--trained-only", on=host)
    assert RUN in said.lines[0]


def test_neurons_asks_for_the_hypothesis_and_lists_the_units(cli: Cli) -> None:
    unit = UnitScore(part="memory", layer=1, unit=93, score=0.912, sign=-1, fitted=0.934, low=1.5, high=-0.25)
    ranking = Ranking(
        hypothesis="match [A-Z]", measure="auc", share=0.031, tokens=900, text="validation", step=20, units=(unit,)
    )
    host = AskedHost([ranking])
    said = cli("neurons", "last", "--match", "[A-Z]", "--gates", "--top", "3", on=host)
    assert host.questions == [RankUnits(hypothesis="match", pattern="[A-Z]", gates=True, count=3)]
    assert said.lines[0] == "match [A-Z]: 900 tokens of validation text, holds at 3.1%"
    assert said.lines[3].split() == ["memory", "1", "93", "0.912", "0.934", "+1.500", "-0.250"]


@pytest.mark.parametrize("words", [(), ("--quotes", "--line")])
def test_neurons_wants_exactly_one_hypothesis(words: tuple[str, ...], cli: Cli) -> None:
    assert cli("neurons", "last", *words, on=AskedHost()).code == 2


def test_neurons_refuses_what_is_no_regular_expression_before_a_model_is_asked(cli: Cli) -> None:
    host = AskedHost()
    said = cli("neurons", "last", "--match", "[", on=host)
    assert (said.code, host.questions) == (2, [])
    assert "no regular expression" in said.err


def test_agreement_tells_accuracy_by_distance_and_attractors(cli: Cli, tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.txt"
    pairs.write_text("The cat sat. | The cat sit.\nThe cats sit. | The cats sits.\n")
    host = AskedHost([Judged(start=0, margins=(1.5, -0.5))])
    said = cli("agreement", "last", "--pairs", str(pairs), on=host)
    asked = (("The cat sat.", "The cat sit."), ("The cats sit.", "The cats sits."))
    assert host.questions == [JudgePairs(pairs=asked)]
    assert said.lines[1].split() == ["1-3", "0", "2", "50%"]
    assert said.lines[2].split() == ["all", "2", "50%"]


def test_agreement_as_json_ends_with_the_runs_accuracy(cli: Cli) -> None:
    said = cli("agreement", "last", "--each", "1", "--json", on=AskedHost([Judged(start=0, margins=(1.0,) * 15)]))
    last = json.loads(said.lines[-1])
    assert (last["run"], sum(cell["right"] for cell in last["accuracy"])) == (RUN, 15)


def test_agreement_writes_the_corpus_of_a_grammar(cli: Cli, tmp_path: Path) -> None:
    grammar = tmp_path / "grammar.toml"
    grammar.write_text(
        'openings=["The"]\nadjectives=["old", "wet", "red"]\nnouns=[["ox","oxen"]]\nverbs=[["is","are"]]\n'
        'complements=["out"]\nplain=["there"]\nwith_noun=["by the {other}"]\n'
    )
    said = cli("agreement", "--corpus", "--grammar", str(grammar))
    assert said.code == 0
    known = {"The", "old", "wet", "red", "ox", "oxen", "is", "are", "out.", "there", "by", "the"}
    assert set(said.out.split()) == known


def test_agreement_without_a_run_says_what_to_do(cli: Cli) -> None:
    said = cli("agreement")
    assert (said.code, said.err) == (2, "rnnlab: name one run or more: `rnnlab runs` lists them\n")


def test_originality_tells_what_a_file_copies(cli: Cli, tmp_path: Path) -> None:
    song = Path(bundled.path_of("lyrics-zh")).read_text(encoding="utf-8")
    path = tmp_path / "text.txt"
    path.write_text("@@@" + song[1000:1040] + "@@@\x1b", encoding="utf-8")
    said = cli("originality", "last", str(path))
    assert said.lines[0] == "85% copied: 40 of 47 characters"
    assert said.lines[3].split()[:2] == ["3", "40"]
    assert repr(song[1000:1040]) in said.lines[3]
    value = json.loads(cli("originality", "last", str(path), "--json").lines[0])
    (span,) = value["originality"]["spans"]
    assert song[span["place"] :][: span["length"]] == song[1000:1040]


def test_originality_of_the_samples_that_were_written_while_it_trained(cli: Cli) -> None:
    said = cli("originality", "last", "--history")
    sampled = [record.event for record in records() if isinstance(record.event, Sampled)]
    assert len(said.lines) == 1 + len(sampled)
    assert said.lines[1].split()[:2] == [f"{sampled[0].step}", "0%"]


@pytest.mark.parametrize("words", [(), ("--sample", "--history"), ("text.txt", "--sample")])
def test_originality_wants_exactly_one_text(words: tuple[str, ...], cli: Cli) -> None:
    assert cli("originality", "last", *words).code == 2


@pytest.mark.parametrize("words", [("--at", "best"), ("--prefix", "time"), ("--length", "20")])
def test_what_only_a_sample_heeds_is_refused_elsewhere(words: tuple[str, ...], cli: Cli) -> None:
    said = cli("originality", "last", "--history", *words)
    assert said.code == 2
    assert "go with --sample" in said.err


def test_originality_of_a_sample_checks_what_the_model_writes(cli: Cli) -> None:
    host = GrowingHost([Recording(summary=summary(), records=records())], {"time": answer(" trav", "eller")})
    said = cli("originality", "last", "--sample", "--prefix", "time", on=host)
    assert said.lines == ["0% copied: 0 of 10 characters"]


def sampled(step: int, text: str, prefix: str = "the") -> Sampled:
    return Sampled(step=step, epoch=1, prefix=prefix, text=text)


@pytest.fixture
def writer() -> GrowingHost:
    """A run that went back to step 10 once, and wrote from two prefixes."""
    events = [
        sampled(0, "qz\x1b[1m"), sampled(0, "x", "a"), sampled(10, "old sea"), sampled(20, "void"),
        Rewound(step=10, epoch=1, from_step=20, lr=0.1), sampled(20, "old tide"),
    ]  # fmt: skip
    told = tuple(Record(seq=seq, at=0.0, event=event) for seq, event in enumerate(events, start=1))
    return GrowingHost([Recording(summary=summary(), records=told)])


def test_samples_lists_what_still_counts_by_prefix_and_step(cli: Cli, writer: GrowingHost) -> None:
    said = cli("samples", "last", on=writer)
    heads = [line for line in said.lines if line.startswith("step")]
    assert heads == [
        "step 0, untrained, from 'the'",
        "step 10, epoch 1, 100% new since step 0, from 'the'",
        "step 20, epoch 1, 50% new since step 10, from 'the'",
        "step 0, untrained, from 'a'",
    ]
    assert "old tide" in said.out
    assert "void" not in said.out


def test_samples_as_json_say_which_stretches_are_new(cli: Cli, writer: GrowingHost) -> None:
    said = cli("samples", "last", "--json", "--prefix", "the", "--newest", "1", on=writer)
    (take,) = [msgspec.json.decode(line, type=Take) for line in said.lines]
    assert take == Take(step=20, epoch=1, prefix="the", text="old tide", since=10, new=((4, 4),))


def test_samples_of_another_prefix_names_those_that_there_are(cli: Cli, writer: GrowingHost) -> None:
    said = cli("samples", "last", "--prefix", "b", on=writer)
    assert (said.code, said.err) == (2, "rnnlab: nothing was written from 'b': --prefix is one of 'the', 'a'\n")


@pytest.mark.parametrize("count", ["0", "-1", "x"])
def test_samples_wants_a_number_of_steps(cli: Cli, count: str) -> None:
    assert cli("samples", "last", f"--newest={count}").code == 2


def test_a_run_without_samples_says_when_they_come(cli: Cli) -> None:
    said = cli("samples", "last", on=GrowingHost([Recording(summary=summary(), records=records()[:1])]))
    assert (said.code, said.out) == (0, "")
    assert "before it begins to train" in said.err


def test_originality_checks_no_sample_that_was_written_again(cli: Cli, writer: GrowingHost) -> None:
    assert len(cli("originality", "last", "--history", on=writer).lines) == 5


def test_score_holds_two_models_against_each_other_where_they_differ_most(cli: Cli, file: str) -> None:
    other = Surprise(start=0, tokens=(TokenSurprise("T", 0.25, 1), TokenSurprise("\x1b", 1.25, 2)))
    host = AskedHost([SURPRISE, score_of(4.75, 2, 2)], [other, score_of(1.5, 2, 2)])
    said = cli("score", "last", file, "--against-at", "best", "--top", "1", on=host)
    assert host.questions == [ScoreText(text="T\x1b"), ScoreText(text="T\x1b", at="best")]
    assert [line.split()[1:4] for line in said.out.splitlines()[1:3]] == [["last", "2", "4.75"], ["best", "2", "1.50"]]
    assert said.out.splitlines()[-1].split()[:3] == ["+3.00", "4.25", "1.25"]
    assert "\x1b" not in said.out


def test_score_says_where_two_models_read_different_texts(cli: Cli, file: str) -> None:
    other = Surprise(start=0, tokens=(TokenSurprise("t", 0.25, 1),))
    host = AskedHost([SURPRISE, score_of(4.75, 2, 2)], [other, score_of(1.5, 2, 2)])
    assert "do not read the same text" in cli("score", "last", file, "--against", "last", on=host).out


def test_a_score_says_how_much_of_the_text_the_model_has_no_words_for(cli: Cli, file: str) -> None:
    said = cli("score", "last", file, on=AskedHost([SURPRISE, score_of(4.75, 2, 2, unknown=1)]))
    assert said.lines[4].split() == ["<unk>", "1", "of", "the", "tokens"]


def test_what_was_measured_is_shown_though_the_run_has_no_step_0(cli: Cli) -> None:
    host = AskedHost([memory(20, (0.5, 0.25))], [Refused(message=f"{RUN} has no checkpoint at '0'")])
    said = cli("memory", "last", "--lags", "2", on=host)
    assert said.code == 0
    assert "5.00e-01" in said.out
    assert "what it was untrained is left out" in said.err
