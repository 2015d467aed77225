"""Every strange prefix, one table: an answer, or one sentence that says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnlab.dialogue import Answered, Prompt, Refused
from rnnlab.errors import SpecError
from rnnlab.specs import SampleSpec
from rnnlab.worker.model import Model
from rnnlab.worker.placing import MAX_PREFIX

from .test_generator import asked, made

PREFIXES = {
    "empty": ("", ""),
    "unknown characters": ("Ωмега the", "the model never saw 'Ω' 'м' 'е' 'г' 'а' in its text: leave it out"),
    "a megabyte": ("the " * (1 << 18), f"the prefix has 1,048,576 characters: take at most {MAX_PREFIX:,}"),
    "control characters": ("the\x07\x00", r"the model never saw '\x07' '\x00' in its text: leave it out"),
    "only combining marks": ("\u0301\u0308", "the model never saw"),
    "a paste with ESC": ("\x1b[200~the\x1b[201~", r"the model never saw '\x1b'"),
    "half of a surrogate pair": ("the\ud800", r"the model never saw '\ud800'"),
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return Model(made(tmp_path_factory.mktemp("prefixes")))


@pytest.mark.parametrize("case", PREFIXES)
def test_a_strange_prefix_gets_an_answer_or_one_sentence(model: Model, case: str) -> None:
    prefix, sentence = PREFIXES[case]
    *_, last = asked(model, Prompt(prefix=prefix, sample=SampleSpec(seed=7, length=5)))
    if sentence:
        assert isinstance(last, Refused)
        assert sentence in last.message
        assert last.message.isprintable()
    else:
        assert isinstance(last, Answered)


@pytest.mark.parametrize("kind", ["byte", "word"])
def test_models_of_bytes_and_words_read_what_characters_they_never_saw(tmp_path: Path, kind: str) -> None:
    model = Model(made(tmp_path, data__tokens=kind))
    *_, last = asked(model, Prompt(prefix="Ω\u0301 the", sample=SampleSpec(seed=7, length=5)))
    assert isinstance(last, Answered)


@pytest.mark.parametrize("temperature", [float("inf"), float("nan"), -1.0])
def test_a_temperature_that_is_none_is_refused(temperature: float) -> None:
    with pytest.raises(SpecError, match="temperature"):
        SampleSpec(temperature=temperature)


def test_writing_ends_at_the_end_of_a_document(tmp_path: Path) -> None:
    model = Model(made(tmp_path, data__separator=" "))
    eos = SampleSpec(seed=7, length=2000, stop_at_eos=True)
    *_, last = asked(model, Prompt(prefix="the", sample=eos))
    assert isinstance(last, Answered)
    assert last.cause == "eos"
    assert last.tokens < 2000
    *_, whole = asked(model, Prompt(prefix="the", sample=SampleSpec(seed=7, length=200, stop_at_eos=False)))
    assert isinstance(whole, Answered)
    assert (whole.cause, whole.tokens) == ("length", 200)
