"""Random events, hostile texts among them."""

from __future__ import annotations

from hypothesis import strategies as st

from rnnlab.events import (
    AnyEvent,
    Diverged,
    Evaluated,
    Exploded,
    Finished,
    Record,
    Sampled,
    Saved,
    Spiked,
    Started,
    Step,
)

texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.text('\u2028\u2029\x85\n\r\t\x00\x1b"\\\ufeff\u202e🏳️‍🌈é', max_size=20),
)
"""Texts without half a surrogate pair; many with what other programs take for the end of a line."""
numbers = st.floats(allow_nan=False, allow_infinity=False)
losses = st.none() | numbers
counts = st.integers(0, 2**53)
common = {"step": counts, "epoch": counts}

events: st.SearchStrategy[AnyEvent] = st.one_of(
    st.builds(Sampled, **common, prefix=texts, text=texts),
    st.builds(Step, **common, loss=losses, perplexity=losses, grad_norm=losses, clipped=numbers, lr=numbers,
              tokens_per_s=numbers, elapsed_s=numbers),
    st.builds(Evaluated, **common, split=texts, loss=losses, perplexity=losses, best=st.booleans()),
    st.builds(Saved, **common, reason=texts),
    st.builds(Diverged, **common, loss=losses, grad_norm=losses, text=texts),
    st.builds(
        Exploded, **common, loss=losses, usual_loss=losses, grad_norm=losses, usual_norm=losses, text=texts,
        back_to=st.none() | st.integers(0, 10**6),
    ),
    st.builds(Spiked, **common, loss=losses, grad_norm=losses, usual_norm=losses, text=texts),
    st.builds(Finished, **common, cause=texts, message=texts),
    st.builds(Started, **common, attempt=counts, device=texts, engine=texts, threads=counts, parameters=counts,
              vocabulary=counts, unigram=numbers, train_tokens=counts, validation_tokens=counts,
              characters_per_token=numbers, batches=counts, total_steps=counts, epochs=counts),
)  # fmt: skip
records = st.builds(Record, seq=counts, at=numbers, event=events)
