"""Two answers beside each other in a real browser: by keys alone, and how it looks in every state."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from annotation.mending import rates
from annotation.models import Feature, InteractionContent, MendedJudgement, MendedPair, User
from tests.browser import looks
from tests.browser.desk import ready
from tests.browser.fixtures import Visit
from tests.browser.test_looks import ANSWER, INPUT, LONG
from tests.mending import world

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/annotate/mended/"


def press(page: Page, key: str) -> None:
    before = page.locator("#work").get_attribute("data-item") or ""
    page.keyboard.press(key)
    expect(page.locator("#work")).not_to_have_attribute("data-item", before)
    ready(page)


def test_pairs_are_judged_by_keys_alone_and_looked_at_in_every_state(
    feature: Feature, annotator: User, visit: Visit
) -> None:
    world.paired(feature, 3, needed=1)
    InteractionContent.objects.filter(interaction__model_version="drafts-2").update(input=INPUT, output=ANSWER)
    page = visit(PAGE, annotator)
    ready(page)
    looks.check(page)
    page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
    looks.check(page)
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    first = page.locator("#work").get_attribute("data-item") or ""
    press(page, "1")
    expect(page.locator("#said")).to_have_text("Saved: First is better.")
    press(page, "u")
    expect(page.locator("#work")).to_have_attribute("data-item", first)
    press(page, "3")
    press(page, "2")
    page.keyboard.press("4")
    expect(page.get_by_role("heading", name="Nothing to compare")).to_be_visible()
    looks.check(page)
    standing = MendedJudgement.objects.filter(undone_at=None).order_by("pk").values_list("verdict", flat=True)
    order = MendedPair.objects.get(public_id=first).later_first
    assert list(standing) == ["worse" if order else "mended", "same", "apart"]


def test_what_came_of_it(feature: Feature, engineer: User, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    page = visit("/insights/mended/", engineer)
    looks.check(page)
    monkeypatch.setattr(rates, "ENOUGH", 3)
    for pair, verdict in zip(world.paired(feature, 5), ("mended", "mended", "same", "worse"), strict=False):
        world.judged(pair, verdict)
    InteractionContent.objects.filter(interaction__model_version="drafts-2").update(input=INPUT, output=ANSWER)
    InteractionContent.objects.filter(interaction__model_version="drafts-1").update(output=LONG)
    page.reload()
    looks.check(page)
    page.get_by_role("link", name="50 in 100").first.press("Enter")
    expect(page.get_by_role("heading", name="Judged pairs of drafts-2")).to_be_visible()
    looks.check(page)
    page.get_by_role("link", name="Side by side").first.press("Enter")
    expect(page.get_by_role("heading", name="A bad answer and a later one")).to_be_visible()
    looks.check(page)
