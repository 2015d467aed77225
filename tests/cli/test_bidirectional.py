"""A bidirectional model reads the future: wherever its perplexity is shown, that is said."""

from __future__ import annotations

import pytest

from rnnlab.cli.describe import FUTURE
from rnnlab.hosts.fake import Recording
from rnnlab.specs import RunSpec

from .recorded import Cli, GrowingHost, answer, records, summary


def host_with(bidirectional: bool) -> GrowingHost:
    spec = RunSpec().replace({"model.bidirectional": bidirectional})
    return GrowingHost([Recording(summary=summary(spec=spec), records=records())], {"time": answer(" trav")})


@pytest.mark.parametrize(
    "words",
    [("show", "last"), ("runs",), ("train",), ("watch", "last"), ("generate", "last", "--prefix", "time")],
    ids=lambda words: words[0],
)
def test_its_perplexity_is_never_shown_as_a_language_models(cli: Cli, words: tuple[str, ...]) -> None:
    two, one = (cli(*words, on=host_with(bidirectional)) for bidirectional in (True, False))
    assert "perplexity" in two.out + two.err or "train" in two.out
    assert FUTURE in two.out + two.err
    assert FUTURE not in one.out + one.err
