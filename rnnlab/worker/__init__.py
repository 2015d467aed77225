"""The processes that hold a model: `python -m rnnlab.worker DIR` trains a run, `python -m rnnlab.worker.generator DIR`
writes text with one. They know torch and the run directory, and must not know a screen.
"""
