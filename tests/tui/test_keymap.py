"""A person's own keys, from a file."""

from __future__ import annotations

import os
import re

import pytest

from rnnlab.errors import BadInput
from rnnlab.tui import keys
from rnnlab.tui.help import HelpScreen
from rnnlab.tui.keymap import FILE, read_keymap
from rnnlab.tui.runs_screen import RunsScreen
from tests.tui.desks import WIDE, DeskHost, bench, bench_app, ready, until
from tests.tui.runs import screen_text


def written(tmp_path, text):
    path = tmp_path / FILE
    path.write_text(text, "utf-8")
    return path


def test_where_there_is_no_file_no_key_moves(tmp_path):
    assert read_keymap(tmp_path / FILE) == {}


def test_a_place_that_cannot_be_looked_into_has_none(tmp_path):
    assert read_keymap(tmp_path / ("a" * 300) / FILE) == {}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names")
def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / FILE)
    assert read_keymap(tmp_path / FILE) == {}


def test_a_line_moves_a_command_to_one_key_or_to_several(tmp_path):
    path = written(tmp_path, '# mine\nzoom = "f8"\nhelp = "ctrl+x, question_mark"\nfilter = "?"\n')
    assert read_keymap(path) == {"zoom": "f8", "help": "ctrl+x,question_mark", "filter": "?"}


def test_two_commands_of_a_place_may_change_their_keys(tmp_path):
    assert read_keymap(written(tmp_path, 'zoom = "o"\nruns = "z"\n')) == {"zoom": "o", "runs": "z"}


@pytest.mark.parametrize("key", keys.TABLE, ids=lambda key: key.id)
def test_every_key_of_the_table_can_be_written_down(tmp_path, key):
    assert read_keymap(written(tmp_path, f'{key.id} = "{key.keys}"')) == {key.id: key.keys}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("zoom = f8", "is no TOML"),
        ("zoom = " + "[" * 5000, "is no TOML"),
        ('zooom = "f8"', "zooom is no command: the help (F1) has their names in brackets; did you mean zoom?"),
        ('[bench]\nzoom = "f8"', "bench is no command"),
        ("zoom = 8", 'zoom must be a key or several between quotes, as in zoom = "f8,ctrl+r"'),
        ('zoom = ""', "zoom must be a key or several"),
        ('zoom = "f8,"', "zoom must be a key or several"),
        ('zoom = "f99"', "zoom: no key is called f99"),
        ('zoom = "strg+z"', "zoom: no key is called strg+z"),
        ('zoom = "ctrl+"', "zoom: no key is called ctrl+"),
        ('zoom = "\\u001b]0;x"', "no key is called"),
        ('zoom = "o"', "o would be both zoom and runs in one place: move one of them"),
        ('help = "ctrl+p"', "ctrl+p would be both help and palette in one place"),
        ('vocabulary = "/"\nfilter = "slash"\nsort = "/"', "/ would be both filter and sort in one place"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_plain_sentence(tmp_path, text, said):
    with pytest.raises(BadInput, match=re.escape(said)) as refused:
        read_keymap(written(tmp_path, text))
    assert "\n" not in str(refused.value)
    assert str(refused.value).isprintable()
    assert FILE in str(refused.value)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / FILE).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="convert it first"):
        read_keymap(tmp_path / FILE)


async def test_two_commands_that_changed_their_keys_do_each_others(tmp_path):
    own = read_keymap(written(tmp_path, 'zoom = "o"\nruns = "z"\nhelp = "f9"\n'))
    async with bench_app(DeskHost(), keymap=own).run_test(size=WIDE) as pilot:
        await ready(pilot)
        assert screen_text(pilot.app).count("F9 help") == 1
        await pilot.press("o")
        assert bench(pilot).zoomed
        await pilot.press("z")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunsScreen))
        await pilot.press("escape", "f9")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
