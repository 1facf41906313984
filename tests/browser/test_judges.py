"""Judges in a real browser: tried, made, run and read, with a script and without, and how each state looks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.utils import timezone
from playwright.sync_api import Page, expect

from annotation import jobs
from annotation.models import Feature, JudgeRun, User
from tests import judge_server, stock
from tests.browser import looks
from tests.browser.fixtures import Visit
from tests.judge_server import Call, JudgeServer
from tests.labels import world as people
from tests.labels.judge import world

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/manage/judges/"
LONG = "x" * 200


@pytest.fixture
def server(settings: LazySettings) -> Iterator[JudgeServer]:
    with judge_server.running() as running:
        world.asks(settings, running)
        yield running


def respond(call: Call) -> None:
    """Wrong on some, and no answer once."""
    if call.number == 3:
        call.answer(f"no JSON {LONG}")
    else:
        reason = call.codes[call.number % 4 == 0]
        call.answer({"reason": reason, "confidence": 0.8, "explanation": LONG})


def work() -> None:
    world.worked(JudgeRun.objects.latest("pk"))


def make(page: Page) -> None:
    page.get_by_label("Name").fill("Tone")
    page.get_by_label("Model", exact=True).fill("small-1")
    page.get_by_role("button", name="Make the judge").click()


def start(page: Page) -> None:
    page.get_by_label("Calls a second at most").fill("500")
    page.get_by_role("button", name="Count the items and the cost").click()
    page.get_by_role("button", name="Start the run").click()


def test_each_state_looks_as_it_should_and_the_page_follows_by_itself(
    feature: Feature, admin: User, visit: Visit, server: JudgeServer
) -> None:
    jobs.report_worker("celery@here", now=timezone.now() + timedelta(hours=1))
    for item in stock.items(feature, 32):
        people.label(item, "verified", by=1)
    server.respond = respond
    page = visit(LIST, admin)
    page.get_by_role("link", name="Make a judge").click()
    page.get_by_label("Model", exact=True).fill("small-1")
    page.get_by_label("Name").fill("Tone")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("heading", name="What came back")).to_be_visible()
    looks.check(page)
    page.get_by_role("button", name="Make the judge").click()

    page.get_by_role("link", name="Run it").click()
    page.get_by_role("button", name="Count the items and the cost").click()
    expect(page.get_by_role("heading", name="Tone v1 would be asked about 32 items")).to_be_visible()
    looks.check(page)
    page.get_by_role("button", name="Start the run").click()
    expect(page.get_by_role("heading", name="Waiting")).to_be_visible()
    work()
    expect(page.get_by_text("This run is done.")).to_be_visible()
    looks.check(page)
    page.get_by_role("link", name="Look at what came back").click()
    looks.check(page)
    page.goto(LIST)
    looks.check(page)
    page.get_by_role("link", name="Tone v1").first.click()
    expect(page.get_by_role("heading", name="What Tone v1 mixes up")).to_be_visible()
    looks.check(page)


def test_without_a_script_the_same_comes_about(
    feature: Feature, admin: User, visit: Visit, server: JudgeServer
) -> None:
    stock.items(feature, 2)
    page = visit(f"{LIST}new/", admin, java_script_enabled=False)
    make(page)
    page.get_by_role("link", name="Run it").click()
    start(page)
    expect(page.get_by_role("heading", name="Waiting")).to_be_visible()
    work()
    page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_text("This run is done.")).to_be_visible()
