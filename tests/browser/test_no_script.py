"""Everything works without JavaScript: label, skip, flag, undo, settle, help."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Feature, Flag, Item, Label, Skip, User
from tests import stock
from tests.browser.fixtures import Visit
from tests.web import pages

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(feature: Feature, annotator: User, visit: Visit) -> Page:
    stock.items(feature, 5)
    return visit(pages.desk(feature), annotator, java_script_enabled=False)


def _item(page: Page) -> str:
    return page.locator("#work").get_attribute("data-item") or ""


def test_label_with_a_comment_then_undo(desk: Page) -> None:
    first = _item(desk)
    desk.fill("#label [name=comment]", "By mouse.")
    desk.get_by_role("button", name="Verified").click()
    expect(desk.locator(".messages")).to_contain_text("Saved: Verified.")
    assert _item(desk) != first
    desk.get_by_role("button", name="u Undo").click()
    expect(desk.locator("#work")).to_have_attribute("data-item", first)
    assert desk.input_value("#label [name=comment]") == "By mouse."
    desk.get_by_role("button", name="Unread").click()
    expect(desk.locator(".messages")).to_contain_text("Saved: Unread.")
    assert Label.objects.get(superseded_at=None).reason.code == "unread"


def test_skip_and_flag(desk: Page) -> None:
    first = _item(desk)
    desk.get_by_role("button", name="Skip").click()
    desk.get_by_role("button", name="Not my field").click()
    expect(desk.locator("#work")).not_to_have_attribute("data-item", first)
    second = _item(desk)
    desk.get_by_role("button", name="Flag").click()
    desk.fill("#flag [name=comment]", "Half of it is missing.")
    desk.get_by_role("button", name="garbled").click()
    expect(desk.locator("#work")).not_to_have_attribute("data-item", second)
    assert Skip.objects.get().item.public_id == first
    assert Flag.objects.get().item.public_id == second
    assert Flag.objects.get().content.comment == "Half of it is missing."


def test_enter_in_a_field_chooses_nothing(desk: Page) -> None:
    desk.fill("#label [name=comment]", "not yet")
    desk.locator("details.more summary").click()
    desk.locator("[name=certainty][value='1']").press("Enter")
    expect(desk.get_by_role("heading", name="What you typed")).to_be_visible()
    assert not Label.objects.exists()


def test_help_and_the_menu_of_the_account_open(desk: Page) -> None:
    desk.get_by_role("button", name="Help").click()
    expect(desk.locator("#help")).to_be_visible()
    desk.locator("#help").get_by_role("button", name="Close").click()
    desk.get_by_role("button", name="Ann", exact=True).click()
    desk.get_by_role("button", name="Sign out").click()
    expect(desk.get_by_role("heading", name="Sign in")).to_be_visible()


def test_settle(feature: Feature, annotator: User, annotator2: User, adjudicator: User, visit: Visit) -> None:
    stock.items(feature, 1)
    Item.objects.update(needed=2)
    pages.label(pages.sign_in(annotator), feature, reason="verified")
    pages.label(pages.sign_in(annotator2), feature, reason="unread")
    page = visit("/review/", adjudicator, java_script_enabled=False)
    page.get_by_role("button", name="Unread").click()
    expect(page.locator(".messages")).to_contain_text("Settled: Unread.")
