"""Items that a fit settles with nothing special about them: many are read, decided and written by one statement.

A run over a queue finds most of its items so. Whatever needs the whole rule is left: an item in which gold, an
adjudicator, somebody in quarantine or somebody labeled double has a word, one that was labeled since the fit was made,
and one of which the fit is not certain enough.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import orjson

from annotation import loading
from annotation.consensus import rule

# An item whose labels aren't those that the fit was made from has another sum of their ids, or another number; where
# somebody who is labeled double has a word too, which isn't counted here. What is asked of an item is asked item by
# item: how many there are is not known when it is planned, and joining all with all would take their square.
SETTLE: Final = """
WITH told AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS told (
        item_id bigint, code text, reason_id bigint, confidence float8, posterior jsonb, label_ids bigint[],
        labels int, label_sum bigint)
), found AS (
    SELECT told.*, last.id AS last_id, coalesce(last.number, 0) + 1 AS number, last.superseded_at IS NULL AS is_current,
        coalesce(last.superseded_at IS NULL AND last.method = 'dawid_skene' AND last.code = told.code
            AND last.label_ids = told.label_ids AND abs(last.confidence - told.confidence) < $3, false) AS stands,
        CASE WHEN last.superseded_at IS NULL AND last.code = told.code THEN last.resolved_at ELSE $2 END AS resolved_at
    FROM told
    JOIN annotation_item i ON i.id = told.item_id
    JOIN annotation_queue q ON q.id = i.queue_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS labels, sum(l.id) AS label_sum FROM annotation_label l
        WHERE l.item_id = told.item_id AND l.superseded_at IS NULL AND l.rater_id NOT IN (
            SELECT p.id FROM annotation_rater p WHERE p.kind NOT IN ('human', 'gold') OR p.standing = 'double_labeled')
    ) said
    LEFT JOIN LATERAL (
        SELECT v.*, (SELECT r.code FROM annotation_reason r WHERE r.id = v.reason_id) AS code
        FROM annotation_consensusrevision v WHERE v.item_id = told.item_id ORDER BY v.number DESC LIMIT 1
    ) last ON true
    WHERE said.labels = told.labels AND said.label_sum = told.label_sum
        AND q.consensus = 'dawid_skene' AND told.confidence >= q.stop_at
        AND i.status NOT IN ('flagged', 'withdrawn') AND i.extra = 0
        AND told.labels >= least(i.needed, CASE WHEN i.full_overlap THEN q.overlap_max ELSE q.overlap END)
), moved AS (
    UPDATE annotation_item i SET status = 'resolved', resolved_at = found.resolved_at
    FROM found
    WHERE i.id = found.item_id AND (i.status, i.resolved_at) IS DISTINCT FROM ('resolved', found.resolved_at)
), ended AS (
    UPDATE annotation_consensusrevision v SET superseded_at = $2
    FROM found WHERE v.id = found.last_id AND found.is_current AND NOT found.stands
    RETURNING v.id
), revised AS (
    INSERT INTO annotation_consensusrevision (
        item_id, number, reason_id, method, label_source, confidence, posterior, label_ids, resolved_at)
    SELECT found.item_id, found.number, found.reason_id, 'dawid_skene', 'human', found.confidence,
        found.posterior, found.label_ids, found.resolved_at
    FROM (SELECT count(*) FROM ended) AS after_those, found WHERE NOT found.stands
)
SELECT item_id, NOT stands FROM found
"""


class Told(NamedTuple):
    """What a fit says of an item: the likeliest reason's code, how likely it is and how likely each is.

    `label_ids`, in their order: the labels that say so, the last of them `reason_id`. `labels`: how many the fit was
    made from, and what their ids sum up to.
    """

    item_id: int
    code: str
    reason_id: int
    confidence: float
    posterior: Mapping[str, float]
    label_ids: Sequence[int]
    labels: int
    label_sum: int


def settle(told: Sequence[Told], *, now: datetime) -> dict[int, bool]:
    """Resolve the items of which nothing else is to be said. By each one's id: whether that made a revision.

    The caller has locked the items' rows. What is missing in the answer is as it was.
    """
    if not told:
        return {}
    rows = orjson.dumps([one._asdict() for one in told]).decode()
    return {int(pk): bool(is_revised) for pk, is_revised in loading.asked(SETTLE, [rows, now, rule.SAME_CONFIDENCE])}
