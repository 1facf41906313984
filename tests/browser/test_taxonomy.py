"""The taxonomy's pages in a real browser: from the draft to the mapped label, by keyboard alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from annotation import jobs, taxonomy
from annotation.labels.remap import job
from annotation.models import Feature, Label, Remap, User
from tests import worlds
from tests.browser import looks
from tests.browser.fixtures import Visit

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_version_is_drafted_published_and_mapped_by_keyboard_alone(
    feature: Feature, admin: User, visit: Visit
) -> None:
    worlds.labeled(feature, reason="verified")
    worlds.labeled(feature, reason="scaffold")
    jobs.report_worker("worker@test", now=timezone.now() + timedelta(hours=1))
    page = visit("/manage/taxonomy/", admin)
    looks.check(page)
    _press(page, "button", "Draft from version 1")
    _rename(page)
    _refused_split_then_retired(page)
    _press(page, "link", "Compare with version 1")
    expect(page.get_by_text("no longer there")).to_be_visible()
    looks.check(page)
    page.go_back()
    _press(page, "button", "Publish version 2")
    expect(page.get_by_role("heading", name="Waiting")).to_be_visible()
    looks.check(page)
    # The page asks for news of itself, and says when it has ended.
    job.run(remap_id=Remap.objects.get().pk, by="worker@test", clock=timezone.now)
    expect(page.get_by_text("Mapping labels to version 2 is done.")).to_be_visible()
    expect(page.locator("#ended")).to_have_text("The mapping of labels is now done.")
    looks.check(page)
    assert Label.objects.get(superseded_at=None).reason.code == "checked"
    assert taxonomy.current().number == 2


def _rename(page: Page) -> None:
    page.locator("#kind-accepted > summary").focus()
    page.keyboard.press("Enter")
    _press(page, "link", "Verified")
    looks.check(page)
    page.get_by_label("Code").first.fill("checked")
    page.get_by_label("Title").first.press("Enter")  # saves, and neither merges nor splits
    expect(page.get_by_text("“Verified” is changed.")).to_be_visible()


def _refused_split_then_retired(page: Page) -> None:
    _press(page, "link", "Scaffold")
    _press(page, "button", "Split")
    expect(page.get_by_text("This field is required.").first).to_be_visible()
    looks.check(page)
    _press(page, "button", "Retire")
    expect(page.get_by_role("button", name="Bring Scaffold back")).to_be_visible()
    looks.check(page)


def _press(page: Page, role: str, name: str) -> None:
    page.get_by_role(role, name=name, exact=True).focus()  # type: ignore[arg-type]
    page.keyboard.press("Enter")
