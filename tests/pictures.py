"""Take the README's pictures from a running demo: `make pictures`.

Beside a picture stands what it was taken from, file by file, so that one that shows what is no longer there fails a
test.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser import find_chromium
from tests.journeys.demo import ROOT, Demo

FOLDER = ROOT / "docs" / "pictures"
PICTURE, SOURCES = FOLDER / "annotate.png", FOLDER / "annotate.sha256"

PATIENCE_SECONDS = 120

TEMPLATE = "annotate/work.html"
BESIDE = (
    "annotation/lib/sentences.py",
    "annotation/sample/email-drafts.jsonl",
    "annotation/sample/labels.jsonl",
    "annotation/taxonomy/default.py",
    "annotation/web/navigation.py",
    "annotation/web/shown.py",
)
"""What the page says that stands in no template: the item, the evidence in words, the reasons, the row of pages."""

_NAMED = re.compile(r"""{%\s*(extends|include|versioned)\s+["']([^"']+\.(?:html|css))["']""")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="flywheel-pictures-") as folder:
        os.chmod(folder, 0o755)
        demo = Demo(Path(folder))
        demo.start()
        try:
            _take(demo)
        finally:
            demo.interrupt()


def sources() -> dict[str, str]:
    """What the picture is taken from, by its path: a digest of each template, style and text that the page shows."""
    paths = [*sorted(_named(TEMPLATE, set())), *BESIDE]
    return {path: hashlib.sha256((ROOT / path).read_bytes()).hexdigest() for path in paths}


def taken_from() -> dict[str, str]:
    """What it was taken from when it was taken."""
    lines = [line.split() for line in SOURCES.read_text().splitlines()]
    return {path: digest for digest, path in lines}


def _named(template: str, known: set[str]) -> set[str]:
    """A template, and the templates and styles that it names, and those name."""
    path = f"templates/{template}"
    if path not in known:
        known.add(path)
        for tag, name in _NAMED.findall((ROOT / path).read_text()):
            if tag == "versioned":
                known.add(f"annotation/static/{name}")
            else:
                _named(name, known)
    return known


def _take(demo: Demo) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        page = browser.new_page(base_url=demo.told["url"], viewport={"width": 1280, "height": 900})
        _sign_in(page, demo, "annotator")
        page.goto(f"/annotate/email-drafts.default/?item={_edited(demo)}")
        _wait_for_changes(page)
        page.screenshot(path=PICTURE)
        browser.close()
    SOURCES.write_text("".join(f"{digest}  {path}\n" for path, digest in sources().items()))


def _sign_in(page: Page, demo: Demo, name: str) -> None:
    page.goto("/")
    page.get_by_label("Email").fill(demo.user(name)["email"])
    page.get_by_label("Password").fill(demo.user(name)["password"])
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url)


def _wait_for_changes(page: Page) -> None:
    """What the user changed is found by the worker, which a demo that has just started may still be at."""
    for _ in range(PATIENCE_SECONDS):
        if page.locator(".diff").count():
            return
        page.wait_for_timeout(1000)
        page.reload()
    raise TimeoutError(f"The worker found no changes within {PATIENCE_SECONDS} s.")


def _edited(demo: Demo) -> str:
    """An open item whose answer was edited: it shows the most kinds of evidence."""
    items = demo.get("/api/v1/items?feature=email-drafts&status=open")["results"]
    return str(next(item["id"] for item in items if item["signal_kind"] == "edited"))


if __name__ == "__main__":
    main()
