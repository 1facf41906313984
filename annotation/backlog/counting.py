"""Keep the counts of what waits: many small rows become one, and each night what is counted is compared with the items.

Who changes an item adds a row in the same transaction (`annotation.models.tallies`), so the sum is right at any time;
folding only makes it quick to read.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final

from django.db import transaction

from annotation import loading
from annotation.models.tallies import HOUR, INTO

logger = logging.getLogger(__name__)

FOLDED: Final = 20_000
"""So many rows are folded in one transaction."""

LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('backlog'), 0)"

# Rows and the sums that they are added to go, and one row of each comes: who reads sees them before, or after.
FOLD: Final = f"""
    WITH fresh AS (
        DELETE FROM annotation_backlogcount WHERE id IN (
            SELECT id FROM annotation_backlogcount WHERE NOT is_sum ORDER BY id LIMIT %s
        )
        RETURNING feature_id, queue_id, signal_kind, what, hour, number
    ), before AS (
        DELETE FROM annotation_backlogcount kept
        USING (SELECT DISTINCT queue_id, signal_kind, what, hour FROM fresh) one
        WHERE kept.is_sum AND kept.queue_id = one.queue_id AND kept.signal_kind = one.signal_kind
            AND kept.what = one.what AND kept.hour = one.hour
        RETURNING kept.feature_id, kept.queue_id, kept.signal_kind, kept.what, kept.hour, kept.number
    ), folded AS (
        {INTO[:-1]}, is_sum)
        SELECT feature_id, queue_id, signal_kind, what, hour, sum(number), true
        FROM (SELECT * FROM fresh UNION ALL SELECT * FROM before) one
        GROUP BY 1, 2, 3, 4, 5 HAVING sum(number) <> 0
    )
    SELECT count(*) FROM fresh
"""  # noqa: S608 - our own text

# One statement sees items and counts as of one moment.
MEND: Final = f"""
    WITH there AS (
        SELECT feature_id, queue_id, signal_kind, status AS what, {HOUR.format(at="queued_at")} AS hour,
            count(*) AS number
        FROM annotation_item WHERE status IN ('open', 'disputed', 'flagged') GROUP BY 1, 2, 3, 4, 5
    ), counted AS (
        SELECT feature_id, queue_id, signal_kind, what, hour, sum(number) AS number
        FROM annotation_backlogcount WHERE what IN ('open', 'disputed', 'flagged') GROUP BY 1, 2, 3, 4, 5
    ), missing AS (
        SELECT feature_id, queue_id, signal_kind, what, hour,
            coalesce(there.number, 0) - coalesce(counted.number, 0) AS number
        FROM there FULL JOIN counted USING (feature_id, queue_id, signal_kind, what, hour)
    ), mended AS (
        {INTO}
        SELECT feature_id, queue_id, signal_kind, what, hour, number FROM missing WHERE number <> 0
        RETURNING number
    )
    SELECT count(*) FROM mended
"""  # noqa: S608 - our own text


@transaction.atomic
def fold() -> int:
    """Fold the oldest rows. Returns how many: none where nothing is left. One worker folds at a time."""
    loading.fetched(LOCK, [])
    return int(loading.fetched(FOLD, [FOLDED])[0][0])


def check(*, now: datetime) -> int:
    """Count all unfinished items, and mend what is counted otherwise. Returns how many counts were wrong."""
    wrong = int(loading.fetched(MEND, [])[0][0])
    if wrong:
        logger.error("%s counts of the backlog were wrong at %s and are mended", wrong, now.isoformat())
    return wrong
