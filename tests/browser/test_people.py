"""Agreement and people in a real browser: both schemes, on a phone, by the keyboard alone, while a worker works."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from annotation.labels import raters
from annotation.labels.quality import job
from annotation.models import Feature, Redecision, User
from tests import crowd
from tests.browser import looks
from tests.browser.fixtures import Visit


def test_agreement_looks_right_with_figures(feature: Feature, engineer: User, visit: Visit) -> None:
    crowd.fixed(feature, 2)
    now = timezone.now()
    said = [("got_answer", "got_answer")] * 25 + [("gave_up", "got_answer"), ("gave_up", "gave_up")] * 8
    crowd.labeled(feature, said, kind="abandoned", now=now)
    crowd.labeled(feature, [("verified", "verified")] * 95 + [("verified", "unread")] * 5, now=now)
    crowd.labeled(feature, [("taste", "taste")] * 3, kind="edited", now=now)
    page = visit("/insights/agreement/", engineer)
    expect(page.locator(".heat rect.cell").first).to_be_visible()
    # A picture and the figures beside it fit a phone, with what is folded open too.
    page.evaluate("document.querySelectorAll('details.heat').forEach((one) => (one.open = true))")
    looks.check(page)


def test_a_step_is_taken_by_the_keyboard_alone_and_its_work_is_seen(
    feature: Feature, annotator: User, admin: User, visit: Visit
) -> None:
    rater = raters.for_user(annotator)
    start = timezone.now() - timedelta(days=2)
    items = crowd.labeled(
        feature, [("verified",)] * 20 + [("unread",)] * 4, by=[rater], now=start, apart=timedelta(hours=1)
    )
    crowd.gold(items, "verified")
    page = visit("/manage/people/", admin)
    looks.check(page)
    page.get_by_role("link", name="Ann", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("24 check questions right")).to_be_visible()
    looks.check(page)
    page.get_by_role("button", name="Put labels aside …").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#step")).to_contain_text("decide nothing")
    looks.check(page)
    page.locator("#step button.primary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Waiting")).to_be_visible()
    looks.check(page)
    job.run(redecision_id=Redecision.objects.get().pk, by="here", clock=timezone.now)
    expect(page.get_by_text("All touched items are decided anew.")).to_be_visible()
    page.goto("/manage/people/")
    expect(page.get_by_text("put aside")).to_be_visible()


def test_my_page_with_what_an_admin_decided(feature: Feature, annotator: User, visit: Visit) -> None:
    rater = raters.for_user(annotator)
    rater.standing, rater.standing_from = "double_labeled", timezone.now()
    rater.save()
    page = visit("/annotate/me/", annotator)
    expect(page.get_by_role("heading", name="Somebody else labels your items, too")).to_be_visible()
    looks.check(page)
