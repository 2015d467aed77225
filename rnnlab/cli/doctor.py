"""`rnnlab doctor`: what rnnlab finds on this machine, and what to do about what is not right.

torch is asked in a process of its own, so that this one stays small and a broken torch is a finding, not a crash. With
`--json`, one `Checkup`. The exit code is 1 where something would keep rnnlab from working.
"""

from __future__ import annotations

import argparse
import locale
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from rnnlab import __version__
from rnnlab.cli.context import Context
from rnnlab.cli.describe import size
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.parser import add_json
from rnnlab.cli.versions import installed_version
from rnnlab.errors import RnnlabError
from rnnlab.hosts.values import Machine
from rnnlab.settings import NATIVE_VARIABLE, home_directory, native_is_off

SMALLEST = (80, 24)
"""Columns and lines that the screen is designed for."""
_TORCH_PATIENCE = 120
"""Seconds that torch may take to be imported; a cold network disk is slow."""
_BUILD_PATIENCE = 900
"""Seconds that a compiler may take."""
_LITTLE_DISK = 500_000_000

_ASK_TORCH = """
import torch
print(torch.__version__)
threads = torch.get_num_threads()
print("cpu,", threads, "thread" if threads == 1 else "threads")
for card in range(torch.cuda.device_count()):
    print("cuda:%d, %s" % (card, torch.cuda.get_device_name(card)))
if torch.backends.mps.is_available():
    print("mps")
"""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    name: str
    value: str
    remedy: str = ""
    """What to do, where something is not as it should be."""
    fatal: bool = False
    """Whether rnnlab cannot work so."""


