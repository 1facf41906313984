"""A conversation's signals, the last ten answers, the list of items and one's own labels, by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Feature, Label, User
from tests import stock
from tests.browser import looks
from tests.browser.desk import saved
from tests.browser.fixtures import Visit
from tests.web import pages

pytestmark = pytest.mark.django_db(transaction=True)

GUARD_MS = 250


def _see(page: Page, item: str) -> None:
    """Wait until this item has been in sight for a moment: a key pressed sooner is taken for a double press."""
    expect(page.locator("#work")).to_have_attribute("data-item", item)
    page.wait_for_timeout(GUARD_MS)


def _labeled() -> dict[str, str]:
    current = Label.objects.filter(superseded_at=None).select_related("item", "reason")
    return {label.item.public_id: label.reason.code for label in current}


def test_a_conversation_is_labeled_gone_through_taken_back_and_changed_by_key(
    feature: Feature, annotator: User, visit: Visit
) -> None:
    turns = [item.public_id for item in stock.conversation(feature, "accepted", "edited", "copied")]
    stock.items(feature, 3)
    page = visit(f"{pages.desk(feature)}?item={turns[0]}", annotator)
    _see(page, turns[0])
    expect(page.locator(".together > ol > li")).to_have_count(3)
    expect(page.locator(".together [aria-current=step]")).to_contain_text("Turn 1")
    looks.check(page)

    page.keyboard.press("i")
    expect(page.locator("#together")).to_be_visible()
    looks.check(page)
    page.keyboard.press("3")
    _see(page, turns[2])
    # What was passed over comes before anything else.
    for before in (turns[2], *([""] * 2)):
        here = page.locator("#work").get_attribute("data-item") or ""
        assert here in turns
        assert not before or here == before
        page.keyboard.press("1")
        expect(page.locator("#work")).not_to_have_attribute("data-item", here)
        if here == turns[2]:
            # Also where the page was fetched before the answer was given.
            expect(page.locator(".together > ol > li").nth(2)).not_to_contain_text("to do")
        page.wait_for_timeout(GUARD_MS)
    saved(page)
    assert {label.item.public_id for label in Label.objects.all()} == set(turns)

    page.keyboard.press("a")
    expect(page.locator("#headline")).to_have_text("My last ten answers")
    expect(page.locator(".last-ten li")).to_have_count(3)
    looks.check(page)
    page.wait_for_timeout(GUARD_MS)
    page.keyboard.press("3")
    _see(page, turns[2])
    assert set(_labeled()) == set(turns[:2])

    page.goto(f"{pages.desk(feature, 'items')}?kind=accepted")
    looks.check(page)
    page.goto("/annotate/history/?kind=accepted&since=2020-13-01")
    looks.check(page)
    page.goto(f"/annotate/history/{turns[0]}/")
    page.keyboard.press("e")
    expect(page.locator("#mine")).to_have_text("Change my label")
    looks.check(page)
    page.keyboard.press("7")
    expect(page.locator("#mine")).to_have_text("My label")
    assert _labeled()[turns[0]] == "unread"
    looks.check(page)
