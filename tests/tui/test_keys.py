"""The table of keys."""

from __future__ import annotations

import pytest

from rnnlab.tui import keys
from rnnlab.tui.app import RnnlabApp
from rnnlab.tui.bench import BenchScreen
from rnnlab.tui.branches import BranchesScreen
from rnnlab.tui.corpus_pane import CorpusPane
from rnnlab.tui.generate_pane import GeneratePane
from rnnlab.tui.help import help_lines
from rnnlab.tui.microscope.choosing import AgainstScreen
from rnnlab.tui.microscope.parts import BY_NAME
from rnnlab.tui.microscope.screen import MicroscopeScreen
from rnnlab.tui.microscope.writing import WritingScreen
from rnnlab.tui.model_pane import ModelPane
from rnnlab.tui.runs_screen import RunsScreen
from rnnlab.tui.training_pane import TrainingPane
from rnnlab.tui.vocabulary import VocabularyView

HOLDERS = {
    "anywhere": RnnlabApp,
    "bench": BenchScreen,
    "corpus": CorpusPane,
    "vocabulary": VocabularyView,
    "model": ModelPane,
    "training": TrainingPane,
    "generate": GeneratePane,
    "branches": BranchesScreen,
    "runs": RunsScreen,
    "microscope": MicroscopeScreen,
    "against": AgainstScreen,
    "own-text": WritingScreen,
    **BY_NAME,
}


def test_every_id_is_given_once():
    ids = [key.id for key in keys.TABLE]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("key", keys.TABLE, ids=lambda key: key.id)
def test_the_place_of_a_key_has_its_action(key):
    action = key.action.partition("(")[0]
    assert callable(getattr(HOLDERS[key.where], f"action_{action}"))


@pytest.mark.parametrize("where", keys.PLACES)
def test_no_key_means_two_things_in_one_place(where):
    pressed = [name for key in keys.TABLE if key.where == where for name in key.keys.split(",")]
    assert len(pressed) == len(set(pressed))


def help_texts(keymap, width):
    """The lines of the help."""
    lines = [line for place in keys.PLACES for line in help_lines(place, keymap, width)]
    return ["".join(text for text, _ in line) for line in lines]


def test_the_help_says_every_key_with_the_users_own_names():
    text = "\n".join(help_texts({"zoom": "f8"}, 120))
    for key in keys.TABLE:
        assert key.tooltip in text
        assert f"[{key.id}]" in text
    assert "F8" in text


def test_the_help_wraps_what_a_key_does_beside_its_name_and_within_its_box():
    lines = help_texts({}, 60)
    assert max(map(len, lines)) <= 60
    assert all(line.startswith("  ") for line in lines if line not in keys.PLACES.values())
    assert not any(line.startswith("[") for line in lines)
    assert any(line.strip() == "[step-back]" or line.endswith(" [step-back]") for line in lines)


@pytest.mark.parametrize(("name", "said"), [("ctrl+p", "^p"), ("f2", "F2"), ("question_mark", "?"), ("z", "z")])
def test_keys_are_named_as_one_would_say_them(name, said):
    assert keys.readable(name) == said
