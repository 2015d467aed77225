"""Writing: old or new and never half, whatever the disk refuses and whenever the process dies."""

from __future__ import annotations

import errno
import multiprocessing
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rnnlab import files
from rnnlab.errors import StorageError, StorageLost

CALLS = ("write", "fsync", "replace", "rename", "open", "mkdir", "unlink", "ftruncate")
"""What the operating system is asked for while something is written."""


class Disk:
    """The operating system's calls, of which one can be made to fail: in this process only."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen = 0
        self.fails_at = -1
        self.error = errno.ENOSPC
        for name in CALLS:
            monkeypatch.setattr(os, name, self._watched(getattr(os, name)))

    def _watched(self, call: Callable[..., object]) -> Callable[..., object]:
        def watched(*arguments: object, **options: object) -> object:
            self.seen += 1
            if self.seen - 1 == self.fails_at:
                raise OSError(self.error, os.strerror(self.error))
            return call(*arguments, **options)

        return watched

    def count(self, act: Callable[[], object]) -> int:
        """How many calls the act makes when nothing fails."""
        self.seen, self.fails_at = 0, -1
        act()
        return self.seen

    def failing(self, at: int, error: int, act: Callable[[], object]) -> StorageError | None:
        """Do it while the call of that number fails; gives the error that came of it."""
        self.seen, self.fails_at, self.error = 0, at, error
        try:
            act()
        except StorageError as refused:
            return refused
        finally:
            self.fails_at = -1
        return None


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    with monkeypatch.context() as patch:
        yield Disk(patch)


@pytest.fixture
def umask_0() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def tree(path: Path) -> dict[str, bytes]:
    """Every file below a directory, with what is in it."""
    return {str(p.relative_to(path)): p.read_bytes() for p in sorted(path.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT])
@pytest.mark.parametrize("write", [files.write_atomic, files.replace_quickly])
def test_a_file_is_old_or_new_whatever_call_fails(
    tmp_path: Path, disk: Disk, write: Callable[[Path, bytes], None], error: int
) -> None:
    path = tmp_path / "spec.json"
    total = disk.count(lambda: write(path, b"old" * 1000))
    assert total >= 2
    for at in range(total):
        files.write_atomic(path, b"old" * 1000)
        refused = disk.failing(at, error, lambda: write(path, b"new" * 1000))
        assert refused is not None
        assert str(path) in str(refused)
        assert os.strerror(error).lower() in str(refused)
        assert "bytes are free" in str(refused)
        # Once it has its name it may stay, though the directory was not synced: it is whole.
        assert path.read_bytes() in (b"old" * 1000, b"new" * 1000)
        assert list(tmp_path.iterdir()) == [path]
    write(path, b"newer")
    assert path.read_bytes() == b"newer"


def test_a_write_that_fails_before_the_rename_leaves_the_old_bytes(tmp_path: Path, disk: Disk) -> None:
    path = tmp_path / "spec.json"
    files.write_atomic(path, b"old")
    calls = disk.count(lambda: files.write_atomic(path, b"old"))
    kept = 0
    for at in range(calls):
        files.write_atomic(path, b"old")
        disk.failing(at, errno.ENOSPC, lambda: files.write_atomic(path, b"new"))
        kept += path.read_bytes() == b"old"
    # Everything but opening and syncing the directory comes before the rename has happened.
    assert kept == calls - 2


def test_bytes_are_on_the_disk_before_they_have_their_name_and_the_name_is_before_it_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    for name in ("fsync", "replace", "rename"):
        monkeypatch.setattr(os, name, noted(getattr(os, name), name, seen))
    files.write_atomic(tmp_path / "spec.json", b"x")
    assert seen == ["fsync file", "replace", "fsync directory"]
    seen.clear()
    files.commit_directory(tmp_path / "step-1", {"weights": b"w", "state": b"s"})
    assert seen == ["fsync file", "fsync file", "fsync directory", "rename", "fsync directory"]
    seen.clear()
    files.claim_directory(tmp_path / "claimed")
    assert seen == ["fsync directory"]
    seen.clear()
    files.replace_quickly(tmp_path / "status.json", b"x")
    assert seen == ["replace"]


def noted(call: Callable[..., object], name: str, seen: list[str]) -> Callable[..., object]:
    def act(*arguments: object) -> object:
        if name == "fsync":
            assert isinstance(arguments[0], int)
            directory = stat.S_ISDIR(os.fstat(arguments[0]).st_mode)
            seen.append("fsync directory" if directory else "fsync file")
        else:
            seen.append(name)
        return call(*arguments)

    return act


def test_a_short_write_goes_on_where_it_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: whole(descriptor, bytes(data)[:7]))
    files.write_atomic(tmp_path / "file", bytes(range(256)))
    appender = files.Appender(tmp_path / "grows")
    appender.append(bytes(range(256)))
    appender.close()
    files.commit_directory(tmp_path / "step-1", {"weights": bytes(range(256))})
    assert {*tree(tmp_path).values()} == {bytes(range(256))}


def test_a_new_file_is_not_there_at_all_where_the_disk_is_full(tmp_path: Path, disk: Disk) -> None:
    total = disk.count(lambda: files.write_atomic(tmp_path / "first", b"x"))
    os.unlink(tmp_path / "first")
    for at in range(total - 2):
        assert disk.failing(at, errno.ENOSPC, lambda: files.write_atomic(tmp_path / "second", b"x"))
        assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("umask_0")
def test_what_is_written_is_private_whatever_the_umask(tmp_path: Path) -> None:
    run = tmp_path / "home" / "sessions" / "main" / "runs" / "one"
    files.make_directory(run)
    files.write_atomic(run / "spec.json", b"{}")
    files.replace_quickly(run / "status.json", b"{}")
    files.commit_directory(run / "checkpoints" / "step-0", {"weights": b"w"})
    files.append_line(run / "transcript.jsonl", b"{}")
    files.Appender(run / "journal.jsonl").close()
    assert files.claim_directory(run / "claimed" / "deeper")
    for path in (tmp_path / "home", *(tmp_path / "home").rglob("*")):
        assert mode(path) == (files.DIRECTORY_MODE if path.is_dir() else files.FILE_MODE), path


def test_a_directory_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    before = mode(shared)
    files.make_directory(shared / "mine")
    assert mode(shared) == before
    assert mode(shared / "mine") == files.DIRECTORY_MODE


def test_a_file_in_the_place_of_a_directory_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StorageError, match="cannot write"):
            files.make_directory(place)


def test_a_directory_is_claimed_once(tmp_path: Path) -> None:
    assert files.claim_directory(tmp_path / "runs" / "one")
    assert not files.claim_directory(tmp_path / "runs" / "one")


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
def test_a_new_directory_appears_whole_or_not_at_all(tmp_path: Path, disk: Disk, error: int) -> None:
    contents = {"weights": b"w" * 5000, "state": b"s", "manifest.json": b"{}"}
    total = disk.count(lambda: files.commit_directory(tmp_path / "step-1", contents))
    assert total > 10
    for at in range(total):
        shutil.rmtree(tmp_path / "step-1", ignore_errors=True)
        refused = disk.failing(at, error, lambda: files.commit_directory(tmp_path / "step-1", contents))
        if (tmp_path / "step-1").exists():
            assert tree(tmp_path / "step-1") == contents
            assert sorted(p.name for p in tmp_path.iterdir()) == ["step-1"]
        else:
            assert refused is not None
            assert str(tmp_path / "step-1") in str(refused)
            assert list(tmp_path.iterdir()) == []


def test_replacing_a_directory_leaves_the_old_one_or_the_new_one(tmp_path: Path, disk: Disk) -> None:
    old, new = {"weights": b"old"}, {"weights": b"new"}
    path = tmp_path / "step-1"
    files.commit_directory(path, old)
    total = disk.count(lambda: files.commit_directory(path, old))
    for at in range(total):
        shutil.rmtree(path)
        files.commit_directory(path, old)
        disk.failing(at, errno.EIO, lambda: files.commit_directory(path, new))
        assert tree(path) in (old, new)
        files.settle(tmp_path)
        assert tree(path) in (old, new)
        assert list(tmp_path.iterdir()) == [path]


def grow_directory(path: Path) -> None:
    with files.growing_directory(path) as aside:
        appender = files.Appender(aside / "ids.bin")
        try:
            appender.append(b"n" * 5000)
            appender.sync()
        finally:
            appender.close()
        files.write_atomic(aside / "meta.json", b"new")


def grow_file(path: Path) -> None:
    with files.growing_file(path) as appender:
        appender.append(b"new" * 100)
        appender.append(b"new" * 100)


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
def test_what_grows_appears_whole_or_not_at_all(tmp_path: Path, disk: Disk, error: int) -> None:
    grown = {"d": {"ids.bin": b"n" * 5000, "meta.json": b"new"}, "f": b"new" * 200}
    for name, grow in (("d", grow_directory), ("f", grow_file)):
        total = disk.count(lambda grow=grow, name=name: grow(tmp_path / "counted" / name))
        assert total >= 8
        for at in range(total):
            place = tmp_path / f"{name}{at}"
            refused = disk.failing(at, error, lambda grow=grow, new=place / name: grow(new))
            if (place / name).exists():
                found = tree(place / name) if name == "d" else (place / name).read_bytes()
                assert found == grown[name]
                assert [entry.name for entry in place.iterdir()] == [name]
            else:
                assert refused is not None
                assert not place.exists() or list(place.iterdir()) == []


def test_what_grows_is_gone_where_its_maker_gives_up(tmp_path: Path) -> None:
    files.write_atomic(tmp_path / "file", b"old")
    for grow in (files.growing_directory(tmp_path / "directory"), files.growing_file(tmp_path / "file")):
        with pytest.raises(KeyboardInterrupt), grow:
            raise KeyboardInterrupt
    assert tree(tmp_path) == {"file": b"old"}
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_kill_at_any_call_leaves_what_settling_makes_whole(tmp_path: Path) -> None:
    """A process is killed before each call in turn, while it replaces a directory, replaces a file, removes a tree."""
    old, new = {"weights": b"old", "state": b"old"}, {"weights": b"new", "state": b"new"}
    at, outcomes = 0, set()
    context = multiprocessing.get_context("fork")
    while True:
        place = tmp_path / str(at)
        files.commit_directory(place / "step-0", old)
        files.commit_directory(place / "step-1", old)
        files.write_atomic(place / "best.json", b"old")
        # A fork of this process: starting Python anew for each of fifty calls would take ten seconds.
        process = context.Process(target=write_until_killed, args=(place, at))
        process.start()
        process.join()
        files.settle(place)
        assert tree(place / "step-1") in (old, new)
        assert (place / "best.json").read_bytes() in (b"old", b"new")
        assert not (place / "step-0").exists() or tree(place / "step-0") == old
        assert {entry.name for entry in place.iterdir()} <= {"step-0", "step-1", "best.json"}
        outcomes.add((tree(place / "step-1") == new, (place / "step-0").exists()))
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
        at += 1
    assert at > 20
    assert outcomes == {(False, True), (True, True), (True, False)}


def write_until_killed(place: Path, at: int) -> None:
    """In a process of its own: everything that is written by renaming, killed before the call of that number."""
    calls = iter(range(10**6))

    def watched(call: Callable[..., object]) -> Callable[..., object]:
        def act(*arguments: object, **options: object) -> object:
            if next(calls) == at:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **options)

        return act

    for name in ("write", "fsync", "replace", "rename", "unlink", "rmdir", "open", "mkdir"):
        setattr(os, name, watched(getattr(os, name)))
    files.commit_directory(place / "step-1", {"weights": b"new", "state": b"new"})
    files.write_atomic(place / "best.json", b"new")
    files.remove_tree(place / "step-0")


def test_removing_a_tree_follows_no_link(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    files.commit_directory(precious, {"diary": b"mine"})
    link = tmp_path / "step-1"
    link.symlink_to(precious)
    files.remove_tree(link)
    assert not os.path.lexists(link)
    files.commit_directory(tmp_path / "step-2", {"weights": b"w"})
    (tmp_path / "step-2" / "link").symlink_to(precious)
    files.remove_tree(tmp_path / "step-2")
    assert tree(precious) == {"diary": b"mine"}
    assert list(tmp_path.iterdir()) == [precious]


def test_removing_what_is_not_there_is_nothing(tmp_path: Path) -> None:
    files.remove_tree(tmp_path / "none")
    files.remove_file(tmp_path / "none")
    files.settle(tmp_path / "none")


def test_removing_a_tree_also_takes_a_file_of_that_name(tmp_path: Path) -> None:
    (tmp_path / "step-1").write_bytes(b"not a directory")
    files.remove_tree(tmp_path / "step-1")
    assert list(tmp_path.iterdir()) == []


def test_settling_leaves_what_is_not_ours_alone(tmp_path: Path) -> None:
    for name in (".bashrc", "notes.tmp", "x.old"):
        (tmp_path / name).write_bytes(b"mine")
    files.settle(tmp_path)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [".bashrc", "notes.tmp", "x.old"]


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
def test_a_failed_append_is_undone(tmp_path: Path, disk: Disk, error: int) -> None:
    path = tmp_path / "journal.jsonl"
    appender = files.Appender(path)
    appender.append(b"first\n")
    refused = disk.failing(0, error, lambda: appender.append(b"second\n"))
    assert refused is not None
    assert str(path) in str(refused)
    assert path.read_bytes() == b"first\n"
    appender.append(b"third\n")
    appender.close()
    assert path.read_bytes() == b"first\nthird\n"


def test_an_append_that_was_half_written_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal.jsonl"
    appender = files.Appender(path)
    appender.append(b"first\n")
    whole, calls = os.write, iter([4])

    def short_then_full(descriptor: int, data: memoryview) -> int:
        for length in calls:
            return whole(descriptor, data[:length])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", short_then_full)
        with pytest.raises(StorageError):
            appender.append(b"second\n")
    assert path.read_bytes() == b"first\n"
    appender.append(b"third\n")
    appender.close()
    assert path.read_bytes() == b"first\nthird\n"


def test_a_file_whose_sync_failed_is_never_synced_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Linux forgets the bytes that it could not write back, and lets the next fsync succeed."""
    appender = files.Appender(tmp_path / "journal.jsonl")
    appender.append(b"first\n")
    failures = iter([errno.EIO])
    calls: list[int] = []

    def fsync(descriptor: int) -> None:
        calls.append(descriptor)
        for error in failures:
            raise OSError(error, os.strerror(error))

    monkeypatch.setattr(os, "fsync", fsync)
    for _ in range(3):
        with pytest.raises(StorageLost, match="may be lost"):
            appender.sync()
    assert len(calls) == 1
    appender.close()


