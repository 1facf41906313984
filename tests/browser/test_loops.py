"""How the pages of versions and of detectors look, with nothing yet and with figures."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from annotation import compounding, loops
from annotation.models import Feature, User
from tests.browser import looks
from tests.browser.fixtures import Visit
from tests.cast import NOW
from tests.compounding import world

pytestmark = pytest.mark.django_db(transaction=True)


def test_both_pages_with_nothing_yet_and_with_figures(feature: Feature, engineer: User, visit: Visit) -> None:
    looks.check(visit("/insights/loops/", engineer))
    looks.check(visit("/insights/versions/", engineer))
    Feature.objects.update(audited_key="difficulty")
    feature.refresh_from_db()
    world.succession(feature, [{"easy": (60, 40), "hard": (60, 30)}, {"easy": (60, 50), "hard": (60, 45)}])
    compounding.measure(feature=feature, now=NOW)
    loops.measure(feature=feature, now=NOW)
    page = visit("/insights/versions/", engineer)
    page.get_by_text("Group by group").press("Enter")
    expect(page.get_by_role("rowheader", name="hard")).to_be_visible()
    looks.check(page)
    page = visit("/insights/loops/", engineer)
    page.get_by_text("What to send").press("Enter")
    looks.check(page)
    looks.check(visit("/insights/", engineer))
