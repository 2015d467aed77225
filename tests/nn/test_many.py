"""Many continuations of one text as a batch: each what it would be alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from msgspec.structs import replace

from rnnlab.errors import BadInput
from rnnlab.nn.many import write_all
from rnnlab.nn.model import LanguageModel
from rnnlab.nn.native import finding
from rnnlab.nn.native.stepper import NativeStepper
from rnnlab.nn.pen import Pen
from rnnlab.nn.stepper import TorchStepper, many_steppers
from rnnlab.nn.writing import Writer
from rnnlab.specs import ModelSpec, SampleSpec
from rnnlab.specs.cells import CELLS
from rnnlab.specs.clamps import Clamp
from rnnlab.text.vocabulary import Vocabulary

CHARACTERS = Vocabulary.build("char", "the quick brown fox. ")
SEEDS = range(3, 8)


def model_of(cell: str = "gru", layers: int = 1) -> LanguageModel:
    torch.manual_seed(5)
    model = LanguageModel(ModelSpec(cell=cell, hidden=24, layers=layers), len(CHARACTERS)).eval()
    with torch.no_grad():
        model.output.weight.mul_(4)
    return model


def together(model: LanguageModel, sample: SampleSpec, clamps: tuple[Clamp, ...] = ()) -> list[str]:
    one, many = many_steppers(model, clamps, len(SEEDS))
    reader = Writer(one, CHARACTERS)
    reader.read("the ")
    pens = [Pen(CHARACTERS, replace(sample, seed=seed)) for seed in SEEDS]
    texts = [""] * len(pens)
    for added in write_all(many, reader.state, reader.logits, pens, sample.length):
        for number, text in added:
            texts[number] += text
    return texts


def alone(model: LanguageModel, sample: SampleSpec, clamps: tuple[Clamp, ...] = ()) -> list[str]:
    texts = []
    for seed in SEEDS:
        writer = Writer(many_steppers(model, clamps, 1)[0], CHARACTERS, replace(sample, seed=seed))
        writer.read("the ")
        texts.append("".join(writer.write()))
    return texts


@pytest.fixture(params=["native", "equations"])
def engine(request: pytest.FixtureRequest, native: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """Who steps; the tests hold either way."""
    if request.param == "equations":
        monkeypatch.setattr(finding, "kernels", lambda: None)
    elif finding.kernels() is None:
        pytest.skip(finding.found().reason)
    return request.param


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_each_of_many_texts_is_what_it_is_alone_with_its_seed(cell: str, engine: str) -> None:
    model, sample = model_of(cell, layers=2), SampleSpec(length=60)
    many = many_steppers(model, (), 2)[1]
    assert isinstance(many, NativeStepper if engine == "native" else TorchStepper)
    texts = together(model, sample)
    assert texts == alone(model, sample)
    assert len(set(texts)) == len(texts)


def test_a_text_that_ends_early_is_not_written_further_and_the_others_go_on(engine: str) -> None:
    sample = SampleSpec(length=80, stop="o")
    texts = together(model_of(), sample)
    assert texts == alone(model_of(), sample)
    assert len({len(text) for text in texts}) > 1


def test_many_texts_are_written_with_a_unit_held(engine: str) -> None:
    sample, clamps = SampleSpec(length=40), (Clamp(0, 3, 4.0),)
    held = together(model_of(), sample, clamps)
    assert held == alone(model_of(), sample, clamps)
    assert held != together(model_of(), sample)
    with pytest.raises(BadInput):
        many_steppers(model_of(), (Clamp(0, 99, 1.0),), 2)


@pytest.mark.parametrize("cell", sorted({*CELLS} - {"rnn", "gru", "lstm"}))
def test_every_other_cell_writes_many_too(cell: str) -> None:
    assert all(len(text) == 9 for text in together(model_of(cell), SampleSpec(length=9)))


def test_what_they_go_on_from_is_not_changed(engine: str) -> None:
    one, many = many_steppers(model_of(), (), 2)
    reader = Writer(one, CHARACTERS, SampleSpec(seed=1, length=20))
    reader.read("the ")
    logits = np.array(reader.logits)
    list(write_all(many, reader.state, reader.logits, [Pen(CHARACTERS, SampleSpec()) for _ in range(2)], 20))
    np.testing.assert_array_equal(reader.logits, logits)
    fresh = Writer(one, CHARACTERS, SampleSpec(seed=1, length=20))
    fresh.read("the ")
    assert "".join(reader.write()) == "".join(fresh.write())


def test_a_stop_text_ends_a_writing_and_the_next_goes_on_to_the_next_stop() -> None:
    pen = Pen(CHARACTERS, SampleSpec(stop="qu"))
    ids = CHARACTERS.encode("the quququ").tolist()
    said = []
    for token in ids:
        said.append(pen.add(token))
        if pen.cause:
            said.append("|")
            pen.go_on()
    assert "".join(said) == "the qu|qu|qu|"
