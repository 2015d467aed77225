"""The catalogue, against a server on the loopback address: what comes is the right text, or nothing is kept."""

from __future__ import annotations

import hashlib
import http.server
import io
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from rnnlab.errors import CorpusError, NotFound
from rnnlab.specs import DataSpec
from rnnlab.specs.recipes import RECIPES
from rnnlab.text import bundled, catalogue, sources
from rnnlab.text.catalogue import CatalogueEntry, Shelf, entries, find
from rnnlab.text.corpus import Corpus
from rnnlab.text.encoding import Cancelled

TEXT = ("It was the best of times, it was the worst of times,\n" * 4000).encode()
SHA256 = hashlib.sha256(TEXT).hexdigest()


def zipped(*texts: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, text in enumerate(texts):
            archive.writestr(f"text{number}", text)
    return packed.getvalue()


class Server(http.server.BaseHTTPRequestHandler):
    """Serves what a test needs, breaks off where the path says so."""

    bodies: dict[str, bytes] = {  # noqa: RUF012
        "/text.txt": TEXT, "/broken.txt": TEXT, "/text.zip": zipped(TEXT), "/two.zip": zipped(TEXT, TEXT),
    }  # fmt: skip

    def do_GET(self) -> None:
        body = self.bodies.get(self.path)
        if body is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if "broken" in self.path else body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def held(shelf: Shelf) -> bytes:
    """The bytes of the fetched text."""
    path = shelf.path("names")
    assert path is not None
    return path.read_bytes()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "texts")


def entry(url: str, sha256: str = SHA256) -> CatalogueEntry:
    """An entry of the catalogue that is to be had elsewhere."""
    return msgspec.structs.replace(find("names"), url=url, sha256=sha256, bytes=len(TEXT))


def refusal(shelf: Shelf, wanted: CatalogueEntry, tmp_path: Path) -> str:
    with pytest.raises(CorpusError) as caught:
        shelf.fetch(wanted)
    assert shelf.path(wanted.name) is None
    assert shelf.pin(wanted.name) is None
    assert [*(tmp_path / "texts").iterdir()] == []
    assert str(caught.value).isprintable()
    return str(caught.value)


@pytest.mark.parametrize("path", ["/text.txt", "/text.zip"])
def test_a_text_is_fetched_unpacked_and_found_by_its_name(path: str, address: str, shelf: Shelf) -> None:
    told: list[tuple[str, int, int]] = []
    place = shelf.fetch(entry(address + path), lambda *pace: told.append(pace))
    assert place.read_bytes() == TEXT
    assert told[-1] == ("fetching", len(Server.bodies[path]), len(Server.bodies[path]))
    corpus = Corpus.open("names", DataSpec(corpus="names"), shelf=shelf)
    assert (corpus.name, corpus.title, corpus.sha256) == ("names", "Names", SHA256)


def test_another_text_is_refused_and_nothing_is_kept(address: str, shelf: Shelf, tmp_path: Path) -> None:
    sentence = refusal(shelf, entry(address + "/text.txt", "0" * 64), tmp_path)
    assert "is another text" in sentence
    assert SHA256[:12] in sentence


def test_a_broken_connection_leaves_nothing(address: str, shelf: Shelf, tmp_path: Path) -> None:
    assert "the connection to 127.0.0.1 failed or broke off" in refusal(shelf, entry(address + "/broken.txt"), tmp_path)


def test_a_server_that_is_not_there_is_named(shelf: Shelf, tmp_path: Path) -> None:
    assert "127.0.0.1 failed or broke off" in refusal(shelf, entry("http://127.0.0.1:9/text.txt"), tmp_path)


def test_a_file_that_is_gone_from_its_server_is_told(address: str, shelf: Shelf, tmp_path: Path) -> None:
    sentence = refusal(shelf, entry(address + "/gone.txt"), tmp_path)
    assert "HTTP 404" in sentence
    assert "--from FILE" in sentence


def test_an_archive_of_several_files_is_no_text(address: str, shelf: Shelf, tmp_path: Path) -> None:
    assert "holds 2 files" in refusal(shelf, entry(address + "/two.zip"), tmp_path)


def test_fetching_can_be_ended_and_leaves_nothing(address: str, shelf: Shelf, tmp_path: Path) -> None:
    def pace(stage: str, done: int, total: int) -> None:
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        shelf.fetch(entry(address + "/text.txt"), pace)
    assert [*(tmp_path / "texts").iterdir()] == []


def test_an_unknown_digest_is_kept_at_the_first_download_and_later_ones_are_held_to_it(
    address: str, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.fetch(entry(address + "/text.txt", ""))
    pin = shelf.pin("names")
    assert pin is not None
    assert pin.sha256 == SHA256
    shelf.fetch(entry(address + "/text.txt", ""))
    monkeypatch.setitem(Server.bodies, "/text.txt", b"another text")
    with pytest.raises(CorpusError, match="not what came the first time"):
        shelf.fetch(entry(address + "/text.txt", ""))
    assert held(shelf) == TEXT


def test_a_copy_that_somebody_has_is_taken_where_it_is_the_text(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_bytes(TEXT)
    assert shelf.adopt(entry("http://nowhere"), tmp_path / "mine.txt").read_bytes() == TEXT
    (tmp_path / "other.txt").write_bytes(b"x")
    with pytest.raises(CorpusError, match="is another text"):
        shelf.adopt(entry("http://nowhere"), tmp_path / "other.txt")
    with pytest.raises(CorpusError, match="does not exist"):
        shelf.adopt(entry("http://nowhere"), tmp_path / "nowhere.txt")
    assert held(shelf) == TEXT


def test_a_text_that_is_not_here_says_how_it_is_fetched(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CorpusError, match="`rnnlab corpus fetch time-machine` gets it") as caught:
        Corpus.open("time-machine", shelf=shelf)
    assert "--from FILE" in str(caught.value)
    Path("time-machine").write_text("a file of mine, a file")
    assert Corpus.open("time-machine", shelf=shelf).text == "a file of mine, a file"


def test_the_catalogue_has_the_famous_texts_and_no_name_twice() -> None:
    names = [each.name for each in entries()]
    assert {"time-machine", "tinyshakespeare", "war-and-peace", "hongloumeng", "names", "text8", "enwik8"} <= {*names}
    assert len({*names, *(each.name for each in bundled.entries())}) == len(names) + len(bundled.entries())
    for each in entries():
        assert each.url.startswith(("http://", "https://"))
        assert not each.sha256 or (len(each.sha256) == 64 and each.bytes)


def test_every_recipe_s_corpus_has_a_name() -> None:
    known = {each.name for each in entries()} | {each.name for each in bundled.entries()}
    assert {str(recipe.values["data.corpus"]) for recipe in RECIPES} <= known


def test_names_that_are_in_no_catalogue_are_refused_with_the_nearest() -> None:
    with pytest.raises(NotFound, match="did you mean text8"):
        find("text9")
    assert sources.absolute("text8") == "text8"
    assert catalogue.find("text8").name == "text8"
