"""P13 and P14: a stranger's run or file costs a second and twice its size at most; what is ours is private and nothing
is read from the current directory.
"""

from __future__ import annotations

import base64
import json
import os
import stat
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import msgspec
import psutil
import pytest

from rnnlab.events import Finished, Sampled
from rnnlab.hosts.local import LocalHost
from rnnlab.runs import bundle, digest, journal
from rnnlab.runs.journal import JournalWriter
from rnnlab.runs.paths import RunPaths
from tests.worker.processes import Run, make_run

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

MB = 1 << 20
READER = """
import re, sys, time
from pathlib import Path
from rnnlab.errors import RnnlabError
{imports}
def rss():
    return 1024 * int(re.search("VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1])
before, begun, said = rss(), time.process_time(), "taken"
try:
    {act}
except RnnlabError as error:
    said = str(error)
print(time.process_time() - begun, rss() - before, said)
"""


def costs(imports: str, act: str, argument: Path) -> tuple[float, int, str]:
    """(seconds of work, bytes of memory, what was said) in a process of its own."""
    code = READER.format(imports=imports, act=act)
    done = subprocess.run([sys.executable, "-c", code, str(argument)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    seconds, memory, *said = done.stdout.split(" ", 2)
    return float(seconds), int(memory), " ".join(said).strip()


def safetensors(header: object, data: bytes = b"") -> bytes:
    encoded = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(encoded)) + encoded + data


def documents(**changes: bytes) -> bytes:
    """A file that is sealed rightly, with documents that lie."""
    content = {"manifest": b"{}", "vocabulary": b"{}", "journal": b"", **changes}
    return bundle.pack(
        safetensors({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, bytes(4)), None, content
    )


BUNDLES: dict[str, Callable[[], bytes]] = {
    "noise": lambda: os.urandom(20 * MB),
    "a header of 300,000 tensors": lambda: safetensors(
        {str(n): {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for n in range(300_000)}
    ),
    "a header that says 2^60 bytes": lambda: struct.pack("<Q", 1 << 60) + bytes(MB),
    "a tensor of 10^18": lambda: safetensors(
        {"w": {"dtype": "F32", "shape": [10**9, 10**9], "data_offsets": [0, 4]}}, bytes(4)
    ),
    "deep nesting": lambda: safetensors(b"[" * MB),
    "a deep manifest": lambda: documents(manifest=b"[" * MB),
    "a manifest of 900 KB of keys": lambda: documents(manifest=msgspec.json.encode({str(n): n for n in range(60_000)})),
    "20 MB of journal": lambda: documents(journal=b"x" * (20 * MB)),
    "a million journal lines": lambda: documents(journal=b"{}\n" * 10**6),
}


@pytest.mark.parametrize("name", [*BUNDLES])
def test_a_strangers_file_is_refused_in_a_second_within_twice_its_size(tmp_path: Path, name: str) -> None:
    file = tmp_path / "run.rnnlab"
    file.write_bytes(BUNDLES[name]())
    seconds, memory, said = costs(
        "from rnnlab.hosts.local import LocalHost",
        "host = LocalHost(Path(sys.argv[1]).parent / 'home')\n    try: host.import_run(b'', 'main')\n"
        "    except RnnlabError: before, begun = rss(), time.process_time()\n"
        "    data = Path(sys.argv[1]).read_bytes()\n    host.import_run(data, 'main')",
        file,
    )
    print(
        f"{name}: {file.stat().st_size / 1e6:.1f} MB refused in {seconds:.2f} s with {memory / 1e6:.1f} MB: {said[:60]}"
    )
    assert said != "taken"
    assert memory <= 2 * file.stat().st_size + 32 * MB
    assert seconds <= 1.0


def large_line(paths: RunPaths) -> None:
    paths.journal.write_bytes(b"x" * (50 * MB))


def many_lines(paths: RunPaths) -> None:
    paths.journal.write_bytes(b"{}\n" * (10 * MB))


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(200 << 30)


def lying_digest(paths: RunPaths) -> None:
    """A digest that is sealed rightly, with a curve and marks without end."""
    paths.journal.write_bytes(b"{}\n")
    packed = base64.b64encode(b"1" * (digest.MOST // 4))
    marks = b",".join([b'{"step":1,"kind":"x"}'] * (digest.MOST // 2 // 22))
    course = b'{"perplexity":{"width":1,"packed":"%b"},"marks":[%b]}' % (packed, marks)
    seal = digest._seal(paths.journal, 3)
    body = b'{"format":%d,"cursor":3,"seal":%d,"course":%b}' % (digest.FORMAT, seal, course)
    paths.digest.write_bytes(b'{"crc":%d,"body":%b}' % (zlib.crc32(body), body))


RUNS: dict[str, Callable[[RunPaths], object]] = {
    "a spec of 200 GB": lambda p: sparse(p.manifest),
    "a status of 200 GB": lambda p: sparse(p.status),
    "a vocabulary of 200 GB": lambda p: sparse(p.vocabulary),
    "a log of 200 GB": lambda p: sparse(p.log),
    "a best pointer of 200 GB": lambda p: sparse(p.best),
    "a digest of 200 GB": lambda p: sparse(p.digest),
    "a digest that lies": lying_digest,
    "pipes everywhere": lambda p: [os.mkfifo(x) for x in (p.status, p.journal, p.digest, p.log) if not x.exists()],
    "a journal that is one line of 50 MB": large_line,
    "a journal of ten million lines that are none": many_lines,
    "a deep spec": lambda p: p.manifest.write_bytes(b"[" * (900 << 10)),
    "10,000 checkpoints": lambda p: [p.checkpoint(n).mkdir() for n in range(10_000)],
}


@pytest.mark.parametrize("name", [*RUNS])
def test_a_strangers_run_directory_costs_a_second_to_list_describe_and_open(tmp_path: Path, name: str) -> None:
    paths = make_run(tmp_path / "home", {})
    paths.checkpoints.mkdir()
    RUNS[name](paths)
    size = sum(path.stat().st_blocks * 512 for path in paths.directory.rglob("*") if path.is_file())
    seconds, memory, said = costs(
        "from rnnlab.hosts.local import LocalHost\nfrom rnnlab.runs import checkpoints\n"
        "from rnnlab.runs.paths import RunPaths",
        "run = Path(sys.argv[1])\n    host = LocalHost(run.parents[3])\n"
        "    before, begun = rss(), time.process_time()\n    host.runs()\n"
        "    host.log(run.name)\n    host.beginning(run.name)\n    host.read(run.name)\n"
        "    checkpoints.best_step(RunPaths(run))\n"
        "    host.run(run.name)",
        paths.directory,
    )
    print(f"{name}: {size / 1e6:.1f} MB looked at in {seconds:.2f} s with {memory / 1e6:.1f} MB: {said[:60]}")
    assert memory <= 2 * size + 32 * MB
    assert seconds <= 1.0


def test_a_resumed_strangers_run_is_weighed_before_anything_is_made(tmp_path: Path) -> None:
    """A spec within its bounds, whose model would not fit into this machine."""
    run = Run(tmp_path, {})
    document = msgspec.json.decode(run.paths.manifest.read_bytes())
    document["spec"]["model"] |= {"hidden": 16384, "layers": 16, "cell": "lstm"}
    run.paths.manifest.write_bytes(msgspec.json.encode(document))
    run.start()
    assert run.process is not None
    most = 0
    worker = psutil.Process(run.process.pid or 0)
    while run.process.is_alive():
        try:
            most = max(most, worker.memory_info().rss)
        except psutil.NoSuchProcess:
            break
    run.process.join()
    (end,) = run.of(Finished)
    print(f"a model too large for the machine: {end.message}; the worker took {most / 1e6:.0f} MB, torch among them")
    assert "fewer hidden units" in end.message
    assert most < 1 << 30


def test_nothing_is_read_from_the_current_directory(tmp_path: Path) -> None:
    """Modules, specs and settings that lie there by somebody's will, while every kind of process runs."""
    trap, note = tmp_path / "trap", tmp_path / "sprung"
    trap.mkdir()
    spring = f"open({str(note)!r}, 'a').write(__file__ + '\\n')\n"
    for name in ("rnnlab", "torch", "textual", "numpy", "msgspec", "json", "sitecustomize", "usercustomize", "psutil"):
        (trap / f"{name}.py").write_text(spring)
    for name in ("spec.toml", "rnnlab.toml", ".rnnlab", "pyproject.toml", ".env", "keys.toml", "last", "gazette"):
        (trap / name).write_text("[model]\nhidden = 12345\n")
    home = tmp_path / "home"
    environment = {**os.environ, "RNNLAB_HOME": str(home)}
    environment.pop("PYTHONPATH", None)
    rnnlab = [sys.executable, "-P", "-m", "rnnlab"]
    small = [
        "train",
        "--corpus",
        "the-tide-clock",
        "--hidden",
        "8",
        "--epochs",
        "1",
        "--set",
        "train.max_steps=3",
        "--set",
        "train.threads=1",
    ]
    for words in (small, ["runs"], ["generate", "last", "--prefix", "The", "--length", "5"], ["doctor"]):
        done = subprocess.run([*rnnlab, *words], cwd=trap, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
    assert LocalHost(home).runs()[0].spec.model.hidden == 8
    assert not note.exists(), note.read_text()
    print("the current directory: 9 modules and 8 settings lay in wait; 4 commands, a worker, a generator: 0 read")


def test_everything_is_private_under_umask_0(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        run = Run(tmp_path / "home", {})
        run.begin()
        run.finish()
        LocalHost(tmp_path / "home").export_run(run.paths.directory.name, "last", whole=True)
    finally:
        os.umask(before)
    seen = [path for path in (tmp_path / "home").rglob("*") if path.name not in ("text.txt", "log.txt")]
    for path in seen:
        assert stat.S_IMODE(path.lstat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    print(f"umask 000: {len(seen)} files and directories, all 0600 and 0700")


def test_a_million_records_of_hostile_length_are_left_out_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    writer = JournalWriter(path)
    writer.write(Sampled(step=1, epoch=1, prefix="p", text="t"))
    writer.close()
    with path.open("ab") as file:
        file.write(b"y" * (9 * MB) + b"\n")
    again = JournalWriter(path)
    again.write(Sampled(step=2, epoch=1, prefix="p", text="t"))
    again.close()
    cursor, more, steps = 0, True, []
    while more:
        chunk = journal.read(path, cursor)
        cursor, more = chunk.cursor, chunk.more
        steps += [record.event.step for record in chunk.records]
    assert steps == [1, 2]
