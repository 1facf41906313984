"""The browser of the browser tests."""

from __future__ import annotations

import os
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str:
    """The path of a Chromium; without one the test is skipped and says so, and with CI=true it fails."""
    found = next((path for name in NAMES if (path := shutil.which(os.environ.get("CHROMIUM") or name))), None)
    if found:
        return found
    said = "No Chromium was found. Install it (Debian: apt install chromium) or set CHROMIUM to its path."
    if os.environ.get("CI") == "true":
        pytest.fail(said)
    pytest.skip(said)
