"""What the overview says of the whole wheel: whether it feeds on itself, whether it got better, what to do next."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotation import closure, compounding, loops
from annotation.models import Feature

Page = tuple[str, str | Promise]
"""The name of its address, and what the link to it says."""

PAGES: Final[dict[str | None, Page]] = {
    "valid": ("validity", _("See each signal")),
    "closes": ("closure", _("See each stage")),
    "fast": ("closure", _("See where it waits")),
    "feeds": ("loops", _("See each way to look")),
    None: ("versions", _("See each version")),
}
"""By the weakest question, the page that tells more."""

DOING: Final[dict[str | None, Page]] = {
    "exported": ("ask_dataset", _("Make a dataset")),
    "trained": ("triggers", _("Let a trigger tell your trainer")),
}
"""By the stage that has to come next, the page on which somebody brings it about."""


def context(
    *,
    feature: Feature,
    valid: tuple[str | None, str],
    funnel: closure.Funnel,
    speed: closure.Speed,
    now: datetime,
) -> dict[str, Any]:
    """For `insights/verdicts.html`, beside what stands there of signals."""
    found = loops.report(feature=feature, now=now)
    closes, fast = closure.closes(funnel), closure.is_fast(speed)
    push = loops.push(valid=valid, closes=closes, fast=fast, feeds=found)
    name, says = _page(push, funnel, speed)
    return {
        "closes": closes,
        "fast": fast,
        "feeds": loops.verdict(found),
        "better": compounding.report(feature=feature, now=now),
        "push": push,
        "push_url": reverse(name),
        "push_link": says,
    }


def _page(push: loops.Push, funnel: closure.Funnel, speed: closure.Speed) -> Page:
    """Where what holds the loop up is done, if it is done on a page; else where more is told."""
    stage = None
    if push.question == "closes":
        stage = funnel.next_to_reach
    elif push.question == "fast" and speed.stall:
        stage = closure.STAGES[closure.STAGES.index(speed.stall.stage) + 1]
    return DOING.get(stage, PAGES[push.question])
