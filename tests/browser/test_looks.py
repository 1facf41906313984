"""Every page of annotators and adjudicators in every state, looked at by axe-core, wide and narrow, light and dark."""

from __future__ import annotations

import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from annotation import access
from annotation.models import Feature, Item, User
from annotation.queues import lease
from annotation.web import navigation
from tests import stock
from tests.browser import looks
from tests.browser.desk import ahead, alone, press, until, write
from tests.browser.fixtures import Visit
from tests.serving import serving
from tests.web import pages

pytestmark = pytest.mark.django_db(transaction=True)

LONG = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenauszahlungsstelle" * 2
ANSWER = f"""# Heading

Some *text* with `code`, a [link](https://example.com/{"a" * 120}) and {LONG}.

| one | two | three | four | five | six |
| --- | --- | --- | --- | --- | --- |
| {"wide " * 9} | b | c | d | e | f |

```python
print("{"x" * 200}")
```

1. مرحبا بك في المتجر
2. second
"""
INPUT = [
    {"role": "system", "content": "Be brief."},
    *({"role": "user", "content": f"question {number}"} for number in range(4)),
    {"role": "assistant", "tool_calls": [{"function": {"name": "look_up", "arguments": '{"a": "' + LONG + '"}'}}]},
    {"role": "tool", "content": '{"found": "' + LONG + '"}'},
    {"role": "user", "content": f"and now {LONG}"},
]


WATCH = """new PerformanceObserver((list) => {
    const own = list.getEntries().filter((one) => !one.hadRecentInput);
    const said = ({ node, previousRect: a, currentRect: b }) =>
        `${(node?.outerHTML || node?.textContent || "").slice(0, 80)}: ${a.x},${a.y} to ${b.x},${b.y}`;
    window.moved = [...(window.moved || []), ...own.flatMap((one) => one.sources.map(said))];
}).observe({ type: "layout-shift", buffered: true })"""


@pytest.fixture
def rich(feature: Feature) -> Item:
    """An item with everything that evidence can hold, on a feature with sample data."""
    Feature.objects.filter(pk=feature.pk).update(is_sample=True, name=f"Email drafts {LONG[:70]}")
    final = ANSWER.replace("text", "words")
    return pages.item(feature, kind="edited", input=INPUT, output=ANSWER, final_text=final, metadata={"a": LONG})


def test_signing_in(visit: Visit, db: None) -> None:
    page = visit("/accounts/login/")
    looks.check(page)
    page.fill("[name=login]", "nobody@example.com")
    page.fill("[name=password]", "wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    looks.check(page)


@pytest.mark.parametrize(
    "address", ["/", "/nowhere/", "/review/", "/accounts/logout/", "/accounts/password/change/", "/accounts/inactive/"]
)
def test_pages_for_somebody_without_a_role(address: str, stranger: User, visit: Visit) -> None:
    looks.check(visit(address, stranger))


def test_the_list_of_queues(rich: Item, annotator: User, visit: Visit) -> None:
    looks.check(visit("/annotate/", annotator))


def test_the_menu_of_the_account(annotator: User, visit: Visit) -> None:
    page = visit("/annotate/", annotator)
    page.get_by_role("button", name="Ann", exact=True).click()
    looks.check(page)


def test_an_item_with_everything(rich: Item, feature: Feature, annotator: User, visit: Visit) -> None:
    page = visit(pages.desk(feature), annotator)
    looks.check(page)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    looks.check(page)


def test_colors_contrast_and_text_size(rich: Item, feature: Feature, annotator: User, visit: Visit) -> None:
    page = visit(pages.desk(feature), annotator)
    page.get_by_role("button", name="Colors and text size").click()
    looks.check(page)
    page.get_by_label("High", exact=True).check()
    page.get_by_label("Largest", exact=True).check()
    looks.check(page)
    page.keyboard.press("Escape")
    looks.check(page)


def test_fingers_have_room(rich: Item, feature: Feature, annotator: User, visit: Visit) -> None:
    page = visit(pages.desk(feature), annotator, width=360)
    small = page.evaluate(
        """[...document.querySelectorAll("button, .button, summary, .certainty label, .pages a")]
            .filter((one) => one.checkVisibility() && !one.matches(".visually-hidden"))
            .filter((one) => one.getBoundingClientRect().height < 44)
            .map((one) => one.outerHTML)"""
    )
    assert small == []


def test_nothing_moves_by_itself(rich: Item, feature: Feature, annotator: User, visit: Visit) -> None:
    """Neither while the page comes, nor when there is something to say about the network or a draft."""
    stock.items(feature, 4)
    page = visit(pages.desk(feature), annotator)
    page.evaluate(WATCH)
    page.wait_for_timeout(250)
    ahead(page)
    write(page, "typed")
    expect(page.locator(".draft-state")).to_have_text("Draft saved")
    page.context.set_offline(True)
    press(page, "1")
    expect(page.locator("#outbox-badge .text")).to_have_text("Waiting for the network: 1")
    assert (page.evaluate("window.moved") or []) == []


def test_nothing_is_painted_before_the_head_of_a_page_is_whole(annotator: User, live_server: Any, visit: Visit) -> None:
    """However slowly it comes: this one stops in the midst of its head."""
    whole = (
        pages.sign_in(annotator).get("/account/").content.replace(b'"/static/', f'"{live_server.url}/static/'.encode())
    )
    cut = whole.index(b'<button type="button" class="quiet who"')

    class Slow(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(whole[:cut])
            time.sleep(2)
            self.wfile.write(whole[cut:])

    with serving(Slow) as port:
        page = visit(f"http://127.0.0.1:{port}/")
        page.evaluate(WATCH)
        until(page, "performance.getEntriesByType('paint').length > 0")
        page.wait_for_timeout(250)
        assert (page.evaluate("window.moved") or []) == []


def test_what_is_not_saved_yet(feature: Feature, annotator: User, annotator2: User, visit: Visit) -> None:
    stock.items(feature, 6)
    page = visit(pages.desk(feature), annotator)
    page.wait_for_timeout(250)
    ahead(page)
    write(page, LONG)
    lease.expire(now=timezone.now() + timedelta(hours=1))
    pages.label(pages.sign_in(annotator2), feature)
    press(page, "1")
    badge = page.locator("#outbox-badge .text")
    expect(badge).to_have_text("Not saved: 1")
    ahead(page)
    page.context.set_offline(True)
    write(page, "typed in a tunnel")
    page.keyboard.press("2")
    expect(badge).to_have_text("Waiting for the network: 1 · Not saved: 1")
    looks.check(page)
    page.keyboard.press("p")
    expect(page.locator("#outbox li")).to_have_count(2)
    looks.check(page)


@pytest.mark.parametrize("key", ["s", "f", "?"])
def test_the_windows_over_an_item(key: str, rich: Item, feature: Feature, annotator: User, visit: Visit) -> None:
    page = visit(pages.desk(feature), annotator)
    page.wait_for_timeout(250)
    page.keyboard.press(key)
    window = page.locator("[popover]:popover-open")
    expect(window).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 640})
    until(page, "innerHeight === 640")
    box = window.bounding_box()
    assert box is not None
    assert 0 <= box["y"] <= 640 - box["height"]
    looks.check(page)


