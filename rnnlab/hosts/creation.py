"""Making a run: everything that can be wrong is found here, before a process starts or a directory appears.

It must not know how workers are started.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection

import msgspec
import psutil

from rnnlab.errors import CorpusError, SpecError
from rnnlab.files import claim_directory, growing_file, write_atomic
from rnnlab.hosts.devices import check_device
from rnnlab.hosts.names import new_id
from rnnlab.hosts.origins import Origin
from rnnlab.runs import manifest
from rnnlab.runs.manifest import CorpusIdentity, Manifest
from rnnlab.runs.paths import HomePaths, RunPaths
from rnnlab.specs import RunSpec
from rnnlab.specs.arithmetic import check_memory, check_threads, plan
from rnnlab.text import bundled, sources
from rnnlab.text.cleaning import clean_prefix
from rnnlab.text.corpus import Corpus


def create_run(
    home: HomePaths,
    spec: RunSpec,
    corpus: Corpus,
    session: str,
    *,
    now: float,
    taken: Collection[str],
    origin: Origin | None = None,
) -> RunPaths:
    """A new run directory, ready for a worker; raises SpecError, naming the field, where the spec does not fit."""
    spec = settled(home, spec, corpus)
    check(spec, corpus)
    place = home.session(session)
    keep_corpus(home, corpus)
    paths = place.run(new_id(spec, taken))
    # Claimed and not only looked up: somebody else may make a run at this very moment.
    while not claim_directory(paths.directory):
        paths = place.run(new_id(spec, {*taken, paths.directory.name}))
    name = paths.directory.name
    write_atomic(paths.vocabulary, msgspec.json.encode(corpus.vocabulary.to_document()))
    if origin is not None:
        origin.lay_beside(paths)
    identity = CorpusIdentity(
        name=corpus.name,
        source=corpus.source,
        sha256=corpus.sha256,
        bytes=corpus.bytes,
        encoding=corpus.copy_encoding,
    )
    # The manifest comes last: a directory with one is a run.
    manifest.write(
        paths.manifest,
        Manifest(
            version=manifest.VERSION,
            id=name,
            session=session,
            created_at=now,
            corpus=identity,
            spec=spec,
            parent=origin.parent if origin else None,
        ),
    )
    return paths


def settled(home: HomePaths, spec: RunSpec, corpus: Corpus) -> RunSpec:
    """The spec with what its launcher knows: a file's absolute path, and a bundled corpus's own prefixes.

    What came from standard input cannot be read again: the spec names the copy that is kept.
    """
    if spec.data.corpus == sources.STANDARD_INPUT:
        return spec.replace({"data.corpus": str(home.corpus_copy(corpus.sha256))})
    entry = next((entry for entry in bundled.entries() if entry.name == spec.data.corpus), None)
    if entry is None:
        return spec.replace({"data.corpus": sources.absolute(spec.data.corpus)})
    cleaned = [(prefix, clean_prefix(prefix, spec.data.clean)) for prefix in entry.prefixes]
    known = tuple(prefix for prefix, text in cleaned if not corpus.vocabulary.unknown_in(text))
    return spec.replace({"train.prefixes": spec.train.prefixes or known})


def check(spec: RunSpec, corpus: Corpus) -> None:
    """Raises SpecError where the spec does not fit the corpus, or this machine's devices, cores or free memory."""
    vocabulary = len(corpus.vocabulary)
    check_device(spec.train.device)
    plan(spec, tokens=len(corpus.ids), vocabulary=vocabulary)
    check_threads(spec, cores=psutil.cpu_count() or 1)
    check_memory(spec, vocabulary=vocabulary, available=psutil.virtual_memory().available)
    for prefix in spec.train.prefixes:
        if unknown := corpus.vocabulary.unknown_in(clean_prefix(prefix, spec.data.clean)):
            shown = ", ".join(ascii(token) for token in unknown[:5])
            raise SpecError("train.prefixes", f"the corpus has no {shown}: take prefixes from its own alphabet")


def keep_corpus(home: HomePaths, corpus: Corpus) -> None:
    """Keep the corpus's bytes under their digest, so that the file may change or go without harm to the run."""
    copy = home.corpus_copy(corpus.sha256)
    if copy.exists():
        return
    digest = hashlib.sha256()
    with growing_file(copy) as growing:
        for piece in corpus.original.raw():
            digest.update(piece)
            growing.append(piece)
        if digest.hexdigest() != corpus.sha256:
            raise CorpusError(f"{corpus.name} was changed after it was read: try again when nobody writes to it")
