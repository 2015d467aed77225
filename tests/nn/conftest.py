"""Torch on one thread: these models are small, and the machine is shared."""

import torch

torch.set_num_threads(1)
