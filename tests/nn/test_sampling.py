"""Writing: the model's own distribution, step by step, from a prefix to a length or a stop."""

import itertools
import subprocess
import sys

import msgspec
import pytest
import torch

from rnnlab.errors import BadInput, PromptError
from rnnlab.nn import single
from rnnlab.nn.model import LanguageModel
from rnnlab.nn.sampling import generate
from rnnlab.nn.stepper import TorchStepper, stepper_of
from rnnlab.nn.writing import Writer
from rnnlab.specs import ModelSpec, SampleSpec
from rnnlab.specs.cells import CELLS
from rnnlab.specs.clamps import Clamp
from rnnlab.text.vocabulary import Vocabulary

TEXT = "the quick brown fox\njumps over the lazy dog"
CHARACTERS = Vocabulary.build("char", TEXT)


def model_of(vocabulary=CHARACTERS, **spec):
    torch.manual_seed(1)
    return LanguageModel(msgspec.structs.replace(ModelSpec(hidden=16), **spec), len(vocabulary))


def written(sample, prefix="the ", *, vocabulary=CHARACTERS, **spec):
    return "".join(generate(model_of(vocabulary, **spec), vocabulary, prefix, sample))


@pytest.mark.parametrize("make", [stepper_of, TorchStepper])
@pytest.mark.parametrize("spec", [{}, {"embedding": 5}, {"layers": 3}, {"embedding": 16, "tied": True}])
@pytest.mark.parametrize("cell", CELLS)
def test_stepping_gives_the_logits_of_reading_the_whole_text(cell, spec, make):
    model = model_of(cell=cell, **spec).eval()
    ids = torch.randint(len(CHARACTERS), (12,))
    expected, _ = model(ids[:, None])
    stepper = make(model)
    state = stepper.zero_state()
    for token, logits in zip(ids.tolist(), expected[:, 0], strict=True):
        torch.testing.assert_close(torch.tensor(stepper.step(token, state)), logits, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("make", [stepper_of, TorchStepper])
@pytest.mark.parametrize("cell", CELLS)
def test_a_bidirectional_model_is_stepped_as_texts_of_one_token_with_its_state_carried(cell, make):
    model = model_of(cell=cell, bidirectional=True, layers=2).eval()
    stepper = make(model)
    state, expected_state = stepper.zero_state(), model.zero_state(1)
    for token in (3, 1, 4):
        expected, expected_state = model(torch.tensor([[token]]), expected_state)
        torch.testing.assert_close(torch.tensor(stepper.step(token, state)), expected[0, 0], rtol=1e-4, atol=1e-5)


def test_large_products_in_pieces_and_embeddings_without_a_table_give_the_same_logits(monkeypatch):
    model = model_of(embedding=5, layers=2).eval()
    whole = stepper_of(model)
    monkeypatch.setattr(single, "_AT_ONCE", 50)
    monkeypatch.setattr(single, "_TABLE", 0)
    pieces = stepper_of(model)
    one, other = whole.zero_state(), pieces.zero_state()
    for token in (3, 1, 4):
        assert pieces.step(token, other) == pytest.approx(whole.step(token, one), rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_greedy_writing_is_the_argmax_of_the_model_over_everything_written_so_far(cell):
    model = model_of(cell=cell).eval()
    text = "the "
    for _ in range(10):
        logits, _ = model(torch.tensor(CHARACTERS.encode(text)).long()[:, None])
        text += CHARACTERS.decode([int(logits[-1, 0].argmax())])
    assert "".join(generate(model, CHARACTERS, "the ", SampleSpec(greedy=True, length=10))) == text[4:]


def test_the_same_seed_writes_the_same_text_and_another_seed_another():
    assert written(SampleSpec(seed=5, length=60)) == written(SampleSpec(seed=5, length=60))
    assert written(SampleSpec(seed=5, length=60)) != written(SampleSpec(seed=6, length=60))


def test_as_many_tokens_are_written_as_asked_for():
    assert len(written(SampleSpec(length=37, seed=1))) == 37


def test_writing_leaves_the_model_in_training_mode_and_its_randomness_alone():
    model = model_of(layers=2, dropout=0.5)
    before = torch.get_rng_state()
    texts = ["".join(generate(model, CHARACTERS, "the ", SampleSpec(seed=1, length=40))) for _ in range(2)]
    assert texts[0] == texts[1], "dropout was on"
    assert model.training
    assert torch.equal(before, torch.get_rng_state())


def test_a_writer_goes_on_with_the_weights_it_was_made_with():
    model = model_of()
    writer = Writer(stepper_of(model), CHARACTERS, SampleSpec(seed=1, length=30))
    writer.read("the ")
    with torch.no_grad():
        for weight in model.parameters():
            weight.zero_()
    assert "".join(writer.write()) == written(SampleSpec(seed=1, length=30))


def test_writing_stops_after_the_stop_text_also_where_it_straddles_tokens():
    everything = written(SampleSpec(seed=3, length=200))
    stop = everything[50:53]
    expected = everything[: everything.index(stop) + 3]
    assert written(SampleSpec(seed=3, length=200, stop=stop)) == expected


def test_a_stop_text_inside_a_longer_token_cuts_the_token():
    words = Vocabulary.build("word", "alpha alpha beta beta")
    text = written(SampleSpec(seed=1, length=50, stop="ph"), "alpha", vocabulary=words)
    assert text.endswith("alph")
    assert text.count("ph") == 1


def test_writing_goes_on_where_it_ended_and_a_further_prefix_is_read_on_top():
    writer = Writer(stepper_of(model_of()), CHARACTERS, SampleSpec(seed=1, length=20))
    writer.read("the ")
    first = "".join(writer.write())
    second = "".join(writer.write())
    assert first + second == written(SampleSpec(seed=1, length=40))
    other = Writer(stepper_of(model_of()), CHARACTERS, SampleSpec(greedy=True, length=20))
    other.read("the ")
    other.read("fox")
    assert "".join(other.write()) == written(SampleSpec(greedy=True, length=20), "the fox")


@pytest.mark.parametrize("kind", ["char", "word", "byte"])
def test_an_empty_prefix_begins_by_itself(kind):
    vocabulary = Vocabulary.build(kind, TEXT, min_count=1)
    assert written(SampleSpec(seed=1, length=20), "", vocabulary=vocabulary)


def test_an_empty_prefix_is_as_after_a_line_end():
    assert written(SampleSpec(seed=1, length=20), "") == written(SampleSpec(seed=1, length=20), "\n")


def test_a_prefix_with_characters_the_model_never_saw_is_refused_by_name():
    with pytest.raises(PromptError, match="'é' '7'"):
        generate(model_of(), CHARACTERS, "thé 7", SampleSpec())


def test_where_there_is_an_unk_unknown_characters_are_read_as_that_and_it_is_never_written():
    vocabulary = Vocabulary.build("char", TEXT, unknown=True)
    model = model_of(vocabulary)
    with torch.no_grad():
        model.output.bias[vocabulary.unknown] = 100.0
    text = "".join(generate(model, vocabulary, "thé 7", SampleSpec(seed=1, length=50)))
    assert len(text) == 50
    assert set(text) <= set(TEXT)


def test_a_vocabulary_of_nothing_but_unk_cannot_write():
    vocabulary = Vocabulary.build("word", "every word here comes once")
    with pytest.raises(PromptError, match="<unk>"):
        generate(model_of(vocabulary), vocabulary, "", SampleSpec())


def test_text_streams_instead_of_coming_at_the_end():
    pieces = generate(model_of(), CHARACTERS, "the ", SampleSpec(seed=1, length=10**6))
    assert len(next(pieces)) == 1


def test_writing_from_weights_needs_no_torch():
    code = "import sys, rnnlab.nn.single, rnnlab.nn.writing; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_length_of_zero_goes_on_until_one_stops_reading():
    whole = written(SampleSpec(seed=2, length=700))
    model = model_of()
    endless = generate(model, CHARACTERS, "the ", SampleSpec(seed=2, length=0))
    assert "".join(itertools.islice(endless, 700)) == whole


def test_an_unknown_word_is_drawn_again_or_read_in_silence_or_shown():
    words = Vocabulary.build("word", "the cat and the dog and the cat sat")
    model = model_of(words)
    with torch.no_grad():
        model.output.bias[words.unknown] = 3.0
    texts = {
        policy: "".join(generate(model, words, "the", SampleSpec(seed=1, length=60, unknown=policy)))
        for policy in ("again", "keep", "show")
    }
    assert ["<unk>" in texts[policy] for policy in ("again", "keep", "show")] == [False, False, True]
    assert texts["keep"].split() == [word for word in texts["show"].split() if word != "<unk>"]
    assert len(texts["again"].split()) > len(texts["keep"].split())


@pytest.mark.parametrize("make", [stepper_of, TorchStepper])
@pytest.mark.parametrize("cell", CELLS)
def test_a_clamped_unit_has_its_value_after_every_step_and_all_above_it_sees_that(cell, make):
    model = model_of(cell=cell, layers=2, bidirectional=True).eval()
    clamps = (Clamp(0, 3, 0.75), Clamp(0, 16 + 5, -0.5))
    stepper, free = make(model, clamps), make(model)
    state, unclamped = stepper.zero_state(), free.zero_state()
    for token in (3, 1, 4):
        logits, other = stepper.step(token, state).copy(), free.step(token, unclamped)
        hidden = [torch.as_tensor(parts[0]).flatten() for parts in state]
        assert (hidden[0][3], hidden[1][5]) == (0.75, -0.5)
        assert not torch.allclose(torch.tensor(logits), torch.tensor(other))
    same = make(model, [Clamp(0, 3, float(hidden[0][3]))])
    before, after = same.copied(state), same.copied(state)
    assert (same.step(2, before) == same.step(2, after)).all()


@pytest.mark.parametrize("clamp", [Clamp(1, 0, 0.0), Clamp(0, 16, 0.0), Clamp(0, -1, 0.0), Clamp(0, 0, float("nan"))])
def test_a_clamp_that_the_model_has_no_unit_for_is_refused(clamp):
    with pytest.raises(BadInput, match="a clamp's"):
        generate(model_of(), CHARACTERS, "the ", SampleSpec(), (clamp,))
