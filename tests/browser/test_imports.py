"""Imports in a real browser: from the file to the end of it, with a script and without, and how each state looks."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone
from playwright.sync_api import Page, expect

from annotation import jobs
from annotation.ingest.imports import job
from annotation.models import Feature, Import, Interaction, User
from tests.browser import looks
from tests.browser.fixtures import Visit
from tests.ingest.files.made import written
from tests.ingest.sent import interaction

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/manage/imports/"
LONG = "x" * 200


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.STORAGE_FOLDER = tmp_path / "storage"


@pytest.fixture
def traces(tmp_path: Path) -> Path:
    def trace(number: int) -> dict[str, Any]:
        at = "2026-03-02T08:00:00Z"
        call = {"id": f"g{number}", "type": "GENERATION", "startTime": at, "input": "Hi", "output": f"Ho {LONG}"}
        score = {
            "id": f"s{number}",
            "name": f"stars-{LONG[:50]}",
            "value": number,
            "dataType": "NUMERIC",
            "timestamp": at,
        }
        return {"id": f"t{number}", "observations": [call, {"type": "SPAN"}], "scores": [score]}

    return written(tmp_path / f"traces-{LONG[:100]}.json", [trace(1), {"id": LONG, "observations": []}, trace(2)])


def work() -> None:
    job.run(import_id=Import.objects.get().pk, by="test", clock=timezone.now)


def upload(page: Page, path: Path) -> None:
    page.get_by_label("File", exact=True).set_input_files(path)
    page.get_by_role("button", name="Upload and check").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(path.name)


def test_each_state_looks_as_it_should_and_the_page_follows_by_itself(
    feature: Feature, engineer: User, visit: Visit, traces: Path
) -> None:
    # Alive for as long as the test may take.
    jobs.report_worker("celery@here", now=timezone.now() + timedelta(hours=1))
    page = visit(LIST, engineer)
    looks.check(page)
    page.get_by_role("button", name="Upload and check").click()
    expect(page.get_by_text("Choose a file.")).to_be_visible()
    page.get_by_text("Scores, fields and times of other tools").click()
    looks.check(page)

    upload(page, traces)
    looks.check(page)
    work()
    expect(page.get_by_role("heading", name="What will become of it")).to_be_visible()
    expect(page.get_by_text("entry 2")).to_be_visible()
    looks.check(page)

    page.get_by_role("button", name="Start the import").click()
    expect(page.get_by_role("heading", name="Waiting")).to_be_visible()
    work()
    expect(page.get_by_text("This import is done.")).to_be_visible()
    looks.check(page)
    page.goto(LIST)
    looks.check(page)
    assert Interaction.objects.count() == 2


def test_without_a_script_the_same_comes_about(feature: Feature, engineer: User, visit: Visit, tmp_path: Path) -> None:
    page = visit(LIST, engineer, java_script_enabled=False)
    upload(page, written(tmp_path / "a.csv", [interaction("a")]))
    work()
    page.get_by_role("link", name="Refresh").click()
    page.get_by_role("button", name="Start the import").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("This import was cancelled.")).to_be_visible()
    assert not Interaction.objects.exists()
