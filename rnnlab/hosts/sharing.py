"""A run out of the home directory into one file, and back: what goes along, what is checked, and the self-test.

The bytes of the file are `runs.bundle`'s. A run that comes in is laid down under a hidden name, writes its self-test in
a generator process (`proving`), and is a run only when it holds. It must not know torch.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec
import numpy as np

from rnnlab import __version__
from rnnlab.errors import BadInput, CheckpointError, RnnlabError, RunError
from rnnlab.events import Finished, Record
from rnnlab.files import make_directory, put_directory, remove_tree, write_atomic
from rnnlab.hosts.creation import keep_corpus
from rnnlab.hosts.names import new_id
from rnnlab.hosts.origins import read_checkpoint
from rnnlab.hosts.proving import SelfTest, differs, examined
from rnnlab.runs import bundle, checkpoints, digest, journal, manifest, status
from rnnlab.runs.bundle import Bundle
from rnnlab.runs.checkpoints import CheckpointManifest
from rnnlab.runs.history import records
from rnnlab.runs.manifest import CorpusIdentity, Manifest
from rnnlab.runs.paths import STATE, WEIGHTS, HomePaths, RunPaths, is_slug
from rnnlab.runs.status import Status
from rnnlab.specs import RunSpec, from_document, to_document
from rnnlab.specs.arithmetic import weight_shapes
from rnnlab.text import bundled
from rnnlab.text.cache import Cache
from rnnlab.text.corpus import Corpus
from rnnlab.text.vocabulary import Vocabulary

VERSION = 1
"""Of what the documents hold; a larger one than this was written by a newer rnnlab."""
_ENDED = ("finished", "stopped", "preempted", "patience", "time", "diverged", "failed", "killed", "out of memory")


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """The text a run was trained on, without the place where its owner keeps it."""

    name: str
    sha256: str
    bytes: int


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundled run is: the document `manifest`."""

    version: int
    rnnlab: str
    """The release that wrote it."""
    id: str
    created_at: float
    corpus: Identity
    spec: dict[str, dict[str, object]]
    checkpoint: CheckpointManifest
    best: bool
    """Whether the checkpoint was the best one."""
    test: SelfTest


class _Version(msgspec.Struct, frozen=True):
    version: int


def exported(paths: RunPaths, at: str, *, whole: bool) -> bytes:
    """The file of a run at a checkpoint (`last`, `best` or a step); with `whole`, a resume can go on from it.

    Raises NotFound or CheckpointError where there is no such checkpoint, RunError where the model writes nothing.
    """
    what = manifest.read(paths.manifest)
    checkpoint, files = read_checkpoint(paths, at)
    prefix = next(iter(what.spec.train.prefixes), "")
    document = Exported(
        version=VERSION,
        rnnlab=__version__,
        id=what.id,
        created_at=what.created_at,
        corpus=Identity(name=what.corpus.name, sha256=what.corpus.sha256, bytes=what.corpus.bytes),
        spec=to_document(_without_places(what)),
        checkpoint=msgspec.structs.replace(checkpoint, files={}),
        best=checkpoints.best_step(paths) == checkpoint.step,
        test=examined(paths, prefix, checkpoint.step),
    )
    documents = {
        "manifest": msgspec.json.encode(document),
        "vocabulary": manifest.read_vocabulary(paths),
        "journal": b"".join(journal.encode(_without_message(record)) for record in records(paths.journal)),
    }
    return bundle.pack(files[WEIGHTS], files.get(STATE) if whole else None, documents)


def _without_places(what: Manifest) -> RunSpec:
    """The spec with the corpus's name where its path was: a path tells about the machine it is on."""
    known = any(entry.name == what.spec.data.corpus for entry in bundled.entries())
    return what.spec if known else what.spec.replace({"data.corpus": what.corpus.name})


def _without_message(record: Record) -> Record:
    """The record without what a failure said, which may name places too."""
    if not isinstance(record.event, Finished) or not record.event.message:
        return record
    return msgspec.structs.replace(record, event=msgspec.structs.replace(record.event, message=""))


