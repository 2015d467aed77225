"""Pinned specs from books and from others' programs, each with the number it was published with.

Values only: who trains them, and where their corpora come from, is not known here. d2l = Dive into Deep Learning
(https://d2l.ai), the edition with from-scratch PyTorch code; DiDL = Dive-into-DL-PyTorch, the same book's first PyTorch
edition, whose lyrics are under copyright: those recipes run on our own lyrics of the same size, and their numbers
are for the shape of the curve.
"""

from __future__ import annotations

import msgspec

from rnnlab.errors import NotFound
from rnnlab.specs.fields import Value, closest
from rnnlab.specs.run import RunSpec, from_values

FETCHED = {
    "time-machine": "H. G. Wells, The Time Machine, d2l's timemachine.txt",
    "tinyshakespeare": "char-rnn's tinyshakespeare input.txt",
}
"""The recipes' corpora that are not bundled, and what they are."""


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """A training that someone published a number of."""

    name: str
    title: str
    source: str
    """Where the number stands."""
    published: str
    """The number as its source gives it."""
    split: str
    """What the number was measured on: `train` (memorisation, as the books do) or `validation`."""
    at_most: float
    """The perplexity that counts as reproduced."""
    values: dict[str, Value]
    """What differs from the defaults."""

    @property
    def spec(self) -> RunSpec:
        return from_values(self.values)

    def reproduced(self, perplexity: float | None) -> bool:
        """Whether a training that reached this perplexity on the recipe's split counts as one that reproduced it."""
        return perplexity is not None and perplexity <= self.at_most


_BOOK: dict[str, Value] = {
    "data.batch": 32,
    "data.steps": 35,
    "data.limit": 10_000,
    "data.split": 0.0,
    "model.dropout": 0.0,
    "train.clip": "norm",
}
_D2L = _BOOK | {
    "data.corpus": "time-machine",
    "data.clean": ("lower", "letters"),
    "train.optimizer": "sgd",
    "train.lr": 1.0,
    "train.clip_at": 1.0,
    "train.epochs": 500,
    "train.prefixes": ("time traveller",),
    "train.sample_length": 10,
    "sample.greedy": True,
}
_LYRICS = _BOOK | {
    "data.corpus": "lyrics-zh",
    "data.clean": ("spaces",),
    "model.hidden": 256,
    "train.clip_at": 0.01,
    "train.prefixes": ("分开", "不分开"),
    "train.sample_length": 50,
    "sample.greedy": True,
}
_SCRATCH: dict[str, Value] = {"model.init": "normal", "model.init_std": 0.01}
# The same bound on a step as learning rate 1 with clipping at 1.
_SGD_100: dict[str, Value] = {"train.optimizer": "sgd", "train.lr": 100.0}
_ADAM_100: dict[str, Value] = {"train.optimizer": "adam", "train.lr": 0.01}
_SHAKESPEARE: dict[str, Value] = {
    "data.corpus": "tinyshakespeare",
    "train.prefixes": ("ROMEO:",),
    "model.cell": "lstm",
}


def _recipe(name: str, title: str, published: str, at_most: float, *values: dict[str, Value]) -> Recipe:
    merged: dict[str, Value] = {}
    for given in values:
        merged |= given
    book, _, section = name.partition("-")
    place = {
        "d2l": f"d2l, section {section[:3]}",
        "didl": f"DiDL, section {section[:3]}, on other lyrics",
        "charrnn": "char-rnn's defaults, as its users report",
        "nanogpt": "nanoGPT's CPU recipe, a transformer, at its number of tokens",
    }
    return Recipe(
        name=name,
        title=title,
        source=place[book],
        published=published,
        split="train" if book in ("d2l", "didl") else "validation",
        at_most=at_most,
        values=merged,
    )


def _cell(cell: str, hidden: int = 256, layers: int = 1) -> dict[str, Value]:
    return {"model.cell": cell, "model.hidden": hidden, "model.layers": layers}


