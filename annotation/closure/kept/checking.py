"""Every night all days are counted anew and compared with what was kept: a difference is a defect, and is put right."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from django.db import connection, transaction

from annotation import audit, loading
from annotation.closure.kept import refreshing
from annotation.closure.kept.refreshing import Day
from annotation.models import Feature, Ledger

logger = logging.getLogger(__name__)

DIGESTS: Final = """
    SELECT feature_id, day, md5(string_agg(line, ' ' ORDER BY line)) FROM (
        SELECT tally.feature_id, tally.day, (to_jsonb(tally) - 'id')::text AS line
        FROM unnest(%s::bigint[], %s::date[]) AS wanted (feature_id, day)
        JOIN annotation_closuretally tally ON tally.feature_id = wanted.feature_id AND tally.day = wanted.day
    ) lines
    GROUP BY 1, 2
"""

# A set that no day needs any more: another export came, or something was let go.
FORGET: Final = """
    DELETE FROM annotation_exportset one
    WHERE NOT EXISTS (SELECT FROM annotation_closuretally tally WHERE tally.exports_id = one.id)
"""


def check(*, now: datetime) -> int:
    """Count all days anew. Returns how many were wrong; they are right afterwards."""
    refreshing.refresh(now=now)
    wrong = [day for days in refreshing.chunks(refreshing.every()) for day in _differing(days)]
    for feature in sorted({feature for feature, _day in wrong}):
        _report(feature, [day for one, day in wrong if one == feature], now)
    with transaction.atomic(), connection.cursor() as cursor:
        refreshing.lock()
        cursor.execute(FORGET)
    Ledger.objects.update(checked_at=now)
    return len(wrong)


@transaction.atomic
def _differing(days: Sequence[Day]) -> list[Day]:
    """What was changed while this counted has left a mark by now, and is no mistake."""
    refreshing.lock()
    before = _digests(days)
    refreshing.count(days)
    after = _digests(days)
    differing = {day for day in days if before.get(day) != after.get(day)}
    return sorted(differing - refreshing.marked()) if differing else []


def _digests(days: Sequence[Day]) -> dict[Day, str]:
    rows = loading.fetched(DIGESTS, [[feature for feature, _ in days], [day for _, day in days]])
    return {(feature, day): digest for feature, day, digest in rows}


def _report(feature: int, days: Sequence[date], now: datetime) -> None:
    logger.error("Closure figures of feature %s were wrong on %s days; counted anew.", feature, len(days))
    audit.record(
        actor=audit.FLYWHEEL,
        verb="closure.recounted",
        target=("feature", feature),
        feature=Feature(pk=feature),
        now=now,
        data={"days": [f"{day:%Y-%m-%d}" for day in days[:20]]},
    )
