"""Triggers in a real browser: by keyboard alone, and in every look."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from annotation.models import Feature, User
from tests.browser import looks
from tests.browser.fixtures import Visit
from tests.recipes import world as recipes
from tests.triggers import world

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_trigger_is_tried_and_kept_by_keyboard_alone(feature: Feature, engineer: User, visit: Visit) -> None:
    recipes.recipe(feature)
    world.decide(feature, 5, now=timezone.now() - 3.5 * world.DAY)
    page = visit("/datasets/triggers/", engineer)
    page.get_by_role("link", name="Make a trigger").focus()
    page.keyboard.press("Enter")
    page.get_by_label("As many new items").fill("3")
    page.get_by_role("button", name="Try it on past days").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("it would have fired once")).to_be_visible()
    looks.check(page)
    page.get_by_label("Run this recipe").select_option(index=1)
    page.get_by_label("Name").fill("three-new")
    page.get_by_role("button", name="Keep the trigger").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("three-new")
    looks.check(page)


def test_what_fired_and_the_list_in_every_look(feature: Feature, engineer: User, visit: Visit) -> None:
    trigger, _ = world.told(feature)
    page = visit(f"/datasets/triggers/{trigger.pk}/", engineer)
    expect(page.get_by_text("<script>alert(1)</script>")).to_be_visible()
    looks.check(page)
    page.goto("/datasets/triggers/")
    looks.check(page)
