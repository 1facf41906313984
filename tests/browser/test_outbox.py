"""What an annotator answers and types outlives the network, the session and the tab, and stays their own."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, Route, expect

from annotation.models import Draft, Feature, Item, Label, Lease, Session, User
from annotation.queues import lease
from tests import stock
from tests.browser.desk import PATIENCE, ahead, alone, item_of, press, ready, saved, write
from tests.browser.fixtures import Visit, sign_in
from tests.web import pages

pytestmark = pytest.mark.django_db(transaction=True)

PRESS = """async (key) => {
    const item = () => document.getElementById("work").dataset.item;
    const first = item();
    const before = performance.now();
    document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    const seen = { isNext: item() !== first, onTheirWay: flywheel.outbox.waiting().length };
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    return { ...seen, took: performance.now() - before };
}"""


@pytest.fixture
def desk(feature: Feature, annotator: User, visit: Visit) -> Page:
    """The annotator's page with the first of twelve items, and the second one ahead."""
    stock.items(feature, 12)
    return opened(visit(pages.desk(feature), annotator))


@pytest.fixture
def last(feature: Feature, annotator: User, visit: Visit) -> Page:
    """The annotator's page with two items, so that nothing can be held ahead."""
    stock.items(feature, 2)
    page = visit(pages.desk(feature), annotator)
    ready(page)
    alone(page)
    return page


def opened(page: Page) -> Page:
    ready(page)
    ahead(page)
    return page


def badge(page: Page) -> Locator:
    return page.locator("#outbox-badge .text")


def comments() -> list[str]:
    return [label.content.comment for label in Label.objects.select_related("content").order_by("pk")]


def comes(page: Page, what: Callable[[], object]) -> None:
    """Wait until this is so, while what the browser asks is heard."""
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end
        page.wait_for_timeout(20)


def slow(page: Page, milliseconds: int) -> None:
    """So long takes each way to the server and back."""
    conditions = {"offline": False, "latency": 2 * milliseconds, "downloadThroughput": -1, "uploadThroughput": -1}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", conditions)


def test_the_next_item_is_painted_before_the_server_has_answered(desk: Page) -> None:
    held: list[Route] = []
    desk.route("**/label/", lambda route: held.append(route))
    first = item_of(desk)
    desk.keyboard.press("1")
    expect(desk.locator("#work")).not_to_have_attribute("data-item", first)
    second = item_of(desk)
    assert not Label.objects.exists()
    assert Lease.objects.get(item__public_id=second).shown_at is None
    expect(desk.locator("#said")).to_have_text("The user accepted this answer")
    assert desk.evaluate("document.activeElement.id") == "headline"
    comes(desk, lambda: held)
    held.pop().continue_()
    expect(desk.locator("#said")).to_have_text("Saved: Verified.")
    # One request a cycle: the answer marks the item in sight as shown, and brings the one after it.
    ahead(desk)
    assert Lease.objects.get(item__public_id=second).shown_at is not None
    assert Lease.objects.filter(shown_at=None).count() == 1


def test_a_slow_network_is_not_felt_and_keeps_the_order(desk: Page) -> None:
    """Prints how long it takes from the key to the next item painted, without and with 150 ms each way."""
    seen = []
    for latency in (0, 150):
        slow(desk, latency)
        took = []
        for key in "1234":
            ahead(desk)
            seen.append(item_of(desk))
            desk.wait_for_timeout(210)
            pressed = desk.evaluate(PRESS, key)
            took.append(pressed.pop("took"))
            assert pressed == {"isNext": True, "onTheirWay": 1}
        print(f"{latency} ms each way: the next item is painted after {statistics.median(took):.0f} ms")
    saved(desk)
    assert list(Label.objects.order_by("pk").values_list("item__public_id", flat=True)) == seen


def test_an_answer_given_before_the_one_before_has_arrived_follows_it(desk: Page) -> None:
    slow(desk, 300)
    seen = []
    for key in "123":
        seen.append(item_of(desk))
        press(desk, key)
    saved(desk)
    assert list(Label.objects.order_by("pk").values_list("item__public_id", flat=True)) == seen


