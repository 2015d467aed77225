"""What every module holds to: sizes that a reader can hold in the head, and nothing that runs what it reads."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

import rnnlab

ROOT = Path(rnnlab.__file__).parent
MODULES = sorted(path for path in ROOT.rglob("*.py") if "__pycache__" not in path.parts)
TREES = {path: ast.parse(path.read_text()) for path in MODULES}
FORBIDDEN_IMPORTS = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "yaml", "pty"}
WRITES = {"write_text", "write_bytes", "mkdir", "touch", "symlink_to", "hardlink_to"}
ONLY_WRITERS = ROOT / "files"
ASKED_FOR = {ROOT / "cli" / "export.py"}
"""A face knows no `files`; it writes, whole or not at all, the one file that a person named."""


def by_name(path: object) -> str | None:
    return str(path.relative_to(ROOT)) if isinstance(path, Path) else None


def lines(node: ast.stmt) -> int:
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1


def functions() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield path, node


def calls(path: Path) -> Iterator[tuple[ast.Call, str]]:
    """Every call in a module with the dotted name of what is called, as far as it has one."""
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.Call):
            yield node, dotted(node.func)


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize("path", MODULES, ids=by_name)
def test_a_module_says_what_it_is_for_and_is_short(path: Path) -> None:
    tree = TREES[path]
    assert ast.get_docstring(tree), "every module says what it is for"
    assert path.read_text().count("\n") <= 300


@pytest.mark.parametrize("path", MODULES, ids=by_name)
def test_no_function_is_longer_than_50_lines_and_no_class_than_250(path: Path) -> None:
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert lines(node) <= 50, node.name
        elif isinstance(node, ast.ClassDef):
            assert lines(node) <= 250, node.name


def test_most_functions_are_short() -> None:
    sizes = sorted(lines(node) for _, node in functions())
    assert len(sizes) > 500
    assert statistics.median(sizes) <= 8
    assert sizes[int(len(sizes) * 0.9)] <= 30


@pytest.mark.parametrize("path", MODULES, ids=by_name)
def test_nothing_runs_what_it_reads(path: Path) -> None:
    imported = {
        name.partition(".")[0]
        for node in ast.walk(TREES[path])
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert not imported & FORBIDDEN_IMPORTS
    for call, name in calls(path):
        assert name not in ("eval", "exec", "compile", "__import__", "os.system", "os.popen"), name
        assert name not in ("torch.load", "torch.save", "yaml.load", "subprocess.getoutput"), name
        assert not name.endswith("read_pickle")
        words = {word.arg: word.value for word in call.keywords}
        for dangerous in ("shell", "allow_pickle"):
            value = words.get(dangerous)
            assert value is None or (isinstance(value, ast.Constant) and value.value is False), dangerous


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.parent != ONLY_WRITERS and path not in ASKED_FOR], ids=by_name
)
def test_only_one_package_writes_files(path: Path) -> None:
    for call, name in calls(path):
        if name.rpartition(".")[2] in WRITES and not name.startswith(("self.", "cls.")):
            raise AssertionError(f"{name} at line {call.lineno}: go through rnnlab.files")
        if name == "open" or name.endswith(".open"):
            place = dotted(call.args[0]) if name == "open" and call.args else ""
            assert mode(call, name)[0] == "r" or place == "os.devnull", f"line {call.lineno}: go through rnnlab.files"


def mode(call: ast.Call, name: str) -> str:
    """The mode in which a call of `open`, the function or a path's, opens; `r` for what is no mode."""
    given = call.args[1:2] if name == "open" else call.args[:1]
    given += [word.value for word in call.keywords if word.arg == "mode"]
    found = [a.value for a in given if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return found[0] if found and set(found[0]) <= set("rwaxbt+") else "r"


@pytest.mark.parametrize("path", MODULES, ids=by_name)
def test_no_error_is_swallowed_whole(path: Path) -> None:
    for node in ast.walk(TREES[path]):
        if not isinstance(node, ast.ExceptHandler):
            continue
        everything = node.type is None or dotted(node.type) in ("Exception", "BaseException")
        silent = all(isinstance(statement, ast.Pass) for statement in node.body)
        assert not (everything and silent), f"line {node.lineno}"
    for call, name in calls(path):
        if name.endswith("suppress"):
            assert not {dotted(a) for a in call.args} & {"Exception", "BaseException"}, f"line {call.lineno}"
