"""Training tokens a second: the textbook loop, plain torch.nn with an embedding, and rnnlab's engines, side by side.

    python benchmarks/bench_cells.py --vocabulary 28 --hidden 256 --cells rnn gru lstm

Every contender trains the same model on the same batches (the embedding one a model of its own), forward, backward,
clip and Adam step. First the losses are shown to agree; then the contenders take turns for a number of rounds, so
that what else the machine does falls on all alike; medians, and medians of the ratios within a round, are printed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rnnlab.nn.model import LanguageModel
from rnnlab.specs import ModelSpec

Batches = list[tuple[Tensor, Tensor]]
Contender = Callable[[Tensor, Tensor], float | Tensor]
"""Trains on one batch and gives its loss."""

MODULES = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
CLIP, LR = 1.0, 1e-3


def textbook(cell: str, vocabulary: int, hidden: int) -> Contender:
    """What one finds in a book: one-hot tensors for every step, torch.nn's modules, norm and loss read back."""
    recurrent, output = MODULES[cell](vocabulary, hidden), nn.Linear(hidden, vocabulary)
    parameters = [*recurrent.parameters(), *output.parameters()]
    optimizer, measure, state = torch.optim.Adam(parameters, lr=LR), nn.CrossEntropyLoss(), None

    def step(x: Tensor, y: Tensor) -> float:
        nonlocal state
        inputs = torch.stack([F.one_hot(row, vocabulary).float() for row in x])
        hidden_states, state = recurrent(inputs, state)
        state = state.detach() if isinstance(state, Tensor) else tuple(part.detach() for part in state)
        loss = measure(output(hidden_states.reshape(-1, hidden)), y.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, CLIP).item()
        optimizer.step()
        return loss.item()

    return step


def embedding(cell: str, vocabulary: int, hidden: int) -> Contender:
    """What a practitioner writes: the tokens embedded in as many numbers as there are units."""
    embed, recurrent = nn.Embedding(vocabulary, hidden), MODULES[cell](hidden, hidden)
    output = nn.Linear(hidden, vocabulary)
    parameters = [*embed.parameters(), *recurrent.parameters(), *output.parameters()]
    optimizer, state = torch.optim.Adam(parameters, lr=LR), None

    def step(x: Tensor, y: Tensor) -> Tensor:
        nonlocal state
        hidden_states, state = recurrent(embed(x), state)
        state = state.detach() if isinstance(state, Tensor) else tuple(part.detach() for part in state)
        loss = F.cross_entropy(output(hidden_states).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, CLIP)
        optimizer.step()
        return loss.detach()

    return step


def rnnlab(engine: str) -> Callable[[str, int, int], Contender]:
    """This package: flat parameters and gradients, one norm, one call of the optimizer, nothing read back."""

    def make(cell: str, vocabulary: int, hidden: int) -> Contender:
        model = LanguageModel(ModelSpec(cell=cell, hidden=hidden, dropout=0.0), vocabulary, engine)
        flat = flatten(model)
        optimizer, state = torch.optim.Adam([flat], lr=LR, fused=True), None
        gradient = flat.grad
        assert gradient is not None

        def step(x: Tensor, y: Tensor) -> Tensor:
            nonlocal state
            gradient.zero_()
            loss, state = model.loss(x, y, state)
            state = tuple(part.detach() for part in state)
            loss.backward()
            gradient.mul_((CLIP / (torch.linalg.vector_norm(gradient) + 1e-6)).clamp_max_(1.0))
            optimizer.step()
            return loss.detach()

        return step

    return make


def flatten(model: nn.Module) -> nn.Parameter:
    """One vector whose slices are the model's parameters, its gradient likewise."""
    owned = list(model.parameters())
    flat = nn.Parameter(torch.cat([parameter.detach().flatten() for parameter in owned]))
    flat.grad = torch.zeros_like(flat)
    sizes = [parameter.numel() for parameter in owned]
    for parameter, value, gradient in zip(owned, flat.data.split(sizes), flat.grad.split(sizes), strict=True):
        parameter.data, parameter.grad = value.view_as(parameter), gradient.view_as(parameter)
    return flat