@pytest.mark.parametrize("write", [files.write_atomic, lambda path, data: files.commit_directory(path, {"w": data})])
def test_after_a_failed_sync_another_file_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path, bytes], None]
) -> None:
    kept: list[int] = []  # open, so that no other file gets their numbers
    failures = iter([errno.EIO])

    def fsync(descriptor: int) -> None:
        kept.append(os.dup(descriptor))
        for error in failures:
            raise OSError(error, os.strerror(error))

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(StorageError):
        write(tmp_path / "thing", b"x")
    write(tmp_path / "thing", b"x")
    spoilt, *others = (os.fstat(descriptor).st_ino for descriptor in kept)
    assert spoilt not in others
    for descriptor in kept:
        os.close(descriptor)


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_room_is_reserved_whole_or_not_at_all(tmp_path: Path, disk: Disk, error: int) -> None:
    path = tmp_path / "reserve"
    total = disk.count(lambda: files.reserve(path, 10_000))
    assert path.stat().st_blocks * 512 >= 10_000
    assert disk.count(lambda: files.reserve(path, 10_000)) == 0
    for at in range(total):
        path.unlink(missing_ok=True)
        assert disk.failing(at, error, lambda: files.reserve(path, 10_000)) is not None
        assert not path.exists()


@pytest.mark.parametrize("open_it", [files.Appender, lambda path: files.append_line(path, b"x")])
def test_nothing_is_appended_through_a_link(tmp_path: Path, open_it: Callable[[Path], object]) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"mine")
    link = tmp_path / "journal.jsonl"
    link.symlink_to(precious)
    with pytest.raises(StorageError, match="cannot write"):
        open_it(link)
    assert precious.read_bytes() == b"mine"


