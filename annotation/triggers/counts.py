"""How many items were decided for the first time as what a trigger counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from annotation import loading
from annotation.models import Feature
from annotation.triggers.conditions import Count
from annotation.triggers.marks import Marks, Seen

# An item counts at its first revision with one of the reasons, so that to decide it anew counts nothing twice. Gold and
# second looks ask once more about a signal that has an item already.
NEW: Final = """
SELECT count(*)
FROM annotation_consensusrevision v
JOIN annotation_reason r ON r.id = v.reason_id
JOIN annotation_item i ON i.id = v.item_id
WHERE v.resolved_at > $2 AND v.resolved_at <= $3 AND i.feature_id = $1
    AND i.purpose IN ('sample', 'backfill') AND i.status <> 'withdrawn'
    AND (cardinality($4::text[]) = 0 OR r.code = ANY($4)) AND (cardinality($5::text[]) = 0 OR i.signal_kind = ANY($5))
    AND NOT EXISTS (
        SELECT FROM annotation_consensusrevision e JOIN annotation_reason q ON q.id = e.reason_id
        WHERE e.item_id = v.item_id AND e.number < v.number
            AND (cardinality($4::text[]) = 0 OR q.code = ANY($4))
    )
"""


def look(feature: Feature, condition: Count, marks: Marks, until: datetime) -> Seen:
    """Each decision is counted in one look, and so in one firing."""
    counted = marks.counted + _new(feature, condition, marks.until, until)
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


def _new(feature: Feature, condition: Count, after: datetime, until: datetime) -> int:
    asked = [feature.pk, after, until, condition.reasons, condition.signal_kinds]
    [(count,)] = loading.asked(NEW, asked)
    return int(count)
