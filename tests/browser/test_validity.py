"""The pages of validity in a real browser: how they look in every state, and on paper."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from annotation.models import Feature, Item, Term, TermSheet, User
from tests.browser import looks
from tests.browser.fixtures import Visit
from tests.validity import reports
from tests.web import pages

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/insights/validity/"
LONG = "gpt-enormous-2026-03-02-preview:ft-email-drafts-production-with-a-very-long-name-8f3a"


def test_signals_of_each_verdict(
    feature: Feature, engineer: User, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = list({line.verdict: line for line in reversed(reports.every())}.values())
    Feature.objects.update(audited_key="tenant")
    reports.stand_in(monkeypatch, *lines, reports.line(part=LONG), reports.refused("accepted", part="b"))
    page = visit(PAGE, engineer)
    page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
    looks.check(page)


def test_versions_beside_each_other(
    feature: Feature, engineer: User, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = reports.line(title=f"Accepted {LONG}")
    reports.stand_in(
        monkeypatch, line, replace(line, model_version=LONG), reports.refused("accepted", model_version="b")
    )
    page = visit(PAGE, engineer)
    page.get_by_label("Model version").focus()
    page.keyboard.press("End")
    page.get_by_role("button", name="Show").press("Enter")
    page.wait_for_url("**version=")
    looks.check(page)


def test_the_report_is_printed_without_what_is_for_the_screen(
    feature: Feature, engineer: User, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports.stand_in(monkeypatch, reports.line(), reports.refused(), reports.line(model_version=LONG))
    page = visit(f"{PAGE}report/", engineer)
    looks.check(page)
    page.evaluate("window.print = () => { window.printed = true; }")
    page.get_by_role("button", name="Print").press("Enter")
    assert page.evaluate("window.printed")
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(page.locator(".top")).to_be_hidden()
    ground = page.evaluate("getComputedStyle(document.querySelector('.card')).backgroundColor")
    ink = page.evaluate("getComputedStyle(document.body).color")
    assert (ground, ink) == ("rgba(0, 0, 0, 0)", "rgb(29, 28, 26)")


def test_the_items_behind_a_figure(feature: Feature, engineer: User, visit: Visit) -> None:
    _counted(feature, pages.item(feature), pages.item(feature))
    page = visit(f"{PAGE}items/?kind=accepted&version=drafts-1", engineer)
    expect(page.locator("li", has_text="counts for 4 like it")).to_have_count(2)
    looks.check(page)
    page.locator(".behind a").first.click()
    expect(page.get_by_role("heading", name="What it counts as")).to_be_visible()
    looks.check(page)


def _counted(feature: Feature, *items: Item) -> None:
    """These as terms of the sample that nobody decided."""
    now = timezone.now()
    sheet = TermSheet.objects.create(cohort_id=items[0].cohort_id or 0, feature=feature, day=now.date(), written_at=now)
    Term.objects.bulk_create(
        Term(
            item=item,
            sheet=sheet,
            cohort=item.cohort,
            feature=feature,
            interaction_id=item.interaction_id,
            signal_kind=item.signal_kind,
            model_version="drafts-1",
            is_first=True,
            kinds=[item.signal_kind],
            counts_with=True,
            counts_without=[],
            probability=0.25,
            outcome="unknowable",
            lam_good=0,
            lam_bad=0,
            written_at=now,
        )
        for item in items
    )