def test_an_atomic_write_replaces_a_link_and_not_what_it_leads_to(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"mine")
    link = tmp_path / "spec.json"
    link.symlink_to(precious)
    files.write_atomic(link, b"new")
    assert precious.read_bytes() == b"mine"
    assert not link.is_symlink()


def test_a_line_after_a_torn_line_stands_alone(tmp_path: Path) -> None:
    path = tmp_path / "transcript.jsonl"
    path.write_bytes(b"whole\ntorn")
    files.append_line(path, b"next")
    files.append_line(path, b"last")
    assert path.read_bytes() == b"whole\ntorn\nnext\nlast\n"


def test_lines_of_several_processes_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "transcript.jsonl"
    code = "import sys; from pathlib import Path; from rnnlab.files import append_line\n"
    code += "for n in range(200): append_line(Path(sys.argv[1]), (sys.argv[2] * 300).encode())"
    workers = [subprocess.Popen([sys.executable, "-c", code, str(path), letter]) for letter in "abc"]
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    lines = path.read_text().split("\n")
    assert sorted(lines) == sorted(["", *[letter * 300 for letter in "abc" for _ in range(200)]])


def test_a_missing_directory_is_a_sentence_that_names_the_path(tmp_path: Path) -> None:
    for write in (files.write_atomic, files.replace_quickly, files.append_line):
        with pytest.raises(StorageError, match="no such file or directory") as caught:
            write(tmp_path / "gone" / "file", b"x")
        assert str(tmp_path / "gone") in str(caught.value)
