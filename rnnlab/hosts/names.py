"""Names for runs that can be said aloud. It must not know what a run is beyond its spec."""

from __future__ import annotations

import random
from collections.abc import Collection

from rnnlab.specs import RunSpec

_ADJECTIVES = """
amber bold brave bright calm clever copper crisp eager early fair fleet fond gentle glad golden grand happy hazel
honest keen kind late light lively lucky merry mild modest neat noble patient plain polite proud quick quiet rapid
rosy ruby sharp shy silver sleek slow smart snug solid spry steady still sunny swift tidy vivid warm wise witty
"""
_ANIMALS = """
badger bear beaver bee bison bittern crane crow curlew deer dove duck eagle egret elk falcon ferret finch fox frog
gannet goose grebe gull hare hawk heron horse ibis jay kite lark lemur linnet lynx marten mole moose mouse newt orca
otter owl panda petrel plover puffin quail rabbit raven robin rook seal shrew skua snipe stoat stork swan swift tern
thrush toad trout vole weasel whale wren
"""


def new_id(spec: RunSpec, taken: Collection[str]) -> str:
    """A name that is not taken and tells the model: `gru-256-brave-otter`."""
    # The system's randomness: a training's seed must not decide names.
    draw = random.SystemRandom()
    adjectives, animals = _ADJECTIVES.split(), _ANIMALS.split()
    tries = 0
    while True:
        name = f"{spec.model.cell}-{spec.model.hidden}-{draw.choice(adjectives)}-{draw.choice(animals)}"
        # Two words make some thousands of names; who has that many runs gets a number too.
        name += f"-{draw.randrange(2, 10**6)}" if tries > 100 else ""
        tries += 1
        if name not in taken:
            return name
