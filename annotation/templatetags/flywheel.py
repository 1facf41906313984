"""Template helpers of Flywheel."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import cache
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils import timezone

from annotation.lib import reading, sentences

register = template.Library()


@register.simple_tag
def versioned(path: str) -> str:
    """The address of a static file with a hash of its content, so that browsers may keep it and never keep an old one.

    Raises FileNotFoundError, so that a misspelled path fails the first test that renders the page.
    """
    return f"{static(path)}?v={_content_hash(path)}"


@cache
def _content_hash(path: str) -> str:
    # One process serves one version: the answer can't change while it runs.
    found = finders.find(path)
    if not isinstance(found, str):
        raise FileNotFoundError(path)
    return hashlib.sha256(Path(found).read_bytes()).hexdigest()[:10]


@register.filter
def grouped(number: int) -> str:
    """A count with its thousands set apart: 12,345."""
    return f"{number:,}"


@register.filter
def to_second(at: datetime) -> str:
    """A time in UTC: 2026-05-05 10:11:12. Django's `date` takes ten times as long to say the same."""
    return f"{at:%Y-%m-%d %H:%M:%S}"


@register.filter
def span(seconds: float) -> str:
    """Seconds as people say them: 40 s, 3 min, 2 h 5 min."""
    return reading.span(seconds)


@register.filter
def ago(at: datetime) -> str:
    """How long ago that was, in at most two units, seconds whole."""
    return reading.span(round((timezone.now() - at).total_seconds()))


@register.filter
def ahead(at: datetime) -> str:
    """In how long that will be, in at most two units."""
    return reading.span((at - timezone.now()).total_seconds())


@register.filter
def percent(share: float) -> str:
    """A share in whole percents: 71 %."""
    return sentences.percent(share)


@register.filter
def coefficient(value: float) -> str:
    """How far people agree beyond chance, with two digits: .74."""
    return sentences.coefficient(value)


@register.filter
def hundred(share: float) -> str:
    """How many of 100: 91."""
    return f"{round(100 * share)}"


@register.filter
def points(difference: float) -> str:
    """A difference of two shares in points, with its sign: +31, or 0."""
    return sentences.points(difference)
