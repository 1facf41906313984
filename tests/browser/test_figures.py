"""The pages of figures in a real browser: how they look in every state, and one that renews itself under a reader."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from annotation import audit, closure
from annotation.labels import raters
from annotation.models import Feature, User, Worker
from annotation.queues import cohorts, lease, setup
from tests import cast, stock, worlds
from tests import turning as product
from tests.browser import looks
from tests.browser.fixtures import Visit

pytestmark = pytest.mark.django_db(transaction=True)

INSIGHTS, STAGES, BACKLOG, TOKENS = "/insights/", "/insights/closure/", "/manage/backlog/", "/manage/tokens/"


@pytest.fixture
def turning(feature: Feature) -> Feature:
    """A feature whose wheel has turned once, with items open, one way that runs backwards, and recent work."""
    worlds.turn(feature)
    backwards = worlds.labeled(feature)
    worlds.run(worlds.export([backwards], of=feature, on=2), on=1, name="too-early", makes="drafts-3")
    stock.items(feature, 5, now=timezone.now() - timedelta(days=3))
    today = (timezone.now() - worlds.day(0)) / timedelta(days=1)
    worlds.label(worlds.item(feature, on=today - 2), on=today - 1)
    closure.refresh(now=timezone.now())
    return feature


def _look(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    looks.check(page)


def test_the_pages_of_an_engineer_with_nothing_yet(feature: Feature, engineer: User, visit: Visit) -> None:
    _look(visit(INSIGHTS, engineer), "email-drafts: does the wheel turn?")
    _look(visit(STAGES, engineer), "email-drafts: where the wheel stands")


def test_the_verdicts_and_the_stages(turning: Feature, admin: User, visit: Visit) -> None:
    cast.feature("support-chat")
    _look(visit(f"{INSIGHTS}?feature={turning.slug}", admin), "email-drafts: does the wheel turn?")
    _look(visit(f"{STAGES}?feature={turning.slug}", admin), "email-drafts: where the wheel stands")


def test_how_fast_it_closes_is_drawn_with_its_figures(feature: Feature, engineer: User, visit: Visit) -> None:
    product.turn(feature, days=50, turns=5)
    closure.refresh(now=timezone.now())
    page = visit(STAGES, engineer)
    expect(page.get_by_role("img", name="The share that has closed")).to_be_visible()
    for summary in ("The figures of the curve", "The figures of the waits"):
        page.get_by_text(summary, exact=True).locator("visible=true").first.press("Enter")
        expect(page.get_by_role("region", name=summary)).to_be_visible()
    _look(page, "email-drafts: where the wheel stands")
    _look(visit(INSIGHTS, engineer), "email-drafts: does the wheel turn?")


@pytest.mark.parametrize("wanted", ["gen_000000", "gen_000002", "nowhere"])
def test_one_interaction_and_its_stages(turning: Feature, engineer: User, visit: Visit, wanted: str) -> None:
    page = visit(STAGES, engineer)
    page.get_by_label("Its id, as it was sent").fill(wanted)
    page.keyboard.press("Enter")
    page.wait_for_url("**id=*")
    assert page.get_by_label("Its id, as it was sent").input_value() == wanted
    looks.check(page)


def test_the_backlog_without_anything_and_with_much(feature: Feature, admin: User, visit: Visit) -> None:
    _look(visit(BACKLOG, admin), "Backlog")
    stock.items(feature, 5, now=timezone.now() - timedelta(days=9))
    Worker.objects.create(name="w", started_at=timezone.now(), seen_at=timezone.now() + timedelta(hours=1))
    cohorts.close_due(now=timezone.now())
    stock.items(feature, 4, now=timezone.now() - timedelta(days=2))
    page = visit(BACKLOG, admin)
    page.get_by_text("The figures of each day").click()
    looks.check(page)
    page.get_by_role("link", name="What was reached of each day").click()
    page.get_by_text("Day by day").click()
    _look(page, "What was reached of each day")


def test_an_admin_frees_moves_and_watches_by_keyboard_alone(
    feature: Feature, annotator: User, admin: User, visit: Visit
) -> None:
    spec = setup.QueueSpec(name="spare", rank=200)
    setup.create_queue(feature=feature, spec=spec, actor=audit.FLYWHEEL, now=timezone.now())
    stock.items(feature, 5, now=timezone.now() - timedelta(days=9))
    lease.take(rater=raters.for_user(annotator), queue=stock.queue(feature), now=timezone.now())
    page = visit(BACKLOG, admin)
    page.locator("#people a").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Hand them over")).to_be_visible()
    looks.check(page)
    _press(page, "Free 1 item")
    expect(page.get_by_text("1 item is free again.")).to_be_visible()
    page.goto(page.url.replace(page.url.split("/manage/")[1], "backlog/queues/email-drafts.default/"))
    _press(page, "Pause it")
    expect(page.get_by_text("nothing new is given out").first).to_be_visible()
    _press(page, "See how many would go")
    expect(page.get_by_text("5 items would go to spare.")).to_be_visible()
    looks.check(page)
    _press(page, "Move them")
    expect(page.get_by_text("They are being moved to spare.")).to_be_visible()
    looks.check(page)
    page.goto(page.url.split("queues/")[0] + "alarms/")
    _press(page, "Watch it")
    expect(page.get_by_text("This can't be kept as it is.")).to_be_visible()
    looks.check(page)


def _press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).focus()
    page.keyboard.press("Enter")


def test_a_backlog_that_renews_itself_takes_nothing_from_its_reader(
    turning: Feature, admin: User, visit: Visit
) -> None:
    page = visit(BACKLOG, admin, width=360)
    page.get_by_text("The figures of each day").click()
    page.locator("#kinds").evaluate("frame => frame.scrollLeft = 50")
    page.locator("#days").focus()
    before = _open(page)
    stock.items(turning, 3, now=timezone.now())
    expect(page.locator("#live .lead")).to_contain_text(f"{before + 3} items are open.", timeout=40_000)
    expect(page.locator("#days")).to_be_focused()
    expect(page.locator("#day-figures")).to_have_attribute("open", "")
    assert page.locator("#kinds").evaluate("frame => frame.scrollLeft") == 50


def test_a_token_is_made_and_revoked_by_keyboard_alone(feature: Feature, admin: User, visit: Visit) -> None:
    page = visit(TOKENS, admin)
    page.get_by_label("Name").focus()
    page.keyboard.type("mailer")
    page.get_by_label("ingest").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The token “mailer” is made.")).to_be_visible()
    looks.check(page)
    for summary in ("New secret", "Revoke"):
        page.locator("#tokens summary", has_text=summary).focus()
        page.keyboard.press("Enter")
        looks.check(page)
    page.get_by_role("button", name="Revoke “mailer”").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("The token “mailer” is revoked.")).to_be_visible()
    looks.check(page)


def test_a_form_that_was_refused_looks_right(feature: Feature, admin: User, visit: Visit) -> None:
    page = visit(TOKENS, admin)
    page.get_by_label("Name").fill("mailer")
    page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_text("Choose at least one thing that it may do.")).to_be_visible()
    looks.check(page)


def _open(page: Page) -> int:
    return int(page.locator("#live .lead strong").first.inner_text())
