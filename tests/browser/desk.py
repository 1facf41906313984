"""At an annotator's desk in a real browser."""

from __future__ import annotations

import time

from playwright.sync_api import Page, expect

PATIENCE = 20.0


def item_of(page: Page) -> str:
    return page.locator("#work").get_attribute("data-item") or ""


def ready(page: Page) -> None:
    """Wait until the item has been in sight for a moment: a key pressed sooner is taken for a double press."""
    expect(page.locator("#headline")).to_be_visible()
    page.wait_for_timeout(250)


def press(page: Page, key: str) -> None:
    """Press a key that answers the item, and wait for the next one."""
    before = item_of(page)
    page.keyboard.press(key)
    expect(page.locator("#work")).not_to_have_attribute("data-item", before)
    ready(page)


def write(page: Page, comment: str) -> None:
    page.keyboard.press("m")
    page.keyboard.type(comment)
    page.keyboard.press("Escape")


def ahead(page: Page) -> None:
    """Wait until the item after this one is here."""
    until(page, "flywheel.ahead.isReady()")


def alone(page: Page) -> None:
    """Wait until it is known that no item can be held ahead."""
    until(page, "flywheel.ahead.isIdle()")
    assert not page.evaluate("flywheel.ahead.isReady()")


def saved(page: Page) -> None:
    """Wait until no answer is on its way any more."""
    until(page, "flywheel.outbox.waiting().length === 0")


def until(page: Page, condition: str) -> None:
    """Playwright's own way to wait for a condition needs `eval`, which the pages' policy forbids."""
    end = time.monotonic() + PATIENCE
    while not page.evaluate(condition):
        assert time.monotonic() < end, f"it never came true: {condition}"
        page.wait_for_timeout(20)
