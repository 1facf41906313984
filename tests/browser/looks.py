"""What holds for every page in every state: no violation that axe-core finds, in light and dark; no sideways scroll."""

from __future__ import annotations

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WIDE, NARROW = 1280, 360
SCHEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
COLORS = ("color-contrast", "link-in-text-block")


def check(page: Page) -> None:
    """Look at the page as it stands now, in both color schemes and both widths.

    Once at each width by every rule. What a scheme changes are colors: the other one is held to their rules.
    """
    for width, whole in ((NARROW, "dark"), (WIDE, "light")):
        page.set_viewport_size({"width": width, "height": 800})
        for scheme in SCHEMES:
            # Without motion, or a color would be measured on its way from one scheme to the other.
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found = violations(page, None if scheme == whole else COLORS)
            assert not found, f"{page.url} at {width} px, {scheme}: {found}"
        scrolled = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert scrolled <= 0, f"{page.url} at {width} px scrolls {scrolled} px sideways"


def violations(page: Page, rules: tuple[str, ...] | None = None) -> list[str]:
    """What axe-core finds by these rules (None: all), one line each, with the first place where it found it."""
    found = Axe().run(page, options={"runOnly": list(rules)} if rules else None).response["violations"]
    return [f"{one['id']}: {one['help']} at {one['nodes'][0]['target']} {one['nodes'][0]['html']}" for one in found]
