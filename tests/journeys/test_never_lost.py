"""An annotator's worst day: the network goes, the server is killed, the tab is closed. Every answer and every typed
character is there, once."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from annotation.models import Draft, Label, Skip, User
from tests import stock
from tests.browser.desk import ahead, item_of, press, ready, saved, until, write
from tests.browser.fixtures import sign_in
from tests.web_server import WebServer

pytestmark = pytest.mark.django_db(transaction=True)

DESK = "/annotate/email-drafts.default/"


def test_nothing_is_lost_and_nothing_doubled(tmp_path: Path, annotator: User, chromium: Browser) -> None:
    stock.items(annotator.memberships.get().feature, 30)
    with WebServer(tmp_path) as server, chromium.new_context(base_url=server.url) as browser:
        sign_in(browser, annotator, host="127.0.0.1")
        page = _open(browser)
        answered = [_label(page, "1", "with a network")]
        saved(page)
        ahead(page)

        # The network goes in the middle: what is ahead is answered, then the tab is closed over a half-written comment.
        browser.set_offline(True)
        answered += [_label(page, "2", "without one")]
        skipped = item_of(page)
        page.keyboard.press("s")
        page.keyboard.press("2")
        expect(page.locator("#trouble")).to_contain_text("kept in this browser")
        page.close()

        # The server is killed meanwhile. Back again, another page than the desk sends what waits.
        server.restart()
        browser.set_offline(False)
        page = browser.new_page()
        page.goto("/annotate/history/")
        saved(page)
        assert Skip.objects.get().item.public_id == skipped
        assert Label.objects.count() == 2

        # Killed under the annotator's hands, with one answer on its way and a comment in the form.
        page.close()
        page = _open(browser)
        server.kill()
        answered += [_label(page, "3", "to a dead server")]
        write(page, "typed while it was down")
        expect(page.locator(".draft-state")).to_have_text("Draft kept in this browser")
        in_sight = item_of(page)
        page.close()
        server.restart()
        page = _open(browser)
        saved(page)
        # The item of which it was typed comes again, here and in another browser.
        assert (item_of(page), _comment(page)) == (in_sight, "typed while it was down")
        expect(page.locator(".draft-state")).to_have_text("Draft saved")
        with chromium.new_context(base_url=server.url) as elsewhere:
            sign_in(elsewhere, annotator, host="127.0.0.1")
            assert _comment(_open(elsewhere)) == "typed while it was down"
        answered += [in_sight]
        press(page, "4")
        saved(page)

    labels = Label.objects.select_related("content").order_by("pk")
    assert list(labels.values_list("item__public_id", flat=True)) == answered
    assert [label.content.comment for label in labels] == [
        "with a network",
        "without one",
        "to a dead server",
        "typed while it was down",
    ]
    assert not Draft.objects.exists()


def _open(browser: BrowserContext) -> Page:
    page = browser.new_page()
    page.goto(DESK)
    ready(page)
    ahead(page)
    return page


def _label(page: Page, key: str, comment: str) -> str:
    """Answer the item in sight, and return it; the next one is there at once."""
    item = item_of(page)
    until(page, "flywheel.ahead.isReady()")
    write(page, comment)
    press(page, key)
    return item


def _comment(page: Page) -> str:
    return page.input_value("#label [name=comment]")
