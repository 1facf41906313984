"""The guide beside an item, and a queue set and decided anew by keyboard alone, in a real browser."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from annotation.consensus.runs import job
from annotation.models import ConsensusRun, Feature, Queue, User
from tests import stock
from tests.browser import looks
from tests.browser.fixtures import Visit
from tests.consensus import world as consensus
from tests.web import pages

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_guide_is_one_key_away_stays_where_it_is_pinned_and_follows_the_item(
    feature: Feature, annotator: User, visit: Visit
) -> None:
    Queue.objects.update(guideline="# Facts\n\n**before** form\n\n" + "Read it all. " * 300)
    stock.items(feature, 2)
    stock.items(feature, 2, kind="edited")
    page = visit(pages.desk(feature), annotator)
    guide, link = page.locator("#guide"), page.get_by_role("link", name="Guideline")
    expect(guide).to_be_hidden()
    page.wait_for_timeout(250)
    # Opened by key it has the focus, so that arrows scroll it and a screen reader reads on; keys still label.
    page.keyboard.press("h")
    expect(guide.get_by_text("before")).to_be_visible()
    expect(guide).to_be_focused()
    expect(link).to_have_attribute("aria-expanded", "true")
    looks.check(page)
    page.keyboard.press("Escape")
    expect(guide).to_be_hidden()
    expect(page.locator("#headline")).to_be_focused()
    # Not pinned, it goes with its item; while somebody types, the key is text.
    page.keyboard.press("h")
    page.keyboard.press("m")
    page.keyboard.type("hh")
    expect(guide).to_be_visible()
    page.keyboard.press("Escape")
    first = page.locator("#work").get_attribute("data-item")
    page.keyboard.press("1")
    expect(page.locator("#work")).not_to_have_attribute("data-item", first or "")
    expect(guide).to_be_hidden()
    # Pinned, it stays with the next items, speaks of their kinds, takes no focus, and is there when the page opens.
    page.wait_for_timeout(250)
    page.keyboard.press("h")
    page.get_by_role("button", name="Keep open").press("Enter")
    # An item of another kind has other reasons: until they are there, the old ones are dim.
    expect(page.locator("#guide-body")).not_to_have_attribute("aria-busy", "true")
    looks.check(page)
    for _ in range(2):
        now = page.locator("#work").get_attribute("data-item")
        page.wait_for_timeout(250)
        page.keyboard.press("1")
        expect(page.locator("#work")).not_to_have_attribute("data-item", now or "")
        headline = page.locator("#headline").inner_text()
        expect(guide.get_by_text(headline)).to_be_visible()
        expect(guide).not_to_be_focused()
    page.reload()
    expect(guide.get_by_text("before")).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 800})
    page.reload()
    expect(guide).to_be_hidden()


def test_without_a_script_the_guide_is_a_page(feature: Feature, annotator: User, visit: Visit) -> None:
    stock.items(feature, 1)
    page = visit(pages.desk(feature), annotator, java_script_enabled=False)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Guideline").click()
    expect(opened.value.get_by_role("heading", name="What each reason means")).to_be_visible()
    expect(page.locator("#guide")).to_be_hidden()


def test_a_queue_is_reviewed_and_changed_by_keyboard_alone(feature: Feature, admin: User, visit: Visit) -> None:
    page = visit("/manage/queues/", admin)
    page.get_by_role("link", name="default").press("Enter")
    page.get_by_label("edited").press("Space")
    page.get_by_role("textbox", name="Guideline").fill("Facts **first**.")
    page.get_by_role("button", name="Preview").press("Enter")
    expect(page.locator("#preview strong")).to_have_text("first")
    page.get_by_label("Labels an item").fill("2")
    # Enter in a field reviews, and neither previews nor makes anything.
    page.get_by_label("Labels an item").press("Enter")
    expect(page.get_by_role("heading", name="What this changes")).to_be_visible()
    looks.check(page)
    assert Queue.objects.get().overlap == 1
    page.get_by_role("button", name="Make these changes").press("Enter")
    expect(page.get_by_text("The queue is changed.")).to_be_visible()
    looks.check(page)
    queue = Queue.objects.get()
    assert (queue.overlap, queue.signal_kinds, queue.guideline) == (2, ["edited"], "Facts **first**.")


def test_how_labels_decide_is_told_and_a_run_watched_to_its_end(feature: Feature, admin: User, visit: Visit) -> None:
    queue = consensus.queue(feature)
    items = consensus.known(feature)
    consensus.labeled(feature, [["variety", "curiosity"]], kind="regenerated")
    consensus.ran(queue)
    page = visit("/manage/queues/email-drafts.default/", admin)
    expect(page.get_by_text("people are weighed", exact=True)).to_be_visible()
    expect(page.get_by_text("How reliable anybody is can't be said yet")).to_be_visible()
    looks.check(page)
    page.get_by_role("button", name="Decide all items anew now").press("Enter")
    expect(page.get_by_role("heading", name="Waiting")).to_be_visible()
    looks.check(page)
    run = ConsensusRun.objects.latest("pk")
    job.run(run_id=run.pk, by="worker@test", clock=timezone.now)
    expect(page.get_by_text(", is done.")).to_be_visible()
    looks.check(page)
    assert consensus.answers(items) == ["verified", "unread"] * 20
