"""The pages of features in a real browser: how they look in every state, and a door set by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from annotation.models import Feature, User
from tests.browser import looks
from tests.browser.fixtures import Visit

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_list_and_a_form_that_was_refused_look_right(feature: Feature, admin: User, visit: Visit) -> None:
    page = visit("/manage/features/", admin)
    looks.check(page)
    page.get_by_role("button", name="Make the feature").click()
    expect(page.get_by_text("Give it a slug")).to_be_visible()
    looks.check(page)


def test_a_door_is_tried_reviewed_and_set_by_keyboard_alone(feature: Feature, admin: User, visit: Visit) -> None:
    page = visit(f"/manage/features/{feature.slug}/", admin, width=360)
    page.get_by_label("email addresses").focus()
    page.keyboard.press("Space")
    page.get_by_label("Try it on a text").focus()
    page.keyboard.type("Ann <ann@example.com>")
    page.get_by_role("button", name="Try it").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#tried pre")).to_contain_text("Ann <[email-")
    looks.check(page)
    page.get_by_label("Delete what is older than these days").focus()
    page.keyboard.type("90")
    # Enter in a field reviews, and neither tries nor makes anything.
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What this changes")).to_be_visible()
    looks.check(page)
    page.get_by_role("button", name="Make these changes").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("The feature is changed.")).to_be_visible()
    looks.check(page)
    feature.refresh_from_db()
    assert (feature.redaction, feature.retention_days) == (["email"], 90)
