"""The network: cells, models, batches, evaluation and sampling. It knows torch, and no file, run or screen."""