def test_undo_waits_for_what_is_on_its_way_and_leads_back(desk: Page) -> None:
    slow(desk, 200)
    first = item_of(desk)
    write(desk, "first thought")
    press(desk, "1")
    second = item_of(desk)
    write(desk, "of the second")
    desk.keyboard.press("u")
    expect(desk.locator("#work")).to_have_attribute("data-item", first)
    assert desk.input_value("#label [name=comment]") == "first thought"
    ready(desk)
    press(desk, "2")
    assert item_of(desk) == second
    assert desk.input_value("#label [name=comment]") == "of the second"
    saved(desk)
    assert Label.objects.get(superseded_at=None).item.public_id == first


def test_without_a_network_one_goes_on_with_what_is_here_and_all_is_sent_once_in_order(desk: Page) -> None:
    desk.context.set_offline(True)
    first = item_of(desk)
    write(desk, "in a tunnel")
    desk.keyboard.press("1")
    expect(desk.locator("#work")).not_to_have_attribute("data-item", first)
    expect(badge(desk)).to_have_text("Waiting for the network: 1")
    ready(desk)
    write(desk, "still in it")
    second = item_of(desk)
    desk.keyboard.press("2")
    expect(desk.locator("#trouble")).to_contain_text("kept in this browser")
    expect(badge(desk)).to_have_text("Waiting for the network: 2")
    desk.keyboard.press("p")
    expect(desk.locator("#outbox li .typed")).to_have_text(["in a tunnel", "still in it"])
    desk.keyboard.press("Escape")
    desk.context.set_offline(False)
    expect(desk.locator("#work")).not_to_have_attribute("data-item", second)
    expect(desk.locator("#outbox-badge")).to_be_disabled()
    assert comments() == ["in a tunnel", "still in it"]
    ready(desk)
    press(desk, "1")


def test_where_nothing_is_ahead_the_answer_brings_the_next_item(last: Page) -> None:
    press(last, "1")
    expect(last.locator("#said")).to_have_text("Saved: Verified.")
    last.context.set_offline(True)
    write(last, "typed in a tunnel")
    last.keyboard.press("1")
    expect(last.locator("#trouble")).to_contain_text("can't be reached")
    last.keyboard.press("2")
    last.context.set_offline(False)
    expect(last.locator("#headline")).to_have_text("Nothing to label")
    assert Label.objects.latest("pk").content.comment == "typed in a tunnel"
    assert Label.objects.count() == 2


def test_two_tabs_send_each_answer_once(desk: Page, feature: Feature) -> None:
    other = desk.context.new_page()
    other.goto(pages.desk(feature))
    ready(other)
    desk.context.set_offline(True)
    seen = [item_of(desk)]
    press(desk, "1")
    seen.append(item_of(desk))
    desk.keyboard.press("1")
    expect(badge(other)).to_have_text("Waiting for the network: 2")
    desk.context.set_offline(False)
    for page in (desk, other):
        saved(page)
    expect(desk.locator("#work")).not_to_have_attribute("data-item", seen[1])
    assert sorted(Label.objects.values_list("item__public_id", flat=True)) == sorted(seen)


def test_who_is_signed_out_loses_nothing_and_nobody_else_sees_or_sends_it(
    desk: Page, feature: Feature, annotator: User, annotator2: User
) -> None:
    Session.objects.all().delete()
    write(desk, "half a thought")
    press(desk, "1")
    expect(badge(desk)).to_have_text("Sign in to save: 1")
    assert not Label.objects.exists()
    desk.context.clear_cookies()
    sign_in(desk.context, annotator2)
    other = desk.context.new_page()
    other.goto(pages.desk(feature))
    opened(other)
    expect(other.locator("#outbox-badge")).to_be_disabled()
    assert other.input_value("#label [name=comment]") == ""
    assert "half a thought" not in other.content()
    # The first one's tab is still open, and its browser is signed in as somebody else.
    desk.evaluate("flywheel.outbox.send()")
    expect(badge(desk)).to_have_text("Sign in to save: 1")
    assert not Label.objects.exists()
    desk.context.clear_cookies()
    sign_in(desk.context, annotator)
    other.goto("/annotate/")
    saved(other)
    label = Label.objects.select_related("content", "rater__user").get()
    assert (label.content.comment, label.rater.user) == ("half a thought", annotator)


def test_a_form_that_went_stale_is_sent_with_a_new_token(desk: Page) -> None:
    desk.context.add_cookies([{"name": "csrftoken", "value": "b" * 31, "domain": "localhost", "path": "/"}])
    press(desk, "1")
    saved(desk)
    assert Label.objects.count() == 1


