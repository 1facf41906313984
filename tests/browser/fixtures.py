"""A real browser at a real server: `visit` opens pages as a person, and fails the test on any error in the page."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from annotation.models import User
from tests.browser import find_chromium

Visit = Callable[..., Page]

# What happens is seen at once; only what does not happen is waited for so long. The usual 5 seconds are too few on a
# machine that runs other tests too.
expect.set_options(timeout=20_000)

# What the browser and htmx say of answers that a test provokes; everything else on the console is a defect.
ANSWERS = ("Failed to load resource", "Response Status Error Code", "htmx:afterRequest", "htmx:sendError")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = find_chromium()
    # Playwright's loop runs in this thread, and Django would take the tests' own queries for async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    # With that loop Django opens connections anew, and again without it: none may stay behind.
    connections.close_all()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
        connections.close_all()
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
    _wait_for_server()
    assert [defect for defect in defects if not defect.startswith(ANSWERS)] == []


def _wait_for_server() -> None:
    """Wait for requests that the browser has given up: they must not meet the emptying of the tables."""
    others = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    end = time.monotonic() + 20
    # One that has only just arrived holds no connection of the database yet, but has its thread.
    while time.monotonic() < end and any("process_request_thread" in one.name for one in threading.enumerate()):
        time.sleep(0.02)
    with connection.cursor() as cursor:
        # A request has a connection of its own for as long as it lasts.
        while time.monotonic() < end:
            cursor.execute(f"SELECT EXISTS ({others} AND backend_type = 'client backend')")
            if cursor.fetchone() == (False,):
                return
            time.sleep(0.02)


def sign_in(context: BrowserContext, user: User, *, host: str = "localhost") -> None:
    """Give a context the session of somebody who has just signed in."""
    client = Client()
    client.force_login(user)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "domain": host, "path": "/"}])
