"""Rules, known answers and suggestions in a real browser: by keyboard alone, and in every look."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from annotation import jobs
from annotation.labels import gold
from annotation.labels.rules import accuracy, backfill, labeling
from annotation.models import Feature, Label, RuleRun, User
from tests import stock
from tests.browser import looks
from tests.browser.desk import press, ready, saved
from tests.browser.fixtures import Visit
from tests.labels import world as people
from tests.labels.rules import world
from tests.labels.rules.world import BY
from tests.web import pages

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_rule_is_written_tried_switched_on_and_run_by_keyboard_alone(
    feature: Feature, admin: User, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accuracy, "MIN_JUDGED", 2)
    monkeypatch.setattr("annotation.web.rules.loading.MIN_JUDGED", 2)
    for item, said in zip(
        world.items(feature, 100, 200, 300, 9000), ("unread", "unread", "verified", "unread"), strict=True
    ):
        people.label(item, said, by=1)
    jobs.report_worker("worker@test", now=timezone.now() + timedelta(hours=1))
    page = visit("/manage/rules/", admin)
    _press(page, "link", "Write a rule")
    page.get_by_label("Name").fill("too-fast")
    page.get_by_label("What the signal means then").select_option(label="Unread")
    _line(page, 0, "nobody.knows", "at_most", "2000")
    _press(page, "button", "Keep the rule")
    expect(page.get_by_text("There is no field “nobody.knows”: choose one of the list.")).to_be_visible()
    looks.check(page)
    _line(page, 0, "details.dwell_ms", "at_most", "2000")
    page.locator("#more").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[name=every-field]")).to_have_count(5)
    _press(page, "button", "Keep the rule")
    expect(page.get_by_text("The rule is kept, and switched off.")).to_be_visible()
    _press(page, "button", "Try it on past items")
    expect(page.get_by_text("2 of 3: 67 %").first).to_be_visible()
    _press(page, "button", "Switch version 1 on")
    expect(page.get_by_text("on: version 1")).to_be_visible()
    _press(page, "button", "Label the items that are there")
    expect(page.get_by_role("heading", name="Waiting")).to_be_visible()
    # The page asks for news of itself, and says when it has ended.
    backfill.run(run_id=RuleRun.objects.get().pk, by="worker@test", clock=timezone.now)
    expect(page.get_by_text("The last run is done: version 1 looked at 4 items and labeled 3.")).to_be_visible()
    looks.check(page)


def test_suggestions_are_seen_beside_the_reasons_and_the_label_says_so(
    feature: Feature, annotator: User, visit: Visit
) -> None:
    stock.queue(feature, show_suggestions=True)
    first, second = world.items(feature, 100, 100)
    version = world.written(feature, confidence=0.8)
    world.on(version)
    labeling.label(version=version, item_ids=[first.pk, second.pk], now=timezone.now())
    page = visit(pages.desk(feature), annotator)
    ready(page)
    unread = page.get_by_role("button", name="Unread")
    expect(unread).to_contain_text("suggested by email-drafts/too-fast v1, 80 % sure")
    expect(page.get_by_text("look at the evidence first")).to_be_visible()
    looks.check(page)
    ready(page)
    press(page, "1")
    expect(page.get_by_role("button", name="Unread")).to_contain_text("suggested by")
    saved(page)
    label = Label.objects.get(rater__user=annotator)
    assert (label.reason.code, label.suggestion_seen) == ("verified", True)


def test_known_answers_are_marked_and_retired_by_keyboard_alone(feature: Feature, admin: User, visit: Visit) -> None:
    first, second = stock.items(feature, 2)
    for item in (first, second):
        people.label(item, "unread", by=1, now=timezone.now() - timedelta(hours=1))
        item.refresh_from_db()
    gold.mark(items=[first], **BY)
    page = visit("/manage/gold/", admin)
    page.get_by_role("checkbox").focus()
    page.keyboard.press("Space")
    _press(page, "button", "Their answers are known")
    expect(page.get_by_role("heading", name="2 answers are known")).to_be_visible()
    page.get_by_role("button", name="Retire").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="1 answer is known")).to_be_visible()
    looks.check(page)


def _line(page: Page, place: int, field: str, comparison: str, value: str) -> None:
    page.locator("[name=every-field]").nth(place).fill(field)
    page.locator("[name=every-comparison]").nth(place).select_option(comparison)
    page.locator("[name=every-value]").nth(place).fill(value)


def _press(page: Page, role: str, name: str) -> None:
    page.get_by_role(role, name=name, exact=True).focus()  # type: ignore[arg-type]
    page.keyboard.press("Enter")
