"""What the overview says of the whole wheel: whether it feeds on itself, whether it got better, what to do next."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from annotation import closure, compounding, loops
from annotation.models import Feature

PAGES: Final = {"valid": "validity", "closes": "closure", "fast": "closure", "feeds": "loops", None: "versions"}
"""By the weakest question, the page that tells more."""


def context(
    *,
    feature: Feature,
    valid: tuple[str | None, str],
    closes: closure.Verdict,
    fast: closure.Verdict,
    now: datetime,
) -> dict[str, Any]:
    """For `insights/push.html` and `insights/turning.html`, beside the other three verdicts."""
    found = loops.report(feature=feature, now=now)
    push = loops.push(valid=valid, closes=closes, fast=fast, feeds=found)
    return {
        "feeds": loops.verdict(found),
        "better": compounding.report(feature=feature, now=now),
        "push": push,
        "push_page": PAGES[push.question],
    }