RECIPES: tuple[Recipe, ...] = (
    _recipe("d2l-8.5", "RNN 512 from scratch, consecutive batches", "1.0", 1.05, _D2L, _SCRATCH, _cell("rnn", 512)),
    _recipe(
        "d2l-8.5-random",
        "RNN 512 from scratch, consecutive batches, state reset at each, as the book's code does",
        "1.5",
        1.55,
        _D2L,
        _SCRATCH,
        _cell("rnn", 512),
        {"data.sampling": "reset"},
    ),
    _recipe(
        "d2l-8.5-shuffled",
        "RNN 512 from scratch, random batches, as the book's words say",
        "1.5, by d2l-8.5-random's batches",
        1.55,
        _D2L,
        _SCRATCH,
        _cell("rnn", 512),
        {"data.sampling": "random"},
    ),
    _recipe("d2l-8.6", "RNN 256", "1.3, readers to 1.4", 1.4, _D2L, _cell("rnn")),
    _recipe("d2l-9.1-scratch", "GRU 256 from scratch", "1.1", 1.15, _D2L, _SCRATCH, _cell("gru")),
    _recipe("d2l-9.1", "GRU 256", "1.0", 1.1, _D2L, _cell("gru")),
    _recipe("d2l-9.2-scratch", "LSTM 256 from scratch", "1.3", 1.35, _D2L, _SCRATCH, _cell("lstm")),
    _recipe("d2l-9.2", "LSTM 256", "1.1, readers 1.0-1.3", 1.3, _D2L, _cell("lstm")),
    _recipe("d2l-9.3", "LSTM 2x256", "1.0, readers to 1.3", 1.3, _D2L, _cell("lstm", layers=2), {"train.lr": 2.0}),
    _recipe(
        "didl-6.4-random",
        "RNN 256 from scratch, random batches",
        "1.304",
        1.6,
        _LYRICS,
        _SCRATCH,
        _SGD_100,
        _cell("rnn"),
        {"data.sampling": "random", "train.epochs": 250},
    ),
    _recipe(
        "didl-6.4",
        "RNN 256 from scratch, consecutive batches",
        "1.164",
        1.4,
        _LYRICS,
        _SCRATCH,
        _SGD_100,
        _cell("rnn"),
        {"train.epochs": 250},
    ),
    _recipe(
        "didl-6.5",
        "RNN 256, Adam",
        "1.021",
        1.1,
        _LYRICS,
        _cell("rnn"),
        {"train.optimizer": "adam", "train.lr": 0.001, "train.epochs": 250},
    ),
    _recipe(
        "didl-6.7-scratch",
        "GRU 256 from scratch",
        "1.442",
        1.8,
        _LYRICS,
        _SCRATCH,
        _SGD_100,
        _cell("gru"),
        {"train.epochs": 160},
    ),
    _recipe("didl-6.7", "GRU 256, Adam", "1.018", 1.1, _LYRICS, _ADAM_100, _cell("gru"), {"train.epochs": 160}),
    _recipe(
        "didl-6.8-scratch",
        "LSTM 256 from scratch",
        "4.274",
        6.0,
        _LYRICS,
        _SCRATCH,
        _SGD_100,
        _cell("lstm"),
        {"train.epochs": 160},
    ),
    _recipe("didl-6.8", "LSTM 256, Adam", "1.018", 1.1, _LYRICS, _ADAM_100, _cell("lstm"), {"train.epochs": 160}),
    _recipe(
        "charrnn-shakespeare",
        "LSTM 2x128, RMSProp, 20 epochs",
        "1.47 nats at 7.1 epochs, 1.39-1.42 at 26-50 (perplexity 4.35, 4.01-4.14)",
        4.48,
        _SHAKESPEARE,
        _cell("lstm", 128, 2),
        {
            "model.dropout": 0.0,
            "data.batch": 50,
            "data.steps": 50,
            "data.split": 0.05,
            "data.held_out": "rows",
            "train.optimizer": "rmsprop",
            "train.lr": 0.002,
            "train.schedule": "exponential",
            "train.decay": 0.97,
            "train.decay_after": 10,
            "train.clip": "value",
            "train.clip_at": 5.0,
            "train.epochs": 20,
        },
    ),
    _recipe(
        "nanogpt-budget",
        "GRU 512 within 1.54 M tokens",
        "1.88 nats (perplexity 6.55) by a transformer",
        6.55,
        _SHAKESPEARE,
        _cell("gru", 512),
        {
            "model.dropout": 0.0,
            "data.batch": 8,
            "data.steps": 64,
            "data.split": 0.1,
            "train.optimizer": "adam",
            "train.lr": 0.004,
            "train.schedule": "cosine",
            "train.warmup": 100,
            "train.epochs": 2,
            # 3,000 x 8 x 64 = 1,536,000 tokens, as many as 2,000 of nanoGPT's batches of 12 x 64.
            "train.max_steps": 3000,
            "train.eval_every": 250,
        },
    ),
)
"""Every recipe, in the order of its source."""


def find_recipe(name: str) -> Recipe:
    """The recipe of that name; raises NotFound that names the nearest."""
    for recipe in RECIPES:
        if recipe.name == name:
            return recipe
    names = [recipe.name for recipe in RECIPES]
    raise NotFound(f"there is no recipe {name[:60]!a}: `rnnlab recipes` lists them{closest(name, names)}")
