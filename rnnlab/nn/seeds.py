"""Seeds from seeds: every use of randomness gets a generator of its own, so that none disturbs another.

It must not know what the numbers are for.
"""

from __future__ import annotations

import hashlib

import torch


def derive(seed: int, *names: int | str) -> int:
    """A 63-bit seed for one use of another seed: the same for the same names, unrelated for others."""
    text = "/".join(str(name) for name in (seed, *names))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def generator(seed: int, *names: int | str) -> torch.Generator:
    """A CPU generator seeded with `derive(seed, *names)`; torch's global one is left alone."""
    return torch.Generator().manual_seed(derive(seed, *names))