class Checkup(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was found."""

    findings: tuple[Finding, ...]
    machine: Machine | None
    """What the host says of itself, or None where there is none to ask."""


class _Native(msgspec.Struct, frozen=True):
    """What `rnnlab.worker.native` answers."""

    state: str
    reason: str = ""
    compiler: str = ""
    library: str = ""
    tiles: bool = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--build", action="store_true", help="build the native engine first, if it is not there yet")
    add_json(parser)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    checkup = Checkup(findings=tuple(_findings(context.home, build=arguments.build)), machine=_machine(context))
    if arguments.json:
        context.out.value(checkup)
    else:
        found = [(finding.name, finding.value) for finding in checkup.findings]
        context.out.facts([*found, *_machine_facts(checkup.machine)])
        for finding in checkup.findings:
            if finding.remedy:
                context.out.say(f"{finding.name}: {finding.remedy}")
    return ExitCode.FAILURE if any(finding.fatal for finding in checkup.findings) else ExitCode.OK


def _findings(home: str, *, build: bool) -> Iterator[Finding]:
    yield Finding(name="rnnlab", value=f"{__version__} in {Path(__file__).parents[1]}")
    yield Finding(name="python", value=f"{platform.python_version()} {sys.executable}")
    yield Finding(name="platform", value=f"{platform.platform()}, {os.cpu_count()} cores")
    yield Finding(name="textual", value=installed_version("textual") or "not installed")
    yield from _torch()
    yield _native(home, build=build)
    yield from _terminal()
    yield _locale()
    yield from _home(home)


def _machine(context: Context) -> Machine | None:
    try:
        return context.host.machine()
    except RnnlabError:
        return None


def _machine_facts(machine: Machine | None) -> list[tuple[str, str]]:
    if machine is None:
        return []
    memory = f"{size(machine.available_bytes)} free of {size(machine.memory_bytes)}"
    return [("memory", memory), ("gpu", machine.accelerator)]


def _torch() -> Iterator[Finding]:
    # -P: no torch.py in the current directory is taken for torch.
    command = [sys.executable, "-P", "-c", _ASK_TORCH]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, timeout=_TORCH_PATIENCE, errors="replace")
    except (OSError, subprocess.TimeoutExpired) as error:
        yield Finding(name="torch", value="silent", remedy=f"importing it did not end well: {error}", fatal=True)
        return
    if asked.returncode:
        last = (asked.stderr.strip().splitlines() or [f"exit code {asked.returncode}"])[-1]
        remedy = f"it cannot be imported ({last}): install rnnlab again, or torch alone"
        yield Finding(name="torch", value=installed_version("torch") or "not installed", remedy=remedy, fatal=True)
        return
    version, *devices = asked.stdout.strip().splitlines()
    yield Finding(name="torch", value=version)
    yield Finding(name="devices", value="; ".join(devices))


def _native(typed: str, *, build: bool) -> Finding:
    """The native engine: a compiler's work, so that asking for it can take its time."""
    if native_is_off():
        return Finding(name="native", value=f"not used because {NATIVE_VARIABLE} is off")
    command = [sys.executable, "-P", "-m", "rnnlab.worker.native", *(["--build"] if build else [])]
    try:
        command.append(str(home_directory(typed)))
        asked = subprocess.run(command, capture_output=True, timeout=_BUILD_PATIENCE, check=False)
        found = msgspec.json.decode(asked.stdout, type=_Native)
    except (OSError, subprocess.TimeoutExpired, msgspec.MsgspecError, RnnlabError) as error:
        return Finding(name="native", value=f"not used because it cannot be asked for: {error}")
    if found.state == "missing":
        remedy = "a training builds it by the way, for the next one: `rnnlab doctor --build` does so at once"
        return Finding(name="native", value=f"not built yet, with {found.compiler}", remedy=remedy)
    unit = ", with the processor's matrix unit" if found.tiles else ""
    said = {"ready": f"ready{unit}, {found.library}", "building": "building"}
    return Finding(name="native", value=said.get(found.state, f"not used because {found.reason}"))


def _terminal() -> Iterator[Finding]:
    names = ("TERM", "COLORTERM", "TERM_PROGRAM", "NO_COLOR", "TMUX", "SSH_TTY")
    told = [f"{name}={os.environ[name]}" for name in names if name in os.environ]
    no_term = os.environ.get("TERM", "") in ("", "dumb", "unknown")
    yield Finding(
        name="terminal",
        value=" ".join(told) or "nothing is known",
        remedy="the screen cannot be drawn so: set TERM, as in TERM=xterm-256color" if no_term else "",
    )
    if not (sys.stdout is not None and sys.stdout.isatty()):
        yield Finding(name="size", value="standard output is no terminal")
        return
    columns, lines = os.get_terminal_size(sys.stdout.fileno())
    small = columns < SMALLEST[0] or lines < SMALLEST[1]
    remedy = f"make the window at least {SMALLEST[0]} x {SMALLEST[1]} to see everything" if small else ""
    yield Finding(name="size", value=f"{columns} x {lines}", remedy=remedy)
    yield Finding(name="colours", value=_colours())


def _colours() -> str:
    from rich.console import Console

    words = {"truecolor": "16 million", "256": "256", "standard": "16", "windows": "16"}
    return words.get(Console().color_system or "", "none")


def _locale() -> Finding:
    encoding = getattr(sys.stdout, "encoding", None) or "nothing"
    language = locale.setlocale(locale.LC_CTYPE, None)
    plain = encoding.lower().replace("-", "") != "utf8"
    remedy = "characters beyond this encoding are shown as codes: set LANG=C.UTF-8" if plain else ""
    return Finding(name="locale", value=f"{language}, output in {encoding}", remedy=remedy)


def _home(typed: str) -> Iterator[Finding]:
    try:
        home = home_directory(typed)
    except RnnlabError as error:
        yield Finding(name="home", value=typed or "none", remedy=str(error), fatal=True)
        return
    there = next(path for path in (home, *home.parents) if path.is_dir())
    usable = os.access(there, os.W_OK | os.X_OK)
    remedy = "" if usable else "it cannot be written: name another with --home or RNNLAB_HOME"
    yield Finding(
        name="home", value=f"{home}{'' if there == home else ' (not made yet)'}", remedy=remedy, fatal=not usable
    )
    free = shutil.disk_usage(there).free
    remedy = "little is free: checkpoints may not fit" if free < _LITTLE_DISK else ""
    yield Finding(name="disk", value=f"{size(free)} free", remedy=remedy)
