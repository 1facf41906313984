"""The page of all jobs, in each state: how it looks, that it renews itself and keeps the focus."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from annotation.models import Export, Feature, Import, User
from tests.browser import looks
from tests.browser.fixtures import Visit
from tests.exports import world as exports

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_renews_itself_and_keys_alone_end_a_job(feature: Feature, admin: User, visit: Visit) -> None:
    now = timezone.now()
    export = exports.asked(feature)
    Import.objects.create(
        public_id="imp_1", feature=feature, file_name=f"{'long-' * 30}.jsonl", bytes_total=1, created_at=now,
        status="failed", error="The uploaded file can't be read any more. " * 4, finished_at=now,
    )  # fmt: skip
    page = visit("/manage/jobs/", admin)
    looks.check(page)
    page.get_by_role("button", name="Cancel").focus()
    # At work for as long as the test may take.
    beat = timezone.now() + timedelta(hours=1)
    running = {"status": "running", "attempt": 1, "heartbeat_at": beat, "rows_total": 400, "rows_done": 100}
    Export.objects.filter(pk=export.pk).update(**running, exported_at=now, started_at=now)
    expect(page.get_by_role("paragraph").filter(has_text="100 of 400 rows.")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    looks.check(page)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Asked to end:")).to_be_visible()
    expect(page.get_by_text("stopping", exact=True)).to_be_visible()
    page.get_by_role("link", name="failed", exact=True).click()
    expect(page.get_by_text("long-long-").first).to_be_visible()
    looks.check(page)