def test_a_refusal_beside_the_form(feature: Feature, annotator: User, annotator2: User, visit: Visit) -> None:
    stock.items(feature, 2)
    page = visit(pages.desk(feature), annotator)
    alone(page)
    lease.expire(now=timezone.now() + timedelta(hours=1))
    pages.label(pages.sign_in(annotator2), feature)
    page.wait_for_timeout(250)
    page.keyboard.press("1")
    expect(page.locator("#trouble [role=alert]")).to_be_visible()
    looks.check(page)


def test_a_refusal_as_a_page(feature: Feature, annotator: User, visit: Visit) -> None:
    stock.items(feature, 2)
    page = visit(pages.desk(feature), annotator, java_script_enabled=False)
    page.fill("#label [name=comment]", "typed")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Verified").click()
    expect(page.get_by_role("heading", name="What you typed")).to_be_visible()
    # axe needs scripts, so the same page is shown once more in a context that has them.
    html = page.content()
    again = visit("/accounts/login/")
    again.route("**/refused/", lambda route: route.fulfill(body=html, content_type="text/html"))
    again.goto("/refused/")
    looks.check(again)


@pytest.mark.urls("tests.web.crash_urls")
@pytest.mark.parametrize("address", ["/crash/", "/nowhere/", "/annotate/a.b/label/", "/manage/accounts/"])
def test_pages_of_errors(address: str, annotator: User, visit: Visit) -> None:
    page = visit(address, annotator)
    expect(page.locator("main .lead")).to_be_visible()
    looks.check(page)


def test_nothing_to_label(feature: Feature, annotator: User, annotator2: User, visit: Visit) -> None:
    stock.items(feature, 2)
    pages.label(pages.sign_in(annotator), feature)
    pages.take(pages.sign_in(annotator2), feature)
    looks.check(visit(pages.desk(feature), annotator))


def test_my_labels(rich: Item, feature: Feature, annotator: User, visit: Visit) -> None:
    page = visit("/annotate/history/", annotator)
    looks.check(page)
    pages.label(pages.sign_in(annotator), feature, reason="taste", comment=LONG, quote=LONG, correction=LONG)
    page.reload()
    looks.check(page)
    page.get_by_role("link", name="The user edited this answer").click()
    looks.check(page)


def test_review(
    rich: Item, feature: Feature, annotator: User, annotator2: User, adjudicator: User, visit: Visit
) -> None:
    page = visit("/review/", adjudicator)
    looks.check(page)
    Item.objects.update(needed=2)
    pages.label(pages.sign_in(annotator), feature, reason="taste", comment=LONG)
    pages.label(pages.sign_in(annotator2), feature, reason="fact_fix", quote="text")
    page.reload()
    looks.check(page)


def test_every_page_that_is_offered(rich: Item, feature: Feature, admin: User, visit: Visit) -> None:
    page = visit("/", admin)
    for link in navigation.links(access.Person(admin), "/"):
        page.goto(link.url)
        looks.check(page)


def test_the_pages_of_the_api(visit: Visit, db: None) -> None:
    looks.check(visit("/api/v1/docs"))


def test_motion_is_left_out_for_who_asks_for_that(visit: Visit, db: None) -> None:
    page: Page = visit("/accounts/login/", reduced_motion="reduce")
    durations = page.evaluate("[...document.querySelectorAll('*')].map((e) => getComputedStyle(e).transitionDuration)")
    assert set(durations) == {"0s"}