CONTENDERS = {
    "textbook": textbook,
    "embedding": embedding,
    "fused": rnnlab("fused"),
    "torch": rnnlab("torch"),
    "scratch": rnnlab("scratch"),
    "auto": rnnlab("auto"),
    "native": rnnlab("native"),
}


def batches_of(vocabulary: int, batch: int, steps: int, count: int) -> Batches:
    """Consecutive batches of a text that can be learnt: a noisy walk through the vocabulary."""
    chance = torch.Generator().manual_seed(0)
    text = (torch.randint(3, (batch, count * steps + 1), generator=chance).cumsum(1) % vocabulary).t().contiguous()
    cut = range(0, count * steps, steps)
    return [(text[i : i + steps].contiguous(), text[i + 1 : i + steps + 1].contiguous()) for i in cut]


def agree(names: list[str], cell: str, vocabulary: int, hidden: int, batches: Batches) -> dict[str, float]:
    """The loss of each contender after all the batches, from the same first weights."""
    losses = {}
    for name in names:
        torch.manual_seed(0)
        step = CONTENDERS[name](cell, vocabulary, hidden)
        losses[name] = [float(step(x, y)) for x, y in batches][-1]
    return losses


def race(names: list[str], cell: str, sizes: argparse.Namespace, batches: Batches) -> dict[str, list[float]]:
    """Tokens a second of each contender in each round."""
    steps = {}
    for name in names:
        torch.manual_seed(0)
        steps[name] = CONTENDERS[name](cell, sizes.vocabulary, sizes.hidden)
        for x, y in batches[:2]:
            steps[name](x, y)
    speeds: dict[str, list[float]] = {name: [] for name in names}
    tokens = sizes.batch * sizes.steps * sizes.laps
    for _ in range(sizes.rounds):
        for name, step in steps.items():
            begun = time.perf_counter()
            for lap in range(sizes.laps):
                step(*batches[lap % len(batches)])
            speeds[name].append(tokens / (time.perf_counter() - begun))
    return speeds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cells", nargs="+", default=list(MODULES), choices=list(MODULES))
    parser.add_argument("--contenders", nargs="+", default=["textbook", "embedding", "fused", "native", "torch"])
    for name, default in {"vocabulary": 28, "hidden": 256, "batch": 32, "steps": 35, "threads": 2}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--rounds", type=int, default=9, help="turns that each contender takes")
    parser.add_argument("--laps", type=int, default=4, help="batches in a turn")
    parser.add_argument("--agree", type=int, default=40, help="batches after which the losses are compared")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    batches = batches_of(options.vocabulary, options.batch, options.steps, max(options.agree, 4))
    for cell in options.cells:
        losses = agree(options.contenders, cell, options.vocabulary, options.hidden, batches)
        report(cell, options, losses, race(options.contenders, cell, options, batches))


def report(cell: str, options: argparse.Namespace, losses: dict[str, float], speeds: dict[str, list[float]]) -> None:
    first = options.contenders[0]
    for name, rounds in speeds.items():
        ratios = [mine / other for mine, other in zip(rounds, speeds[first], strict=True)]
        row = {"cell": cell, "hidden": options.hidden, "vocabulary": options.vocabulary, "contender": name}
        row |= {"tokens_per_s": round(statistics.median(rounds)), "ratio": round(statistics.median(ratios), 2)}
        row |= {"ratio_low": round(min(ratios), 2), "ratio_high": round(max(ratios), 2), "loss": losses[name]}
        print(
            json.dumps(row) if options.json else "  ".join(f"{key} {value}" for key, value in row.items()), flush=True
        )


if __name__ == "__main__":
    main()