def test_a_refused_answer_stays_with_its_text_until_its_person_has_done_with_it(
    desk: Page, feature: Feature, annotator2: User
) -> None:
    item = Item.objects.get(public_id=item_of(desk))
    write(desk, "an hour of thought")
    lease.expire(now=timezone.now() + timedelta(hours=1))
    assert pages.label(pages.sign_in(annotator2), feature).status_code == 200
    item.refresh_from_db()
    assert item.status == "resolved"
    press(desk, "1")
    expect(badge(desk)).to_have_text("Not saved: 1")
    desk.reload()
    ready(desk)
    desk.keyboard.press("p")
    expect(desk.locator("#outbox .said")).to_contain_text("Your label was not saved")
    expect(desk.locator("#outbox .typed")).to_have_text("an hour of thought")
    desk.context.grant_permissions(["clipboard-read", "clipboard-write"])
    desk.get_by_role("button", name="Copy the text").click()
    expect(desk.locator("#outbox .copy .state")).to_have_text("Copied")
    assert desk.evaluate("navigator.clipboard.readText()") == "an hour of thought"
    desk.get_by_role("button", name="Throw away").click()
    expect(desk.locator("#outbox .none")).to_be_visible()
    expect(desk.locator("#outbox-badge")).to_be_disabled()


def test_where_nothing_is_ahead_a_refusal_stands_beside_what_was_typed(
    last: Page, feature: Feature, annotator2: User
) -> None:
    write(last, "an hour of thought")
    lease.expire(now=timezone.now() + timedelta(hours=1))
    assert pages.label(pages.sign_in(annotator2), feature).status_code == 200
    first = item_of(last)
    last.keyboard.press("1")
    expect(last.locator("#trouble [role=alert]")).to_be_visible()
    assert last.input_value("#label [name=comment]") == "an hour of thought"
    last.get_by_role("link", name="Take the next item").click()
    expect(last.locator("#work")).not_to_have_attribute("data-item", first)


def test_a_server_that_asks_for_patience_gets_it_and_a_broken_one_is_asked_again(desk: Page) -> None:
    asked: list[int] = []
    answers = [(503, {"Retry-After": "400"}), (500, {})]

    def answer(route: Route) -> None:
        asked.append(len(asked))
        if not answers:
            return route.continue_()
        status, headers = answers.pop(0)
        return route.fulfill(status=status, headers=headers, body="<h1>No</h1>")

    desk.clock.install()
    desk.reload()
    opened(desk)
    desk.route("**/label/", answer)
    press(desk, "1")
    expect(badge(desk)).to_have_text("Waiting for Flywheel: 1")
    # The page's clock goes on by itself, too; a minute is left to a busy machine.
    desk.clock.fast_forward("05:40")
    desk.wait_for_timeout(200)
    assert len(asked) == 1
    desk.clock.fast_forward("01:00")
    saved(desk)
    assert len(asked) == 3
    assert Label.objects.count() == 1


def test_what_is_typed_is_on_the_server_a_moment_later_and_stands_in_every_browser(
    desk: Page, feature: Feature, annotator: User, visit: Visit
) -> None:
    write(desk, "not finished")
    expect(desk.locator(".draft-state")).to_have_text("Draft saved")
    other = visit(pages.desk(feature), annotator)
    ready(other)
    assert item_of(other) == item_of(desk)
    assert other.input_value("#label [name=comment]") == "not finished"
    # What is typed without a network is newer than what the server has; it stands in the form, and is sent.
    desk.context.set_offline(True)
    write(desk, ", nor sent")
    expect(desk.locator(".draft-state")).to_have_text("Draft kept in this browser")
    desk.close()
    other.context.set_offline(False)
    again = other
    assert Draft.objects.get().comment == "not finished"
    again.keyboard.press("d")
    again.keyboard.type("A better one.")
    again.keyboard.press("Escape")
    again.keyboard.press("k")
    expect(again.locator(".draft-state")).to_have_text("Draft saved")
    draft = Draft.objects.get()
    assert (draft.comment, draft.correction, draft.certainty) == ("not finished", "A better one.", 2)
    press(again, "1")
    saved(again)
    assert not Draft.objects.exists()
    assert comments() == ["not finished"]
