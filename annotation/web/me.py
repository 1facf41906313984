"""My page: what one annotator did, how it met what others said, and what was settled otherwise. To learn from."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from annotation.access import ANNOTATOR, Person
from annotation.consensus import agreement
from annotation.labels import notes, pace, raters
from annotation.labels.quality import figures, judging
from annotation.models import Rater
from annotation.web import charts, shown
from annotation.web.roles import needs

DAYS = 90
"""How far back agreement and corrections look: what one did long ago is not what one does."""

EXAMPLES = 10
MIX_UPS = 5


@require_safe
@needs(ANNOTATOR)
def me(request: HttpRequest, person: Person) -> HttpResponse:
    now = timezone.now()
    rater = raters.for_user(person.user)
    mine = pace.of(rater=rater, now=now)
    context = {
        "notes": notes.of_rater(rater).select_related("content", "item__feature", "sent_by__user", "label__reason"),
        "pace": mine,
        "pace_days": pace.DAYS,
        "longest": pace.LONGEST.total_seconds(),
        "columns": charts.columns([[("came", day.labels)] for day in mine.days]),
        "busiest": max(day.labels for day in mine.days),
    }
    return render(request, "annotate/me.html", context | _met(rater, now) | _told(rater, now))


def _told(rater: Rater, now: datetime) -> dict[str, Any]:
    """What an admin decided, and whether known answers were missed lately: said to nobody but the person."""
    checks = figures.checks_of(rater=rater, now=now)
    is_enough = len(checks.asked) >= judging.MIN_CHECKS
    return {
        "rater": rater,
        "missed": is_enough and bool(judging.recent_alarms(checks, after=rater.standing_from, now=now)),
    }


def _met(rater: Rater, now: datetime) -> dict[str, Any]:
    since = datetime.combine(now.astimezone(UTC).date() - timedelta(days=DAYS), time.min, UTC)
    found = agreement.corrections(rater=rater, since=since, limit=EXAMPLES)
    return {
        "days": DAYS,
        "latest": agreement.LATEST,
        "others": agreement.with_others(rater=rater, since=since),
        "min_overlap": agreement.MIN_OVERLAP,
        "gold": agreement.with_gold(rater=rater, since=since),
        "min_gold": agreement.MIN_GOLD,
        "corrections": [(one, shown.headline(one.label.item.signal_kind)) for one in found],
        "mixed": agreement.mix_ups(rater=rater, since=since, limit=MIX_UPS),
    }
