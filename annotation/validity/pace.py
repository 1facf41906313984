"""How long a label takes the people of a feature, in the middle, and how much there is to label."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from annotation import loading
from annotation.labels.pace import DAYS, MIN_TIMED
from annotation.models import Feature, Item

MEDIAN: Final = """
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY l.duration_ms), count(*)
FROM annotation_label l
JOIN annotation_rater p ON p.id = l.rater_id AND p.kind = 'human'
JOIN annotation_item i ON i.id = l.item_id AND i.feature_id = $1
WHERE l.received_at >= $2 AND l.role = 'annotator' AND l.superseded_at IS NULL AND l.duration_ms IS NOT NULL
"""


def seconds(*, feature_id: int, now: datetime) -> float | None:
    """Of the labels of the last 28 days; None of too few."""
    ((middle, timed),) = loading.asked(MEDIAN, [feature_id, now - timedelta(days=DAYS)])
    return float(middle) / 1000 if timed >= MIN_TIMED else None


def waiting(*, feature: Feature, most: int) -> int:
    """How many items the queues' order may still bring up, counted to `most`."""
    return Item.objects.filter(feature=feature, status=Item.Status.OPEN, key__isnull=False)[:most].count()
