"""Take the README's pictures from a running demo, so that they never show what is no longer there: `make pictures`."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser import find_chromium
from tests.journeys.demo import ROOT, Demo

FOLDER = ROOT / "docs" / "pictures"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="flywheel-pictures-") as folder:
        os.chmod(folder, 0o755)
        demo = Demo(Path(folder))
        demo.start()
        try:
            _take(demo)
        finally:
            demo.interrupt()


def _take(demo: Demo) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        page = browser.new_page(base_url=demo.told["url"], viewport={"width": 1280, "height": 900})
        _sign_in(page, demo, "annotator")
        page.goto(f"/annotate/email-drafts.default/?item={_edited(demo)}")
        page.screenshot(path=FOLDER / "annotate.png")
        browser.close()


def _sign_in(page: Page, demo: Demo, name: str) -> None:
    page.goto("/")
    page.get_by_label("Email").fill(demo.user(name)["email"])
    page.get_by_label("Password").fill(demo.user(name)["password"])
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url)


def _edited(demo: Demo) -> str:
    """An open item whose answer was edited: it shows the most kinds of evidence."""
    items = demo.get("/api/v1/items?feature=email-drafts&status=open")["results"]
    return str(next(item["id"] for item in items if item["signal_kind"] == "edited"))


if __name__ == "__main__":
    main()
