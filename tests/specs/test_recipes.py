"""Recipes: pinned specs that hold, and a name that is misspelt."""

from __future__ import annotations

import pytest

from rnnlab.errors import NotFound
from rnnlab.specs import from_toml, to_toml
from rnnlab.specs.recipes import RECIPES, Recipe, find_recipe


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_every_recipe_is_a_spec_that_can_be_written_down(recipe: Recipe) -> None:
    assert from_toml(to_toml(recipe.spec)) == recipe.spec
    assert find_recipe(recipe.name) is recipe
    assert recipe.at_most >= 1
    # A number on held-out text needs a held-out text; one on the training text takes the whole text.
    assert (recipe.spec.data.split > 0) == (recipe.split == "validation")


def test_names_of_recipes_are_unique() -> None:
    assert len({recipe.name for recipe in RECIPES}) == len(RECIPES)


def test_a_misspelt_recipe_is_answered_with_the_nearest() -> None:
    with pytest.raises(NotFound, match=r"did you mean d2l-8\.5\?"):
        find_recipe("d2l8.5")
    with pytest.raises(NotFound, match=r"there is no recipe '\\x1b\[2J'"):
        find_recipe("\x1b[2J")
