"""A real browser at a real server: `visit` opens pages as a person, and fails the test on any error in the page."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from annotation.models import User
from tests.browser import find_chromium

Visit = Callable[..., Page]

# What the browser and htmx say of answers that a test provokes; everything else on the console is a defect.
ANSWERS = ("Failed to load resource", "Response Status Error Code", "htmx:afterRequest", "htmx:sendError")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = find_chromium()
    # Playwright's loop runs in this thread, and Django would take the tests' own queries for async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def visit(chromium: Browser, live_server: Any) -> Iterator[Visit]:
    """Open an address, signed in as somebody or not; more arguments are those of the browser's context."""
    contexts: list[BrowserContext] = []
    defects: list[str] = []

    def open_page(address: str, user: User | None = None, *, width: int = 1280, **more: Any) -> Page:
        context = chromium.new_context(base_url=live_server.url, viewport={"width": width, "height": 800}, **more)
        contexts.append(context)
        if user is not None:
            sign_in(context, user)
        page = context.new_page()
        page.on("pageerror", lambda error: defects.append(str(error)))
        page.on("console", lambda said: defects.append(said.text) if said.type == "error" else None)
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [defect for defect in defects if not defect.startswith(ANSWERS)] == []


def sign_in(context: BrowserContext, user: User) -> None:
    """Give a context the session of somebody who has just signed in."""
    client = Client()
    client.force_login(user)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "domain": "localhost", "path": "/"}])
