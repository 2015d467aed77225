"""Every strange thing that may be given as a text or a prefix: each gets one plain sentence, or is read as it is.

One table for each kind: what is given, and what is said. What is refused ends with an exit code that is not 0, one line
on standard error, and nothing on standard output.
"""

from __future__ import annotations

import codecs
import gzip
import os
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from rnnlab.cli.main import Wiring, run
from rnnlab.errors import CorpusError
from rnnlab.hosts.local import LocalHost
from rnnlab.specs import DataSpec
from rnnlab.text.cache import Cache
from rnnlab.text.corpus import Corpus
from rnnlab.text.report import CorpusReport
from rnnlab.text.statistics import report

WORDS = "the tide turns and the clock turns with it; "
Make = Callable[[Path], object]


def bytes_of(data: bytes) -> Make:
    return lambda path: path.write_bytes(data)


def text_of(text: str, encoding: str = "utf-8") -> Make:
    return bytes_of(text.encode(encoding))


def zipped(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("text.txt", WORDS)


def unreadable(path: Path) -> None:
    path.write_text(WORDS)
    path.chmod(0)


def bound(path: Path) -> None:
    before = Path.cwd()
    os.chdir(path.parent)  # a socket's whole path may be too long
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path.name)
    finally:
        os.chdir(before)


REFUSED: dict[str, tuple[Make, str]] = {
    # Corpus size
    "0 bytes": (bytes_of(b""), "is empty: take a text of at least"),
    "1 character": (bytes_of(b"a"), "has 1 token, too few to learn from: take a longer text"),
    # Corpus type
    "a folder without texts": (lambda path: path.mkdir(), "holds no .txt file"),
    "a pipe": (lambda path: os.mkfifo(path), "is a pipe, not a file: name a text file"),
    "a device": (lambda path: path.symlink_to("/dev/zero"), "is a device, not a file: name a text file"),
    "a socket": (bound, "is a socket, not a file: name a text file"),
    "a link to itself": (lambda path: path.symlink_to(path.name), "is a link that leads back to itself"),
    "a link to nowhere": (lambda path: path.symlink_to("nowhere"), "does not exist: check the path"),
    "gzip": (bytes_of(gzip.compress(WORDS.encode() * 9)), "is a gzip file: unpack it first"),
    "zip": (zipped, "is a zip file: unpack it first"),
    "PNG": (bytes_of(b"\x89PNG\r\n\x1a\n" + bytes(99)), "is a PNG picture: take a text file"),
    # Encoding
    "UTF-16 LE without a mark": (text_of(WORDS, "utf-16-le"), "UTF-16 without its mark; if it is utf-16-le, say so"),
    "UTF-16 BE without a mark": (text_of(WORDS, "utf-16-be"), "--encoding utf-16-be"),
    "latin-1": (text_of("naïve " + WORDS, "latin-1"), "byte 2 is 0xEF; if it is latin-1, say so: --encoding latin-1"),
    "GB 18030": (text_of("红楼梦第一回" * 9, "gb18030"), "say so: --encoding gb18030"),
    "overlong": (bytes_of(b"abc\xc0\xaf"), "is not UTF-8: byte 3 is 0xC0"),
    "a lone surrogate": (bytes_of(b"abc\xed\xa0\x80def"), "is not UTF-8: byte 3 is 0xED"),
    "a character cut in two": (bytes_of("abc红".encode()[:-1]), "ends in the middle of a character, at byte 3"),
    "NUL bytes": (bytes_of(b"text and \0\0\0 more"), "is not a text file: it holds 3 NUL bytes"),
}  # fmt: skip

READ: dict[str, tuple[Make, Callable[[CorpusReport], object]]] = {
    # Corpus size
    "a single long line": (text_of(WORDS * 50_000), lambda r: r.lines == 1 and r.characters == 50_000 * len(WORDS)),
    "very many distinct characters": (
        text_of("".join(map(chr, range(0x10000, 0x10000 + 200_000))) * 2), lambda r: len(r.vocabulary) == 200_000,
    ),
    # Corpus type
    "a file without a size": (lambda path: path.symlink_to("/proc/version"), lambda r: r.bytes > 20),
    # Encoding
    "a UTF-8 mark": (bytes_of(codecs.BOM_UTF8 + WORDS.encode()), lambda r: r.characters == len(WORDS)),
    "UTF-16 LE": (bytes_of(codecs.BOM_UTF16_LE + WORDS.encode("utf-16-le")), lambda r: r.characters == len(WORDS)),
    "UTF-16 BE": (bytes_of(codecs.BOM_UTF16_BE + WORDS.encode("utf-16-be")), lambda r: r.characters == len(WORDS)),
    # Newlines: all as they are
    "CRLF": (bytes_of(b"one\r\ntwo\r\n"), lambda r: (r.lines, r.characters) == (2, 10)),
    "lone CR": (bytes_of(b"one\rtwo\r"), lambda r: (r.lines, r.characters) == (2, 8)),
    "U+2028": (text_of("one\u2028two\n"), lambda r: (r.lines, r.characters) == (1, 8)),
    "U+0085": (text_of("one\x85two\n"), lambda r: (r.lines, r.characters) == (1, 8)),
    # Unicode: code points, none changed unless one asks
    "joined emoji": (text_of("👩‍👩‍👧‍👦\n" * 9), lambda r: (len(r.vocabulary), r.characters) == (5, 72)),
    "flags": (text_of("🇫🇷🇯🇵\n" * 9), lambda r: len(r.vocabulary) == 5),
    "right to left": (text_of("שלום مرحبا\n" * 9), lambda r: len(r.vocabulary) == 11),
    "composed": (text_of("é\n" * 9), lambda r: len(r.vocabulary) == 2),
    "decomposed": (text_of("e\u0301\n" * 9), lambda r: len(r.vocabulary) == 3),
    "U+FDFA": (text_of("ﷺ\n" * 9), lambda r: (len(r.vocabulary), r.characters) == (2, 18)),
    "variation selectors": (text_of("❤\ufe0f☺\ufe0e\n" * 9), lambda r: len(r.vocabulary) == 5),
}  # fmt: skip


