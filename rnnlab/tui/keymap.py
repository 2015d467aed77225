"""A person's own keys, from `keys.toml` in the home directory: a line `zoom = "f8"` for each command that moves.

The names are the ones that the help screen has in brackets. What it says is proved against the table of keys before
anything is drawn. It must not know any widget.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping
from pathlib import Path

from textual.keys import KEY_NAME_REPLACEMENTS, Keys, key_to_character

from rnnlab.errors import BadInput
from rnnlab.specs.fields import closest
from rnnlab.text.small import read_small
from rnnlab.text.visible import visible
from rnnlab.tui import keys

FILE = "keys.toml"
"""What it is called in the home directory; it need not be there."""
_HELD = ("ctrl", "shift", "alt", "super", "hyper", "meta")
_LONG = {short: long for long, short in KEY_NAME_REPLACEMENTS.items()}
_NAMED = frozenset(key.value.rpartition("+")[2] for key in Keys if not key.value.startswith("<"))


def read_keymap(path: Path) -> dict[str, str]:
    """The keys that stand in the file, by the command's name; none where there is no file.

    Raises BadInput, with the line's name and what to do, where it is no TOML, names a command or a key that is
    not there, or gives one key to two commands of a place.
    """
    if not os.path.isfile(path):  # also where one may not even look
        return {}
    import tomllib  # some milliseconds of the first frame, which who has no such file does not pay

    shown = visible(str(path))
    try:
        lines = tomllib.loads(read_small(str(path)))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadInput(f'{shown} is no TOML ({error}): write lines like zoom = "f8"') from None
    own = {name: ",".join(_keys(name, value, f"{shown}: {visible(name)}")) for name, value in lines.items()}
    _prove_apart(own, shown)
    return own


def _keys(name: str, value: object, where: str) -> list[str]:
    """The keys of one line."""
    table = keys.by_id()
    if name not in table:
        raise BadInput(f"{where} is no command: the help (F1) has their names in brackets{closest(name, table)}")
    named = [key.strip() for key in value.split(",")] if isinstance(value, str) else []
    if not all(named) or not named:
        raise BadInput(f'{where} must be a key or several between quotes, as in {name} = "f8,ctrl+r"')
    for key in named:
        *held, last = key.split("+")
        if _plain(last) is None or not set(held) <= set(_HELD):
            raise BadInput(f"{where}: no key is called {visible(key)}; names are like z, Z, f8, ctrl+r, slash")
    return named


def _plain(last: str) -> str | None:
    """One name for a key that has several, as `?` and `question_mark`; None where no key is called so."""
    if len(last) == 1 or last in _NAMED:
        return last
    return key_to_character(_LONG.get(last, last))


def _prove_apart(own: Mapping[str, str], shown: str) -> None:
    """Raise BadInput where a key would mean two things in one place."""
    for _, group in itertools.groupby(keys.TABLE, key=lambda key: key.where):
        taken: dict[tuple[str | None, ...], str] = {}
        for key in group:
            for name in own.get(key.id, key.keys).split(","):
                *held, last = name.split("+")
                plain = (*sorted(held), _plain(last))
                if plain in taken:
                    raise BadInput(
                        f"{shown}: {name} would be both {taken[plain]} and {key.id} in one place: move one of them"
                    )
                taken[plain] = key.id
