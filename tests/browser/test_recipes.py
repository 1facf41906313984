"""Recipes in a real browser: by keyboard alone, and in every look."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings
from playwright.sync_api import expect

from annotation.models import Feature, Firing, Recipe, User
from tests.browser import looks
from tests.browser.fixtures import Visit
from tests.exports import world as exports
from tests.recipes import world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.STORAGE_FOLDER = tmp_path


def test_a_recipe_is_written_and_run_by_keyboard_alone(feature: Feature, engineer: User, visit: Visit) -> None:
    exports.decided(feature, "accepted", "verified")
    page = visit("/datasets/recipes/", engineer)
    looks.check(page)
    page.get_by_role("link", name="Write a recipe").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save the recipe").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("This can't be saved as it is.")).to_be_visible()
    looks.check(page)
    page.get_by_label("Name").fill("nightly")
    page.get_by_label("Make it").select_option("daily")
    page.get_by_label("Tell this address").fill("https://hooks.example.com/x")
    page.get_by_role("button", name="Save the recipe").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Secret")).to_be_visible()
    expect(page.get_by_label("Secret")).to_have_value(world.secret(Recipe.objects.get()))
    looks.check(page)
    page.get_by_role("button", name="Run it now").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("sft")


def test_what_came_of_it_and_what_was_told_in_every_look(feature: Feature, engineer: User, visit: Visit) -> None:
    exports.decided(feature, "accepted", "verified")
    recipe, _ = world.told(feature)
    world.fired(recipe, Firing.Cause.TRIGGER, now=exports.LATER, rule="fifty", count=50)
    page = visit(f"/datasets/recipes/{recipe.pk}/", engineer)
    expect(page.get_by_text("nothing changed since its last export")).to_be_visible()
    expect(page.get_by_text("<script>alert(1)</script>")).to_be_visible()
    looks.check(page)
    page.get_by_role("link", name="Change it").click()
    expect(page.locator("#counted")).to_contain_text("if you ask now")