@pytest.fixture
def said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Performs a command line on a home of its own; gives its exit code and what it said."""

    def perform(*words: str) -> tuple[int, str, str]:
        code = run(words, Wiring(host=lambda home: LocalHost(tmp_path / "home"), desk=_none, demo=_none))
        return code, *capsys.readouterr()

    return perform


def _none(*words: str) -> int:
    raise AssertionError("no screen was asked for")


def refused(answer: tuple[int, str, str], sentence: str) -> None:
    code, out, err = answer
    assert sentence in err
    assert code != 0
    assert out == ""
    assert err.count("\n") == 1
    assert err.rstrip("\n").isprintable()
    assert "this should not have happened" not in err


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_text_is_refused_in_one_sentence(said, tmp_path: Path, case: str) -> None:
    make, sentence = REFUSED[case]
    make(tmp_path / "text")
    refused(said("corpus", "show", str(tmp_path / "text")), sentence)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_refused_in_one_sentence(said, tmp_path: Path) -> None:
    unreadable(tmp_path / "text")
    refused(said("corpus", "show", str(tmp_path / "text")), "cannot be read: you have no permission")


@pytest.mark.parametrize("case", READ)
def test_what_is_strange_but_a_text_is_read_as_it_is(said, tmp_path: Path, case: str) -> None:
    make, holds = READ[case]
    make(tmp_path / "text")
    found = report(Corpus.open(str(tmp_path / "text"), DataSpec(corpus="text"), cache=Cache(tmp_path / "cache")))
    assert holds(found), msgspec.structs.replace(found, vocabulary=(), excerpt="")
    code, out, err = said("corpus", "show", str(tmp_path / "text"))
    assert (code, "Traceback" in err) == (0, False)
    assert f"{found.characters:,} characters" in out


def test_a_text_too_short_for_one_batch_is_refused_with_what_fits(said, tmp_path: Path) -> None:
    (tmp_path / "poem.txt").write_text(WORDS * 3)
    sentence = "200 steps are too many for the 119 tokens to train on: steps 3 with batch 32 fits"
    refused(said("train", "--corpus", str(tmp_path / "poem.txt"), "--set", "data.steps=200"), sentence)
    assert not [*(tmp_path / "home").glob("sessions/*/runs/*/spec.json")]


def truncated(path: Path) -> None:
    os.truncate(path, 1000)


def replaced(path: Path) -> None:
    (path.parent / "other").write_text(WORDS.upper() * 20_000)
    (path.parent / "other").rename(path)


def appended(path: Path) -> None:
    with path.open("a") as file:
        file.write("more")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (truncated, "was changed while it was read: try again when nobody writes to it"),
        (replaced, "was changed while it was read: try again when nobody writes to it"),
        (appended, "was changed while it was read: try again when nobody writes to it"),
        (Path.unlink, "does not exist: check the path"),
    ],
)
def test_a_text_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, change: Callable[[Path], object], sentence: str
) -> None:
    path = tmp_path / "text.txt"
    path.write_text(WORDS * 20_000)
    corpus = Corpus.open(str(path), DataSpec(), cache=Cache(tmp_path / "cache"))
    change(path)
    with pytest.raises(CorpusError, match=sentence):
        "".join(corpus.original.pieces())


def test_a_text_that_changes_between_its_two_passes_leaves_nothing_behind(tmp_path: Path) -> None:
    path, changed = tmp_path / "text.txt", list[str]()
    path.write_text(WORDS * 20_000)

    def pace(stage: str, done: int, total: int) -> None:
        if stage == "encoding" and not changed:
            changed.append(stage)
            appended(path)

    with pytest.raises(CorpusError, match="was changed while it was read"):
        Corpus.open(str(path), DataSpec(), cache=Cache(tmp_path / "cache"), pace=pace)
    assert [*(tmp_path / "cache" / "encoded").iterdir()] == []
