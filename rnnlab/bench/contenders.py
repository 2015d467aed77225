"""Who trains: the textbook loop, plain torch.nn with an embedding, and rnnlab's learner with each of its engines.

Each is written as its own author would write it. They get the same batches, the same first weights where the model is
the same, gradients clipped to the same norm, and Adam at the same rate. They must not know how they are timed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

import msgspec
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rnnlab.errors import RnnlabError
from rnnlab.nn.model import LanguageModel
from rnnlab.specs import FIELDS, ModelSpec, TrainSpec
from rnnlab.training.learner import Learner
from rnnlab.training.pace import Pace, laid_out

Step = Callable[[Tensor, Tensor], float | Tensor]
"""Trains on one batch, ids and targets `[T, B]`, and gives its loss."""

MODULES: dict[str, Callable[..., nn.RNNBase]] = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
"""What torch calls the cells that can be compared."""
CLIP, LR, SEED = 1.0, 1e-3, 1
TEXTBOOK, EMBEDDING = "textbook", "torch.nn"
AUTO = "auto"


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """What a model and a batch of it measure."""

    cell: str = "gru"
    hidden: int = 256
    vocabulary: int = 28
    layers: int = 1
    batch: int = 32
    steps: int = 35

    @property
    def tokens(self) -> int:
        """A batch's."""
        return self.batch * self.steps

    @property
    def spec(self) -> ModelSpec:
        return ModelSpec(cell=self.cell, hidden=self.hidden, layers=self.layers, dropout=0.0)

    @property
    def title(self) -> str:
        layers = f", {self.layers} layers" if self.layers > 1 else ""
        return f"{self.cell.upper()}, hidden {self.hidden:,}, vocabulary {self.vocabulary:,}{layers}"


def contenders(shape: Shape) -> Iterator[tuple[str, Callable[[], Step]]]:
    """Everybody who can train this shape here, the textbook loop first; each is made when it is called."""
    yield TEXTBOOK, lambda: textbook(shape)
    yield EMBEDDING, lambda: embedding(shape)
    for engine in engines(shape):
        yield engine, lambda engine=engine: learner(shape, engine)


def engines(shape: Shape) -> list[str]:
    """Every engine of the registry that computes this shape here, but for the equations that are there to be read."""
    return [
        name
        for name in FIELDS["model.engine"].about.choices
        if name not in (AUTO, "scratch") and _computes(shape, name)
    ]


def _computes(shape: Shape, engine: str) -> bool:
    try:
        return LanguageModel(shape.spec, shape.vocabulary, engine).engine == engine
    except RnnlabError:
        return False


def learner(shape: Shape, engine: str) -> Step:
    """What rnnlab does at each step of a training."""
    train = TrainSpec(optimizer="adam", clip="norm", clip_at=CLIP, lr=LR, weight_decay=0.0)
    model = first_model(shape, engine)
    model.use(engine, layout_of(shape, engine, torch.get_num_threads()))
    learning, hidden = Learner(model, train), None

    def step(x: Tensor, y: Tensor) -> float:
        nonlocal hidden
        learnt = learning.step(x, y, hidden, LR)
        hidden = learnt.hidden
        return learnt.numbers.loss

    return step


@lru_cache
def layout_of(shape: Shape, engine: str, threads: int) -> str:
    """The layout in which the engine is the fastest here: a training measures that when it starts."""
    model = first_model(shape, engine)
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    x = torch.randint(shape.vocabulary, (shape.steps, shape.batch))

    def step(pace: Pace) -> None:
        model.use(pace.engine, pace.layout)
        model.learn(x, x)

    return laid_out(step, Pace(engine, threads), model.layouts_of(engine)).layout


def first_model(shape: Shape, engine: str = "scratch") -> LanguageModel:
    """The model with the weights that all begin with."""
    torch.manual_seed(SEED)
    return LanguageModel(shape.spec, shape.vocabulary, engine)


def textbook(shape: Shape, nudged: float = 0.0) -> Step:
    """What one finds in a book: one-hot tensors for every step, torch.nn's modules, norm and loss read back.

    `nudged` up (1) or down (-1): every first weight is moved by one unit in its last place.
    """
    vocabulary = shape.vocabulary
    recurrent, output = modules(shape, vocabulary)
    parameters = [*recurrent.parameters(), *output.parameters()]
    if nudged:
        for parameter in parameters:
            parameter.data = torch.nextafter(parameter.data, torch.full_like(parameter.data, nudged * torch.inf))
    optimizer = torch.optim.Adam(parameters, lr=LR)
    measure, state = nn.CrossEntropyLoss(), None

    def step(x: Tensor, y: Tensor) -> float:
        nonlocal state
        inputs = torch.stack([F.one_hot(row, vocabulary).float() for row in x])
        hidden, state = recurrent(inputs, state)
        state = detached(state)
        loss = measure(output(hidden.reshape(-1, shape.hidden)), y.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, CLIP).item()
        optimizer.step()
        return loss.item()

    return step


def embedding(shape: Shape) -> Step:
    """What a practitioner writes: the tokens embedded in as many numbers as there are units. Another model, then."""
    torch.manual_seed(SEED)
    embed, recurrent = nn.Embedding(shape.vocabulary, shape.hidden), _recurrent(shape, shape.hidden)
    output = nn.Linear(shape.hidden, shape.vocabulary)
    parameters = [*embed.parameters(), *recurrent.parameters(), *output.parameters()]
    optimizer, state = torch.optim.Adam(parameters, lr=LR), None

    def step(x: Tensor, y: Tensor) -> Tensor:
        nonlocal state
        hidden, state = recurrent(embed(x), state)
        state = detached(state)
        loss = F.cross_entropy(output(hidden).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, CLIP)
        optimizer.step()
        return loss.detach()

    return step


def modules(shape: Shape, inputs: int) -> tuple[nn.RNNBase, nn.Linear]:
    """torch.nn's modules with the weights that all begin with."""
    recurrent, output = _recurrent(shape, inputs), nn.Linear(shape.hidden, shape.vocabulary)
    weights = first_model(shape).state_dict()
    recurrent.load_state_dict({n.removeprefix("recurrent."): w for n, w in weights.items() if n.startswith("rec")})
    output.load_state_dict({n.removeprefix("output."): w for n, w in weights.items() if n.startswith("out")})
    return recurrent, output


def detached(state: Tensor | tuple[Tensor, ...]) -> Tensor | tuple[Tensor, ...]:
    """A state cut off from what led to it."""
    return state.detach() if isinstance(state, Tensor) else tuple(part.detach() for part in state)


def _recurrent(shape: Shape, inputs: int) -> nn.RNNBase:
    return MODULES[shape.cell](inputs, shape.hidden, num_layers=shape.layers)
