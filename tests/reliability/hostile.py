"""Five hundred texts that a terminal or a markup parser would obey, a host that says nothing else, and what of it may
reach a terminal: nothing.

`python -m tests.reliability.hostile screen|commands FIRST COUNT FILE [unprotected]` shows such texts; with
`unprotected` the protection is taken away.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import msgspec

from rnnlab.dialogue import Answered, Answering, Turn, Wrote
from rnnlab.errors import RunError
from rnnlab.events import Changed, Diverged, Finished, Record, Sampled
from rnnlab.hosts.recording import Recording
from rnnlab.hosts.values import CorpusEntry, Session
from tests.tui.desks import DeskHost, recording

COUNT = 500
_SEQUENCES = (
    "\x1b]52;c;UFdORUQ=\x07", "\x1b]0;777\x07", "\x1b]8;;http://777\x1b\\x\x1b]8;;\x1b\\", "\x1b]1337;File=777:\x07",
    "\x1b[777m", "\x1b[2;777J", "\x1b[777;777H", "\x1b[777n", "\x1b[1;1;1;1;1;777*y", "\x1b[?777h", "\x1bP+q777\x1b\\",
    "\x1b_G777;AAAA\x1b\\", "\x1b^777\x1b\\", "\x1bc", "\x1b#8", "\x1b(0", "\x9b777m", "\x9d52;c;777\x9c",
    "\x90777\x9c",
    "\x05", "\x0e", "\x0f", "\x00", "\x07", "\x08\x08\x08", "\x0b", "\x0c", "\r777", "\x7f", "\x85", "\x84\x8d\x8e",
    "\u202e777\u202c", "\u2066777\u2069", "\u200f\u200e", "\u061c", "\u200b\u2060", "\ufeff", "\ufff9\ufffa\ufffb",
    "\u2028\u2029", "\U000e0041\U000e0042", "a" + "\u0301" * 60, "\ud800", "[/x]", "[b]bold", "[@click=app.bell]x[/]",
    "[link=file:///etc/passwd]x[/]", "[", "[/]", "\\[/x]", "[on red]", "[#777]", "[[", "]]", "${HOME}", "$(id)", "`id`",
    "{0.__class__}", "%s%n", "<U+202E>",
)  # fmt: skip
_LEGITIMATE = re.compile(
    r"\x1b\[(?![0-9;:?<=>!]*777)[0-9;:?<=>!]*[ $]?[@A-HJKLMPSTXZa-hl-nqrtup]"
    r"|\x1b[=>78]|\x1b\(B|\x1bP[=\x2b][^\x1b]*\x1b\\|\x1b\]22;[a-z]+\x07"
)
"""What the program itself says to a terminal: no 777 is in it."""
_OBEYED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)


def payloads() -> list[str]:
    """The texts: each sequence alone and several of them together, always the same ones."""
    chance = random.Random(12)
    made = [f"p{number}{sequence}" for number, sequence in enumerate(_SEQUENCES)]
    while len(made) < COUNT:
        parts = [chance.choice(_SEQUENCES) for _ in range(chance.randrange(2, 5))]
        made.append(f"p{len(made)}{' '.join(parts)}" if chance.random() < 0.5 else f"{''.join(parts)}p{len(made)}")
    return made


def obeyed(said: bytes) -> list[str]:
    """What in a terminal's bytes is neither the program's own nor harmless."""
    text = _LEGITIMATE.sub("", said.decode("utf-8", "surrogateescape"))
    return [text[max(0, match.start() - 20) : match.end() + 20] for match in _OBEYED.finditer(text)]


class HostileHost(DeskHost):
    """Everything that it says is hostile."""

    def __init__(self, texts: Iterator[str], folder: Path) -> None:
        self._texts = texts
        self._folder = folder
        super().__init__(
            [self._run(n) for n in range(2)], {"": self._answer(), "x": self._answer()}, session=self.next()
        )
        for _ in range(3):
            self.remember("", Turn(prefix=self.next(), text=self.next(), run=self.next(), step=1))

    def next(self) -> str:
        return next(self._texts)

    def _run(self, number: int) -> Recording:
        told = {name: self.next() for name in ("message", "device", "corpus")}
        harmless = recording(f"gru-8-run-{number}", state="failed", made=float(number), **told)
        last = harmless.records[-1].event
        events = [
            Sampled(step=last.step, epoch=5, prefix=self.next(), text=self.next()),
            Changed(step=last.step, epoch=5, changes={"train.lr": self.next()}),
            Diverged(step=last.step, epoch=5, loss=None, grad_norm=None, text=self.next()),
            *(Sampled(step=last.step, epoch=5, prefix="p", text=self.next()) for _ in range(8)),
            Finished(step=last.step, epoch=5, cause="failed", message=self.next()),
        ]
        seq = harmless.records[-1].seq
        more = tuple(Record(seq=seq + n, at=2e9 + n, event=event) for n, event in enumerate(events, 1))
        summary = msgspec.structs.replace(harmless.summary, id=f"{harmless.summary.id}{self.next()}")
        return Recording(summary=summary, records=(*harmless.records, *more))

    def _answer(self):
        return (
            Answering(run=self.next(), step=60, split=self.next(), perplexity=8.5, seed=42, unknown=(self.next(),)),
            *(Wrote(text=self.next()) for _ in range(5)),
            Answered(tokens=20, seconds=0.01, cause="length"),
        )

    def start(self, spec, session, init="", at="last"):
        raise RunError(self.next())

    def request(self, run: str, action: str) -> None:
        raise RunError(self.next())

    def log(self, run: str, lines: int = 20) -> tuple[str, ...]:
        return tuple(self.next() for _ in range(5))

    def corpora(self) -> tuple[CorpusEntry, ...]:
        entry = CorpusEntry(
            name=self.next(), title=self.next(), about=self.next(), characters=5, distinct=3, licence=self.next(),
            url=self.next(),
        )  # fmt: skip
        return (*super().corpora(), entry)


def text_file(folder: Path, texts: list[str]) -> Path:
    """A corpus of such texts, with such a name."""
    path = folder / "[b]mine\u202e\x1b[777m.txt"
    body = "".join(texts).replace("\ud800", "").replace("\0", "")
    path.write_text(body * (1 + 6000 // max(1, len(body))), encoding="utf-8")
    return path


def unprotect() -> None:
    """As if nobody had thought of it."""
    from rnnlab.text import visible
    from rnnlab.tui import safe

    def as_it_is(text: str, lines: bool = False) -> str:
        return text.replace("\ud800", "")

    for module in [*sys.modules.values()]:
        if getattr(module, "__name__", "").startswith("rnnlab") and hasattr(module, "visible"):
            module.visible = as_it_is  # ty: ignore[missing-attribute]
    visible.visible = as_it_is  # ty: ignore[invalid-assignment]
    safe.Backstop.apply = lambda self, segments, background: segments


def screen(texts: list[str], folder: Path, *, protected: bool) -> int:
    """The program on such a host, in this terminal."""
    import rnnlab.tui.app as app

    if not protected:
        unprotect()
    corpus = text_file(folder, texts)
    source = cycle(texts)
    host = HostileHost(source, folder)
    draft = {"data.corpus": str(corpus), "train.prefixes": next(source), "model.cell": next(source)}
    session = Session(
        name=next(source), draft=draft, corpora=(str(corpus), next(source)), desk={"console": {"prefix": next(source)}}
    )
    host.session = lambda name="": session
    return app.run(host)


def commands(texts: list[str], folder: Path, *, protected: bool) -> int:
    """Every command's output on such a host, in this terminal; then the same words as arguments."""
    from rnnlab.cli.main import Wiring, run

    if not protected:
        unprotect()
    corpus = str(text_file(folder, texts))
    # No host can say half a character: what it says has come as JSON.
    source = cycle(text.replace("\ud800", "") for text in texts)
    host = HostileHost(source, folder)
    wiring = Wiring(host=lambda home: host, desk=lambda home, session: 0, demo=lambda: 0)
    said = [
        ["runs"], ["runs", "--json"], ["show", "last"], ["show", "last", "--json"], ["show", "last", "--spec"],
        ["watch", "last"], ["watch", "last", "--json"], ["sessions"], ["sessions", "--json"], ["corpus", "list"],
        ["corpus", "list", "--json"], ["corpus", "show", corpus], ["corpus", "show", corpus, "--json"],
        ["corpus", "show", corpus, "--detail"], ["corpus", "compare", corpus, corpus], ["corpus", "batch", corpus],
        ["generate", "last", "--prefix", "x"], ["generate", "last", "--prefix", "x", "--json"],
        ["generate", "last", "--prefix", "x", "--count", "2"],
        ["score", "last", corpus], ["memory", "last"], ["neurons", "last"], ["agreement", "last"],
        ["originality", "last", corpus], ["samples", "last"], ["samples", "last", "--json"],
        ["doctor"], ["train", "--corpus", corpus], ["pause", "last"], ["recipes"],
    ]  # fmt: skip
    for text in texts:
        word = text.replace("\0", "").replace("\ud800", "")
        said += [["show", word], ["train", "--corpus", word], ["set", "last", word], ["--session", word, "runs"]]
        said += [["generate", "last", "--prefix", word], ["corpus", "show", word], [word]]
    for words in said:
        run(words, wiring)
    return 0


if __name__ == "__main__":
    kind, first, count, place, *rest = sys.argv[1:]
    chosen = payloads()[int(first) : int(first) + int(count)]
    show = screen if kind == "screen" else commands
    sys.exit(show(chosen, Path(place), protected=not rest))