def imported(home: HomePaths, file: bytes, session: str, corpus: str, *, taken: Collection[str]) -> RunPaths:
    """A run from a file, checked and proved; raises BadInput, SpecError, CheckpointError or RunError where it is not.

    `corpus` names its text, where that is at hand; a bundled text is found without.
    """
    opened = bundle.open_bundle(file)
    what, spec, vocabulary = _documents(opened)
    _check_weights(opened, spec, vocabulary)
    place = home.session(session)
    own = what.id if is_slug(what.id) else "run"
    free = own == what.id and own not in taken
    # Not there either: an import that was killed at its last step leaves an empty directory.
    name = own if free and not place.run(own).directory.exists() else new_id(spec, taken)
    hidden = RunPaths(place.runs / f".{own}.import.tmp")
    try:
        remove_tree(hidden.directory)
        _lay_down(hidden, opened, what, spec, name, session)
        _prove(hidden, what)
        _keep_text(home, what, spec, corpus)
        if not put_directory(hidden.directory, place.run(name).directory):
            raise RunError(f"a run {name} appeared meanwhile: import the file again")
    except BaseException:
        remove_tree(hidden.directory)
        raise
    return place.run(name)


def _documents(opened: Bundle) -> tuple[Exported, RunSpec, Vocabulary]:
    data = opened.document("manifest")
    try:
        if msgspec.json.decode(data, type=_Version).version > VERSION:
            raise BadInput("the file was exported by a newer rnnlab: upgrade to import it")
        what = msgspec.json.decode(data, type=Exported)
        vocabulary = Vocabulary.from_document(msgspec.json.decode(opened.document("vocabulary")))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"the file's documents do not read: {error}") from None
    return what, from_document(what.spec), vocabulary


def _check_weights(opened: Bundle, spec: RunSpec, vocabulary: Vocabulary) -> None:
    """The weights are those that the spec's model has for that vocabulary, and all of them are numbers."""
    found = {name: tensor.shape for name, tensor in opened.weights().items()}
    if found != weight_shapes(spec.model, len(vocabulary)):
        raise CheckpointError("the file's weights are not those of the model that it says it is")
    for tensor in opened.weights().values():
        begin, end = tensor.data_offsets
        if tensor.dtype != "F32" or not np.isfinite(np.frombuffer(opened.data[begin:end], "<f4")).all():
            raise CheckpointError("some of the file's weights are not finite numbers")


def _lay_down(paths: RunPaths, opened: Bundle, what: Exported, spec: RunSpec, name: str, session: str) -> None:
    make_directory(paths.checkpoints)
    write_atomic(paths.vocabulary, opened.document("vocabulary"))
    lines = opened.document("journal").split(b"\n")[:-1]
    found = [record for record in map(journal.decode, lines) if record is not None]
    if len(found) != len(lines):
        raise BadInput("the file's journal is damaged")
    write_atomic(paths.journal, b"".join(map(journal.encode, found)))
    digest.Keeper(paths).synced(len(found))
    now = Status()
    for record in found:
        now = status.fold(now, record.event)
    # A run that trained when it was exported does not train here.
    status.write(paths.status, msgspec.structs.replace(now, state=now.state if now.state in _ENDED else "stopped"))
    state = opened.state_file()
    contents = {WEIGHTS: opened.weights_file()} | ({} if state is None else {STATE: state})
    checkpoints.save(paths, what.checkpoint, contents, best=what.best)
    identity = CorpusIdentity(
        name=what.corpus.name, source=what.corpus.name, sha256=what.corpus.sha256, bytes=what.corpus.bytes
    )
    manifest.write(
        paths.manifest,
        Manifest(
            version=manifest.VERSION,
            id=name,
            session=session,
            created_at=what.created_at,
            corpus=identity,
            spec=spec,
        ),
    )


def _prove(paths: RunPaths, what: Exported) -> None:
    if otherwise := differs(paths, what.test, what.checkpoint.step):
        raise RunError(
            f"the model does not {otherwise} at its export by rnnlab {what.rnnlab[:20]} "
            f"(this is {__version__}): the file was not imported"
        )


def _keep_text(home: HomePaths, what: Exported, spec: RunSpec, corpus: str) -> None:
    """Keep the run's text, if it is at hand, so that the run can go on here."""
    entry = next((entry for entry in bundled.entries() if entry.sha256 == what.corpus.sha256), None)
    if not corpus and entry is None:
        return
    try:
        found = Corpus.open(corpus or (entry.name if entry else ""), spec.data, cache=Cache(home.cache))
    except RnnlabError:
        if corpus:
            raise
        return
    if found.sha256 != what.corpus.sha256:
        raise BadInput(f"{found.name} is not the text that the run was trained on, {what.corpus.name}")
    keep_corpus(home, found)
