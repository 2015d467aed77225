"""What a run directory keeps beside checkpoints: its home, the text that it was made with, its vocabulary.

It must not know torch: a generator that only writes does without.
"""

from __future__ import annotations

import msgspec

from rnnlab.errors import CheckpointError, RunError
from rnnlab.runs import manifest
from rnnlab.runs.paths import HomePaths, RunPaths
from rnnlab.text.cache import Cache
from rnnlab.text.corpus import Corpus
from rnnlab.text.encoding import OtherText
from rnnlab.text.vocabulary import Vocabulary


def home_of(paths: RunPaths) -> HomePaths:
    """The home that a run is in."""
    return HomePaths(paths.directory.parents[3])


def open_corpus(paths: RunPaths, what: manifest.Manifest) -> Corpus:
    """The text as it was when the run was made, from the copy that its launcher kept."""
    home = home_of(paths)
    copy = home.corpus_copy(what.corpus.sha256)
    try:
        return Corpus.open(
            str(copy),
            what.spec.data,
            cache=Cache(home.cache),
            sha256=what.corpus.sha256,
            encoding=what.corpus.encoding,
        )
    except OtherText:
        raise RunError(f"the copy of {what.corpus.name} in {copy} is not the text that the run was made with") from None


def vocabulary_of(paths: RunPaths) -> Vocabulary:
    """The vocabulary that is saved in a run directory; raises CheckpointError where it does not read."""
    try:
        return Vocabulary.from_document(msgspec.json.decode(manifest.read_vocabulary(paths)))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CheckpointError(f"the vocabulary of {paths.directory.name} does not read: {error}") from None
