"""The four sections of a run's spec: what a person chooses, field by field.

Frozen and validated: a section that exists is in bounds by itself (that a batch fits its corpus is a question for
`arithmetic`). It must not know torch, files or screens.
"""

from __future__ import annotations

from typing import Annotated

from rnnlab.errors import SpecError
from rnnlab.specs.fields import About, Field, Value, fields_of
from rnnlab.specs.model import ModelSpec
from rnnlab.specs.section import Section, Texts
from rnnlab.specs.training import TrainSpec

__all__ = ["FIELDS", "SECTIONS", "DataSpec", "ModelSpec", "SampleSpec", "TrainSpec", "defaults"]


class DataSpec(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the network reads, and in which pieces."""

    corpus: Annotated[str, About(label="corpus", help="a bundled corpus by name, or a text file by path")] = (
        "the-tide-clock"
    )
    tokens: Annotated[
        str,
        About(
            label="tokens",
            help="what one step reads: a character, a word, a byte, or byte pairs (bpe) learnt from the text",
            choices=("char", "word", "byte", "bpe"),
        ),
    ] = "char"
    encoding: Annotated[
        str,
        About(
            label="encoding",
            help="of the file, as in latin-1 or gb18030; empty for UTF-8 or what its mark says",
            length=40,
            folded=True,
        ),
    ] = ""
    clean: Annotated[
        Texts,
        About(
            label="clean",
            help="newlines (CRLF to LF), nfc, lower, letters (d2l's rule), spaces (line ends to spaces)",
            choices=("newlines", "nfc", "lower", "letters", "spaces"),
            folded=True,
        ),
    ] = ()
    separator: Annotated[
        str,
        About(
            label="separator",
            help="between documents, where sampling can stop: line, blank (lines), or a text; empty for none",
            length=200,
            folded=True,
        ),
    ] = ""
    min_count: Annotated[
        int,
        About(
            label="min count",
            help="a word that comes less often is <unk>; a pair that does is not merged",
            low=1,
            high=10**9,
            folded=True,
        ),
    ] = 2
    max_tokens: Annotated[
        int,
        About(
            label="max tokens",
            help="size of the vocabulary of words or byte pairs; 0 for every word, or 1,024 with bpe",
            low=0,
            high=2**20,
            folded=True,
        ),
    ] = 0
    limit: Annotated[
        int,
        About(
            label="limit",
            help="read only the first so many tokens; 0 reads all",
            low=0,
            high=10**12,
            folded=True,
        ),
    ] = 0
    split: Annotated[
        float,
        About(
            label="validation",
            help="share of the text held out at the end to measure on; 0 for none",
            low=0,
            high=0.5,
        ),
    ] = 0.1
    test: Annotated[
        float,
        About(
            label="test",
            help="share held out behind the validation's, which no training looks at; `rnnlab score RUN --part test`",
            low=0,
            high=0.5,
            folded=True,
        ),
    ] = 0.0
    held_out: Annotated[
        str,
        About(
            label="held out",
            help="end: the last part of the text; rows: the end of each sequence of a batch, as char-rnn does",
            choices=("end", "rows"),
            folded=True,
        ),
    ] = "end"
    batch: Annotated[int, About(label="batch", help="sequences trained side by side", low=1, high=65536)] = 32
    steps: Annotated[
        int, About(label="steps", help="tokens a gradient reaches back (truncated BPTT)", low=1, high=65536)
    ] = 64
    sampling: Annotated[
        str,
        About(
            label="sampling",
            help="consecutive batches carry the state on; reset: the same batches, from zero; random: shuffled, "
            "from zero",
            choices=("consecutive", "reset", "random"),
        ),
    ] = "consecutive"


class SampleSpec(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the console draws the next token."""

    def __post_init__(self) -> None:
        super(SampleSpec, self).__post_init__()  # noqa: UP008
        for text in self.cycle:
            try:
                FIELDS["sample.temperature"].parse(text)
            except SpecError as error:
                raise SpecError("sample.cycle", f"cycle holds no temperature: {error}") from None

    @property
    def temperatures(self) -> tuple[float, ...]:
        """What takes turns: the cycle, or the one temperature."""
        return tuple(map(float, self.cycle)) or (self.temperature,)

    @property
    def by_chance(self) -> bool:
        """Whether tokens are drawn, so that a seed says which."""
        return not self.greedy and self.beam == 1

    temperature: Annotated[
        float,
        About(label="temperature", help="below 1 bolder about the likely, above 1 wilder", above=0, high=100),
    ] = 0.8
    greedy: Annotated[bool, About(label="greedy", help="always the likeliest token")] = False
    top_k: Annotated[
        int,
        About(label="top k", help="draw among the k likeliest; 0 for all", low=0, high=10**6, folded=True),
    ] = 0
    top_p: Annotated[
        float,
        About(
            label="top p",
            help="draw among the likeliest that make up this share",
            above=0,
            high=1,
            folded=True,
        ),
    ] = 1.0
    min_p: Annotated[
        float,
        About(
            label="min p",
            help="draw among those at least this share as likely as the likeliest; 0 for all",
            low=0,
            high=1,
            folded=True,
        ),
    ] = 0.0
    cycle: Annotated[
        Texts,
        About(
            label="cycle",
            help="temperatures that take turns, a token each, instead of one; as in 0.4, 0.4, 1.2",
            folded=True,
        ),
    ] = ()
    repetition: Annotated[
        float,
        About(
            label="repetition",
            help="above 1, tokens among the last 64 written come less often; 1 for off",
            low=1,
            high=10,
            folded=True,
        ),
    ] = 1.0
    unknown: Annotated[
        str,
        About(
            label="unknown",
            help="where <unk> comes: draw again, keep it (read and not shown), or show it",
            choices=("again", "keep", "show"),
            folded=True,
        ),
    ] = "again"
    beam: Annotated[
        int,
        About(
            label="beam",
            help="above 1, search the likeliest text with so many candidates; nothing is drawn; 1 for off",
            low=1,
            high=64,
            folded=True,
        ),
    ] = 1
    length: Annotated[
        int, About(label="length", help="tokens to write; 0 goes on until it is stopped", low=0, high=10**6)
    ] = 400
    stop: Annotated[str, About(label="stop at", help="end after this text; empty for never", folded=True)] = ""
    stop_at_eos: Annotated[
        bool,
        About(label="stop at <eos>", help="end with the document, where the text has separators", folded=True),
    ] = True
    seed: Annotated[
        int,
        About(
            label="seed",
            help="the same seed at the same step writes the same text; 0 takes a new one",
            low=0,
            high=2**53 - 1,
        ),
    ] = 0


SECTIONS: dict[str, type[Section]] = {
    "model": ModelSpec,
    "data": DataSpec,
    "train": TrainSpec,
    "sample": SampleSpec,
}
"""Every section by the name it has in TOML, forms and `--set`."""

FIELDS: dict[str, Field] = {
    field.path: field for name, section in SECTIONS.items() for field in fields_of(name, section)
}
"""Every field by its dotted name, in the order of the form."""


def defaults() -> dict[str, Value]:
    """Every field's default by its dotted name."""
    return {path: field.default for path, field in FIELDS.items()}
