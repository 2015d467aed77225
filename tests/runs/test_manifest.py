"""A run's manifest: read back as it was written, refused in a sentence where it was not ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rnnlab.errors import NotFound, RunError
from rnnlab.runs import manifest
from rnnlab.runs.manifest import CorpusIdentity, Manifest
from rnnlab.specs import RunSpec

MANIFEST = Manifest(
    version=manifest.VERSION,
    id="gru-256-brave-otter",
    session="main",
    created_at=1e9,
    corpus=CorpusIdentity(name="lyrics", source="/home/né/\u2028.txt", sha256="ab" * 32, bytes=10),
    spec=RunSpec().replace({"train.prefixes": ("分开", "a, b"), "model.cell": "lstm", "train.lr": 0.1 + 0.2}),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gru-256-brave-otter" / "spec.json"


def written(path: Path, **changes: Any) -> Path:
    """A manifest's file with some of its fields changed, or, given None, left out."""
    path.parent.mkdir(exist_ok=True)
    manifest.write(path, MANIFEST)
    document = {**json.loads(path.read_bytes()), **changes}
    path.write_text(json.dumps({name: value for name, value in document.items() if value is not None}))
    return path


def sentence(path: Path, kind: type[Exception] = RunError) -> str:
    with pytest.raises(kind) as caught:
        manifest.read(path)
    message = str(caught.value)
    assert "gru-256-brave-otter" in message
    assert "\n" not in message
    return message


def test_what_is_written_is_read(path: Path) -> None:
    path.parent.mkdir()
    manifest.write(path, MANIFEST)
    assert manifest.read(path) == MANIFEST
    assert b"\n  " in path.read_bytes(), "people read it"


def test_no_manifest_is_no_run(path: Path) -> None:
    assert "`rnnlab runs` lists those there are" in sentence(path, NotFound)


@pytest.mark.parametrize("changes", [{}, {"spec": {"quantum": {"qubits": 3}}}, {"corpus": None}, {"id": 7}])
def test_a_newer_format_is_named_as_such_whatever_else_it_holds(path: Path, changes: dict[str, Any]) -> None:
    message = sentence(written(path, version=manifest.VERSION + 1, **changes))
    assert message == "the run gru-256-brave-otter was made by a newer rnnlab: upgrade to open it"


@pytest.mark.parametrize("name", ["version", "id", "session", "created_at", "corpus", "spec"])
def test_a_manifest_without_one_of_its_fields_is_damaged(path: Path, name: str) -> None:
    assert "is damaged" in sentence(written(path, **{name: None}))


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[]", b"null", b"3", b'"spec"', b"\xff\xfe{}", b"{}",
        b'{"version":' + b"9" * 5000 + b"}",
        b'{"version":NaN}',
        b'{"version":1.5}',
        b'{"version":true}',
        b'{"version":1,"spec":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"spec":' * 20_000 + b"1" + b"}" * 20_000,
        b'{"version":1,"id":"x"' + b" " * (2 << 20) + b"}",
    ],
)  # fmt: skip
def test_a_manifest_that_does_not_read_is_damaged(path: Path, data: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(data)
    assert "is damaged" in sentence(path)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"model": {"hidden": 10**9}}, "hidden must be"),
        ({"model": {"hidden": -1}}, "hidden must be"),
        ({"model": {"hidden": 10**300}}, "hidden must be"),
        ({"train": {"lr": 1e300}}, "learning rate must be"),
        ({"model": {"hiden": 3}}, "did you mean model.hidden?"),
        ({"model": []}, "must be a table"),
        ({"data": {"clean": [[[]]]}}, "clean must be"),
    ],
)
def test_a_spec_out_of_bounds_is_refused_with_its_field(path: Path, spec: object, words: str) -> None:
    assert words in sentence(written(path, spec=spec))


def test_of_a_field_that_stands_twice_one_is_taken_and_nothing_breaks(path: Path) -> None:
    written(path)
    path.write_bytes(path.read_bytes().replace(b'"id":', b'"id": "other", "id":', 1))
    assert manifest.read(path) == MANIFEST


def test_something_else_in_the_manifests_place_is_a_sentence(path: Path) -> None:
    path.mkdir(parents=True)
    assert "cannot be read: is a directory" in sentence(path)


def test_every_byte_cut_off_is_noticed(path: Path) -> None:
    path.parent.mkdir()
    manifest.write(path, MANIFEST)
    whole = path.read_bytes().rstrip()
    for size in range(0, len(whole), 37):
        path.write_bytes(whole[:size])
        with pytest.raises(RunError):
            manifest.read(path)


def test_the_spec_in_it_is_the_spec_that_people_can_copy(path: Path) -> None:
    path.parent.mkdir()
    manifest.write(path, MANIFEST)
    assert msgspec.json.decode(path.read_bytes())["spec"]["train"]["prefixes"] == ["分开", "a, b"]
