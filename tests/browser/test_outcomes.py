"""How the page of delayed outcomes looks, with its form refused and with figures, and that keys alone do it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from annotation import rewards
from annotation.models import Feature, User
from tests.browser import looks
from tests.browser.fixtures import Visit
from tests.cast import NOW
from tests.rewards.world import RESOLVED, conversations

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_page_with_a_refusal_and_with_figures(feature: Feature, admin: User, visit: Visit) -> None:
    conversations(feature, 400, good=360, silent=20, kinds=["accepted"])
    conversations(feature, 400, good=200, kinds=["thumbs_up", "regenerated"])
    conversations(feature, 50, good=30, kinds=["copied"])
    page = visit(f"/insights/outcomes/?name={RESOLVED}", admin)
    page.get_by_label("Known after, in days").fill("0")
    page.get_by_role("button", name="Name it").press("Enter")
    expect(page.get_by_role("alert").first).to_be_visible()
    looks.check(page)
    page.get_by_label("Known after, in days").fill("7")
    page.get_by_role("button", name="Name it").press("Enter")
    expect(page.get_by_text("Not audited yet")).to_be_visible()
    rewards.refresh(now=NOW)
    page.reload()
    expect(page.get_by_text("Accepted and regenerated predict it.")).to_be_visible()
    looks.check(page)
