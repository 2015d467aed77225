"""Writing text with a model, token by token.

    for piece in generate(model, vocabulary, "time traveller"):
        print(piece, end="", flush=True)

It must not know files, runs or how the text is shown; what it yields is foreign text to whoever shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnnlab.nn.model import LanguageModel
from rnnlab.nn.stepper import stepper_of
from rnnlab.nn.writing import Writer
from rnnlab.specs import SampleSpec
from rnnlab.specs.clamps import Clamp
from rnnlab.text.vocabulary import Vocabulary


def generate(
    model: LanguageModel,
    vocabulary: Vocabulary,
    prefix: str = "",
    sample: SampleSpec | None = None,
    clamps: Sequence[Clamp] = (),
) -> Iterator[str]:
    """Writes on from a prefix and yields the text piece by piece, without the prefix.

    Ends after `sample.length` tokens, or with `sample.stop`, which is the end of what is yielded, or, with
    `sample.stop_at_eos`, before an `<eos>`. Units in `clamps` are held at their values. A model in training mode is
    left in it, and writes without dropout; it may change or go away meanwhile. Raises PromptError where the prefix has
    characters that the vocabulary can say nothing about.
    """
    writer = Writer(stepper_of(model, clamps), vocabulary, sample)
    writer.read(prefix)
    return writer.write()
