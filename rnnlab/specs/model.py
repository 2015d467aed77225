"""The `model` section of a run's spec: what the network is. It must not know torch, nor how a cell computes."""

from __future__ import annotations

from typing import Annotated

from rnnlab.specs.cells import CELLS
from rnnlab.specs.fields import About
from rnnlab.specs.section import Section

ENGINES = ("auto", "native", "fused", "scratch", "torch")
"""Who may compute a cell, and `auto` for the fastest of them."""


READS_FUTURE = "bidirectional: it reads the future, so its perplexity is not a language model's"
"""What is said wherever the perplexity of a bidirectional model is shown."""


class ModelSpec(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the network is."""

    cell: Annotated[
        str,
        About(
            label="cell",
            help="what a step computes: gates let gradients reach further back",
            choices=tuple(CELLS),
        ),
    ] = "gru"
    hidden: Annotated[
        int,
        About(
            label="hidden",
            help="units of state; doubling it makes about four times the weights",
            low=1,
            high=16384,
        ),
    ] = 256
    layers: Annotated[
        int, About(label="layers", help="recurrent layers, each reading the one below", low=1, high=16)
    ] = 1
    dropout: Annotated[
        float,
        About(
            label="dropout",
            help="share of units silenced between layers and before the output",
            low=0,
            below=1,
        ),
    ] = 0.2
    embedding: Annotated[
        int,
        About(
            label="embedding",
            help="size of a learnt vector for each token; 0 feeds one-hot tokens",
            low=0,
            high=16384,
            folded=True,
        ),
    ] = 0
    tied: Annotated[
        bool,
        About(label="tied output", help="the output layer reuses the embedding (sizes must agree)", folded=True),
    ] = False
    bidirectional: Annotated[
        bool,
        About(
            label="bidirectional",
            help="also read from the right: it sees the future, so its perplexity is not a language model's",
            folded=True,
        ),
    ] = False
    init: Annotated[
        str,
        About(
            label="initialisation",
            help="uniform: within 1/sqrt(hidden), as PyTorch; normal: N(0, std), zero biases, as d2l",
            choices=("uniform", "normal"),
            folded=True,
        ),
    ] = "uniform"
    init_std: Annotated[
        float,
        About(
            label="init std",
            help="standard deviation of a normal initialisation",
            above=0,
            high=10,
            folded=True,
        ),
    ] = 0.01
    engine: Annotated[
        str,
        About(
            label="engine",
            help="who computes: native (C++), fused (by hand), scratch (textbook lines), torch, or auto, the fastest",
            choices=ENGINES,
            folded=True,
        ),
    ] = "auto"
