"""What is asked of the database about people's labels: sums by person, few rows however many labels there are."""

from __future__ import annotations

from typing import LiteralString

from annotation.consensus.agreement import stood

# A signal that was looked at twice is one thing to agree about, as in the figures of one's own page.
_CHOSEN: LiteralString = """
    SELECT i.id, i.signal_id AS unit FROM annotation_item i WHERE i.signal_id IN (
        SELECT own.signal_id FROM annotation_label l JOIN annotation_item own ON own.id = l.item_id
        WHERE l.rater_id = ANY(%(raters)s) AND l.role = 'annotator' AND l.received_at >= %(since)s
    )
"""

# Who is put aside is measured all the same: it is how one comes back.
_STOOD: LiteralString = stood.labels(_CHOSEN, whose="true")

COUNTED: LiteralString = """
    SELECT rater_id, count(*), max(received_at) FROM annotation_label
    WHERE rater_id = ANY(%(raters)s) AND role = 'annotator' AND superseded_at IS NULL AND received_at >= %(since)s
    GROUP BY rater_id
"""

# How often others said the same, over how many things; and check questions in their order: when, and whether right.
MET: LiteralString = f"""
    WITH {_STOOD}, met AS (
        SELECT *, count(*) OVER (PARTITION BY unit) AS people, count(*) OVER (PARTITION BY unit, code) AS same
        FROM stood
    )
    SELECT rater_id, coalesce(sum((same - 1)::float8 / (people - 1)) FILTER (WHERE people > 1), 0),
        count(*) FILTER (WHERE people > 1),
        array_agg(received_at ORDER BY received_at, id) FILTER (WHERE known IS NOT NULL),
        array_agg(code = known ORDER BY received_at, id) FILTER (WHERE known IS NOT NULL)
    FROM met WHERE rater_id = ANY(%(raters)s) GROUP BY rater_id
"""  # noqa: S608 - of constants alone

REASONS: LiteralString = """
    SELECT l.rater_id, r.signal_kind, r.code, count(*) FROM annotation_label l
    JOIN annotation_reason r ON r.id = l.reason_id
    JOIN annotation_rater h ON h.id = l.rater_id AND h.kind = 'human'
    WHERE l.role = 'annotator' AND l.superseded_at IS NULL AND l.received_at >= %(since)s
    GROUP BY l.rater_id, r.signal_kind, r.code
"""

# Length by doublings of what the answer takes on disk, which is read without unpacking a single one.
TIMES: LiteralString = """
    SELECT rater_id, signal_kind, length, count(*), sum(seconds), sum(seconds * seconds) FROM (
        SELECT l.rater_id, i.signal_kind,
            floor(ln(greatest(pg_column_size(c.output), 1)::float8) / ln(2::float8)) AS length,
            ln(least(l.duration_ms, %(longest)s)::float8 / 1000) AS seconds
        FROM annotation_label l
        JOIN annotation_rater h ON h.id = l.rater_id AND h.kind = 'human'
        JOIN annotation_item i ON i.id = l.item_id
        JOIN annotation_interactioncontent c ON c.interaction_id = i.interaction_id
        WHERE l.role = 'annotator' AND l.superseded_at IS NULL AND l.received_at >= %(since)s AND l.duration_ms > 0
    ) AS timed
    GROUP BY rater_id, signal_kind, length
"""
