"""A recurrent language model: tokens (one-hot or embedded), recurrent layers, a linear layer, logits.

State goes in and comes out; nothing is hidden in `self`. It must not know files, corpora or how it is trained.
"""

from __future__ import annotations

import contextlib
import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import skip_init

from rnnlab.nn import onednn
from rnnlab.nn.by_hand import gradient_of, is_heard
from rnnlab.nn.cells import REGISTRY
from rnnlab.nn.cells.base import LayerWeights, State
from rnnlab.nn.engines import candidates, present
from rnnlab.nn.layouts import BY_ITSELF, Reader, layouts, work_of
from rnnlab.nn.loss import OutputGradients, OutputLoss
from rnnlab.nn.native import finding
from rnnlab.nn.native.batch import NativeBatches, Parameters
from rnnlab.nn.native.kernels import CELLS
from rnnlab.nn.noise import draw_noise
from rnnlab.nn.recurrent import Recurrent
from rnnlab.specs import ModelSpec


class LanguageModel(nn.Module):
    """The network that a `ModelSpec` describes, for a vocabulary of a size.

    `state_dict` has torch.nn's names and layouts (`recurrent.weight_ih_l0`, `output.weight`, `embedding.weight`),
    the same for every engine. `engine` overrides the spec's unless it is `auto`.
    """

    def __init__(self, spec: ModelSpec, vocabulary: int, engine: str = "auto") -> None:
        super().__init__()
        self.spec = spec
        self.vocabulary = vocabulary
        self._engine = engine if engine != "auto" else spec.engine
        self.embedding = skip_init(nn.Embedding, vocabulary, spec.embedding) if spec.embedding else None
        self.recurrent = Recurrent(
            REGISTRY[spec.cell],
            spec.embedding or vocabulary,
            spec.hidden,
            layers=spec.layers,
            bidirectional=spec.bidirectional,
        )
        self.output = skip_init(nn.Linear, self.recurrent.width, vocabulary)
        if spec.tied and self.embedding is not None:
            self.output.weight = self.embedding.weight
        self._output_loss = OutputLoss()
        self._batches: tuple[tuple[object, ...], NativeBatches] | None = None
        """What the native engine works in, and for which shapes and places it was made."""
        self.rounding: torch.dtype | None = None
        """What the layers multiply in, where that is not the type of the weights; may be set at any time."""
        self.dropout = spec.dropout
        self._all = tuple(self.parameters())
        """Every parameter. To walk through the modules for them takes long where each step asks."""
        self.initialise()

    @property
    def engine(self) -> str:
        """Who computes the cells where the weights are now: native, fused, scratch or torch."""
        device = self._all[0].device
        if self._engine != "auto":
            return present(self._engine, device)
        return candidates(self.spec, device)[0]

    @property
    def memory(self) -> tuple[Tensor, ...]:
        """What the output layer works in, until it needs more: who records a step as it ran must hold on to it."""
        return self._output_loss.held()

    def use(self, engine: str, layout: str = BY_ITSELF) -> None:
        """Let another engine compute from now on, in one of its layouts."""
        self._engine, self.recurrent.layout = engine, layout

    def layouts_of(self, engine: str) -> tuple[str, ...]:
        """The layouts in which an engine computes this; see `layouts_of`."""
        return layouts_of(self.spec, self.vocabulary, engine, self.output.weight.dtype)

    @property
    def dropout(self) -> float:
        """Share of units silenced between layers and before the output in training mode; may be set at any time."""
        return self.recurrent.dropout

    @dropout.setter
    def dropout(self, share: float) -> None:
        self.recurrent.dropout = share

    @torch.no_grad()
    def initialise(self) -> None:
        """Draws new weights from torch's global generator.

        `uniform` draws what torch.nn's layers would, number for number: U(-1/sqrt(H), 1/sqrt(H)) for the recurrent
        and the output layer, N(0, 1) for an embedding unless it is tied. `normal` is N(0, init_std^2), zero biases.
        """
        for name, weight in self.named_parameters():
            if self.spec.init == "normal":
                weight.zero_() if "bias" in name else weight.normal_(0.0, self.spec.init_std)
            elif name == "embedding.weight" and not self.spec.tied:
                weight.normal_()
            else:
                reach = 1 / math.sqrt(self.recurrent.hidden if name.startswith("recurrent") else self.recurrent.width)
                weight.uniform_(-reach, reach)

    def zero_state(self, batch: int) -> State:
        """The state before anything was read: a tuple of `[layers*directions, batch, hidden]`."""
        return self.recurrent.zero_state(batch)

    def forward(self, ids: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """ids `[T, B]` int64, state or None for zeros -> (logits `[T, B, V]`, state)."""
        hidden, state = self.read(ids, state)
        return self.output(hidden), state

    def read(self, ids: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """What the output layer reads, `[T, B, width]`, and the state after the last step."""
        x = ids if self.embedding is None else self.embedding(ids)
        begin = self.zero_state(ids.shape[1]) if state is None else state
        with torch.autocast(ids.device.type, self.rounding) if self.rounding else contextlib.nullcontext():
            hidden, after = self.recurrent(x, begin, self.engine)
        # Only products are rounded: what is carried on, and the loss, are as exact as the weights.
        hidden, *end = (part.to(self.output.weight.dtype) for part in (hidden, *after))
        return (F.dropout(hidden, self.dropout, self.training) if self.dropout else hidden), tuple(end)

    def loss(self, ids: Tensor, targets: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """ids and targets `[T, B]` -> (mean cross-entropy in nats per token, 0-d and on the device, state)."""
        hidden, state = self.read(ids, state)
        kernels = finding.kernels() if self.engine == "native" else None
        loss = self._output_loss(
            hidden.flatten(0, 1), self.output.weight, self.output.bias, targets.flatten(), kernels=kernels
        )
        return loss, state

    def learn(self, ids: Tensor, targets: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """`loss`, and its gradients in the `grad` of every parameter, which must be there; what was in it is forgotten.

        The same numbers, on a CPU without autograd where an engine computes by hand. The state is cut off either way.
        """
        engine = self.engine
        if not self.recurrent.learns_by_hand(engine) or is_heard(self._all):
            return self.learn_with_autograd(ids, targets, state)
        ids, targets = ids.contiguous(), targets.flatten()
        x = ids if self.embedding is None else F.embedding(ids, self.embedding.weight.detach())
        learn = self._learn_at_once if engine == "native" else self._learn_by_layers
        loss, state, d_x = learn(x, targets, self.zero_state(ids.shape[1]) if state is None else state)
        if self.embedding is not None:
            self._learn_embedding(self.embedding.weight, ids, d_x)
        return loss, state

    def _learn_at_once(self, x: Tensor, targets: Tensor, state: State) -> tuple[Tensor, State, Tensor | None]:
        """The loss, the state and the gradient of x from the native engine."""
        # A model of 128 units learns a batch in 0.7 ms, after which nothing of Python is in the caches any more: what
        # is asked here at each step is no more than what may have changed.
        places = [(parameter.data_ptr(), gradient_of(parameter).data_ptr()) for parameter in self._all]
        recurrent = self.recurrent
        key = x.shape, x.dtype, self._all[0].dtype, places, recurrent.layout
        if self._batches is None or self._batches[0] != key:
            self._batches = key, self._make_batches(x)
        batches, silenced = self._batches[1], recurrent.silenced
        noises = [draw_noise(layer.out, silenced) if silenced else None for layer in batches.layers]
        return *batches.learn(x, targets, state, noises), batches.d_x

    def _make_batches(self, x: Tensor) -> NativeBatches:
        """What batches like this one are learnt in."""
        weights = [directions[0] for directions in self.recurrent.weights()]
        parameters = Parameters(weights, self.output.weight, self.output.bias)
        gradients = Parameters(
            [LayerWeights(*map(gradient_of, layer)) for layer in weights], *map(gradient_of, parameters[1:])
        )
        kernels = finding.kernels()
        assert kernels is not None, "the native engine was chosen where there is none"
        with torch.inference_mode(False), torch.no_grad():
            work = work_of(self.recurrent.layout)
            return NativeBatches(kernels, CELLS[self.spec.cell], x, parameters, gradients, work)

    @torch.no_grad()
    def _learn_by_layers(self, x: Tensor, targets: Tensor, state: State) -> tuple[Tensor, State, Tensor | None]:
        """The same from an engine that takes one layer after the other."""
        output, layers = self.output, self.recurrent.by_hand(self.engine)
        hidden, state = layers.forward(x, state)
        gradients = OutputGradients(layers.d_out.flatten(0, 1), gradient_of(output.weight), gradient_of(output.bias))
        loss = self._output_loss.learn(hidden.flatten(0, 1), output.weight, output.bias, targets, gradients)
        d_x = torch.empty_like(x) if x.is_floating_point() else None
        layers.backward(d_x)
        return loss, state, d_x

    def _learn_embedding(self, weight: Tensor, ids: Tensor, d_x: Tensor | None) -> None:
        rows = torch.ops.aten.embedding_dense_backward(d_x, ids, len(weight), -1, False)
        # Where it is tied, the output layer's part is there already.
        gradient_of(weight).add_(rows) if self.spec.tied else gradient_of(weight).copy_(rows)

    @torch.no_grad()
    def learn_with_autograd(self, ids: Tensor, targets: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """The same with autograd, which calls hooks."""
        torch._foreach_zero_([gradient_of(parameter) for parameter in self.parameters()])
        with torch.enable_grad():
            loss, state = self.loss(ids, targets, state)
            loss.backward()
        return loss.detach(), tuple(part.detach() for part in state)


def layouts_of(spec: ModelSpec, vocabulary: int, engine: str, dtype: torch.dtype = torch.float32) -> tuple[str, ...]:
    """The layouts in which an engine computes a model on a CPU with torch's threads, the likeliest first."""
    reader = Reader(
        spec.cell,
        spec.hidden,
        spec.layers,
        spec.embedding or vocabulary,
        not spec.embedding,
        dtype,
        torch.get_num_threads(),
    )
    whole = engine == "fused" and spec.cell == "lstm" and onednn.works(REGISTRY[spec.cell])
    kernels = finding.kernels() if engine == "native" else None
    return layouts(engine, reader, whole=whole, tiles=kernels is not None and kernels.tiles)
