"""Review and what annotators are asked again, in a real browser, by keyboard alone, and looked at in every state."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from annotation.models import Feature, Label, ReviewNote, User
from tests.browser import looks
from tests.browser.fixtures import Visit
from tests.labels import world

pytestmark = pytest.mark.django_db(transaction=True)


def ready(page: Page) -> None:
    """Wait until the item has been in sight for a moment: a key pressed sooner is taken for a double press."""
    expect(page.locator("#headline")).to_be_visible()
    page.wait_for_timeout(250)


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control with this name has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if name in page.evaluate("document.activeElement.innerText || ''"):
            return
    raise AssertionError(f"Tab never came to {name}")


def test_a_label_is_sent_back_answered_and_the_item_settled_by_keyboard_alone(
    feature: Feature, annotator: User, annotator2: User, adjudicator: User, visit: Visit
) -> None:
    item = world.disputed(feature, annotator, annotator2, now=timezone.now())
    cleo = visit("/review/", adjudicator)
    ready(cleo)
    cleo.keyboard.press("a")
    cleo.keyboard.type("1 second, says the clock. Did you mean that?")
    looks.check(cleo)
    cleo.reload()
    ready(cleo)
    cleo.keyboard.press("a")
    expect(cleo.locator("[name=note]")).to_have_value("1 second, says the clock. Did you mean that?")
    tab_to(cleo, "To Ben")
    cleo.keyboard.press("Enter")
    expect(cleo.locator("#said")).to_have_text("Sent back to Ben.")
    expect(cleo.locator("#headline")).to_have_text("Nothing is disputed")
    assert cleo.evaluate("document.activeElement.id") == "headline"
    note = ReviewNote.objects.get()
    assert note.rater.user == annotator2

    ben = visit("/annotate/me/", annotator2)
    looks.check(ben)
    tab_to(ben, f"{feature.name}: Unread")
    ben.keyboard.press("Enter")
    expect(ben.get_by_role("heading", name="Cleo asks you to look again")).to_be_visible()
    ready(ben)
    looks.check(ben)
    ben.keyboard.press("7")  # its own reason, without a word
    expect(ben.locator("#trouble [role=alert]")).to_contain_text("say in a few words why")
    ben.keyboard.press("a")
    ben.keyboard.type("Yes: 1 second.")
    ben.keyboard.press("Escape")
    ben.keyboard.press("7")
    expect(ben.locator("#said")).to_have_text("Answered: you keep your label.")
    assert Label.objects.count() == 2

    cleo.goto("/review/list/")
    expect(cleo.get_by_text("answered: kept")).to_be_visible()
    looks.check(cleo)
    tab_to(cleo, "Settle them one by one")
    cleo.keyboard.press("Enter")
    ready(cleo)
    expect(cleo.locator("#work")).to_have_attribute("data-item", item.public_id)
    expect(cleo.get_by_text("Yes: 1 second.")).to_be_visible()
    looks.check(cleo)
    cleo.keyboard.press("m")
    cleo.keyboard.type("One second reads nothing.")
    cleo.keyboard.press("Escape")
    cleo.keyboard.press("7")
    expect(cleo.locator("#said")).to_have_text("Settled: Unread.")

    ann = visit("/annotate/me/", annotator)
    expect(ann.get_by_text("One second reads nothing.")).to_be_visible()
    looks.check(ann)
