"""How many items were decided for the first time as what a trigger counts."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeAlias

from annotation import loading
from annotation.models import Feature
from annotation.triggers.conditions import Count
from annotation.triggers.marks import Marks, Seen

# An item counts at its first revision with one of the reasons, so that to decide it anew counts nothing twice. Gold and
# second looks ask once more about a signal that has an item already.
NEW: Final = """
FROM annotation_consensusrevision v
JOIN annotation_reason r ON r.id = v.reason_id
JOIN annotation_item i ON i.id = v.item_id
WHERE v.resolved_at > $4 AND i.feature_id = $1
    AND i.purpose IN ('sample', 'backfill') AND i.status <> 'withdrawn'
    AND (cardinality($2::text[]) = 0 OR r.code = ANY($2)) AND (cardinality($3::text[]) = 0 OR i.signal_kind = ANY($3))
    AND NOT EXISTS (
        SELECT FROM annotation_consensusrevision e JOIN annotation_reason q ON q.id = e.reason_id
        WHERE e.item_id = v.item_id AND e.number < v.number
            AND (cardinality($2::text[]) = 0 OR q.code = ANY($2))
    )
"""

COUNT: Final = f"SELECT count(*) {NEW} AND v.resolved_at <= $5"
TIMES: Final = f"SELECT v.resolved_at {NEW} ORDER BY v.resolved_at"

New: TypeAlias = Callable[[datetime, datetime], int]
"""How many were new after a time, up to another."""


def now(feature: Feature, condition: Count) -> New:
    """Counted at each look."""
    asked = _asked(feature, condition)
    return lambda after, until: int(loading.asked(COUNT, [*asked, after, until])[0][0])


def past(feature: Feature, condition: Count, since: datetime) -> New:
    """Read once for all looks from this time on."""
    times = [at for (at,) in loading.asked(TIMES, [*_asked(feature, condition), since])]
    return lambda after, until: bisect_right(times, until) - bisect_right(times, after)


def look(new: New, condition: Count, marks: Marks, until: datetime) -> Seen:
    """Each decision is counted in one look, and so in one firing."""
    counted = marks.counted + new(marks.until, until)
    about = {
        "condition": condition.kind,
        "count": counted,
        "at_least": condition.at_least,
        "since": marks.since.isoformat(),
        "until": until.isoformat(),
    }
    if counted >= condition.at_least:
        return Seen(fires=True, marks=Marks(since=until, until=until), about=about)
    return Seen(fires=False, marks=replace(marks, until=until, counted=counted), about=about)


def _asked(feature: Feature, condition: Count) -> list[Any]:
    return [feature.pk, condition.reasons, condition.signal_kinds]
