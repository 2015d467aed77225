"""The `train` section of a run's spec: how the weights are moved, for how long, and how often one looks.

It must not know torch, nor how an optimizer or a schedule is computed.
"""

from __future__ import annotations

from typing import Annotated

from rnnlab.specs.fields import About
from rnnlab.specs.section import Section, Texts


class TrainSpec(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the weights are moved, for how long, and how often one looks."""

    optimizer: Annotated[
        str,
        About(
            label="optimizer",
            help="the rule that turns gradients into steps",
            choices=("sgd", "adam", "adamw", "rmsprop", "adagrad"),
        ),
    ] = "adam"
    lr: Annotated[
        float, About(label="learning rate", help="size of a step; adam likes 0.004, sgd 1", above=0, high=1e6)
    ] = 0.004
    momentum: Annotated[
        float,
        About(label="momentum", help="share of the last step that sgd keeps", low=0, below=1, folded=True),
    ] = 0.0
    schedule: Annotated[
        str,
        About(
            label="schedule",
            help="constant rate, a step down now and then, exponential by epoch, a cosine, or cut at a plateau",
            choices=("constant", "step", "exponential", "cosine", "plateau"),
            folded=True,
        ),
    ] = "constant"
    decay: Annotated[
        float,
        About(
            label="decay",
            help="factor on the learning rate when the schedule cuts it",
            above=0,
            high=1,
            folded=True,
        ),
    ] = 0.5
    decay_every: Annotated[
        int,
        About(
            label="decay every",
            help="epochs between cuts (step), or without progress (plateau)",
            low=1,
            high=10**6,
            folded=True,
        ),
    ] = 5
    decay_after: Annotated[
        int,
        About(label="decay after", help="epochs at the full rate before it falls", low=0, high=10**6, folded=True),
    ] = 0
    warmup: Annotated[
        int,
        About(
            label="warm-up",
            help="steps in which the learning rate rises from zero",
            low=0,
            high=10**9,
            folded=True,
        ),
    ] = 0
    weight_decay: Annotated[
        float,
        About(label="weight decay", help="pull of every weight towards zero", low=0, high=10, folded=True),
    ] = 0.0
    clip: Annotated[
        str,
        About(
            label="clip",
            help="norm scales the whole gradient down to θ; value cuts each element at ±θ",
            choices=("norm", "value", "none"),
        ),
    ] = "norm"
    clip_at: Annotated[float, About(label="clip at θ", help="the θ of clipping", above=0, high=1e9)] = 1.0
    epochs: Annotated[int, About(label="epochs", help="passes over the training text", low=1, high=10**6)] = 30
    max_steps: Annotated[
        int,
        About(label="max steps", help="end after so many steps; 0 for no limit", low=0, high=10**12, folded=True),
    ] = 0
    max_tokens: Annotated[
        int,
        About(
            label="max tokens",
            help="end before more than so many tokens were trained on, repeats counted; 0 for no limit",
            low=0,
            high=10**15,
            folded=True,
        ),
    ] = 0
    max_minutes: Annotated[
        float,
        About(
            label="max minutes",
            help="end after so many minutes of training, pauses left out; 0 for no limit",
            low=0,
            high=10**7,
            folded=True,
        ),
    ] = 0.0
    patience: Annotated[
        int,
        About(
            label="patience",
            help="end after so many evaluations without progress; 0 goes on",
            low=0,
            high=10**6,
            folded=True,
        ),
    ] = 0
    recover: Annotated[
        str,
        About(
            label="recover",
            help="where losses are not finite: skip steps; rewind to sound weights and halve the rate; or stop",
            choices=("rewind", "skip", "stop"),
            folded=True,
        ),
    ] = "rewind"
    explosions: Annotated[
        str,
        About(
            label="explosions",
            help="a loss 3 or gradient 10 times its median: note it; or back to sound weights, past that batch, "
            "twice at most",
            choices=("note", "back"),
            folded=True,
        ),
    ] = "note"
    seed: Annotated[int, About(label="seed", help="the same seed gives the same run", low=0, high=2**53 - 1)] = 1
    device: Annotated[
        str,
        About(
            label="device",
            help="auto takes a GPU where there is one",
            choices=("auto", "cpu", "cuda", "mps"),
            folded=True,
        ),
    ] = "auto"
    precision: Annotated[
        str,
        About(
            label="precision",
            help="of products on an NVIDIA GPU: float32, or faster in tf32 or bf16; elsewhere it is float32",
            choices=("float32", "tf32", "bf16"),
            folded=True,
        ),
    ] = "float32"
    threads: Annotated[
        int,
        About(label="threads", help="CPU threads; 0 measures and takes the best", low=0, high=1024, folded=True),
    ] = 0
    log_every: Annotated[
        int, About(label="log every", help="steps between log lines", low=1, high=10**9, folded=True)
    ] = 10
    eval_every: Annotated[
        int,
        About(
            label="eval every",
            help="steps between validations; 0 once an epoch, or every 1,000",
            low=0,
            high=10**9,
            folded=True,
        ),
    ] = 0
    eval_tokens: Annotated[
        int,
        About(
            label="eval tokens",
            help="validate on so many tokens, from the beginning of the held-out text; 0 for all",
            low=0,
            high=10**12,
            folded=True,
        ),
    ] = 1_000_000
    sample_every: Annotated[
        int,
        About(
            label="sample every",
            help="steps between samples; 0 once an epoch, but 100 to 1,000 steps apart",
            low=0,
            high=10**9,
            folded=True,
        ),
    ] = 0
    sample_length: Annotated[
        int, About(label="sample length", help="tokens of each such sample", low=1, high=10**5, folded=True)
    ] = 120
    checkpoint_every: Annotated[
        int,
        About(
            label="checkpoint every",
            help="steps between checkpoints; 0 every few seconds, at most 3.5 % of the time",
            low=0,
            high=10**9,
            folded=True,
        ),
    ] = 0
    prefixes: Annotated[
        Texts, About(label="prefixes", help="what the samples begin with, separated by commas", folded=True)
    ] = ()
