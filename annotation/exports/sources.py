"""The statements that read what rows refer to."""

from __future__ import annotations

from typing import LiteralString

from psycopg import sql

from annotation.exports.staging import EARLIER_TURNS
from annotation.lib import tools

_RFC_3339: LiteralString = """'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"""


def _time(column: LiteralString) -> LiteralString:
    """RFC 3339 in UTC with microseconds. The database writes it faster than Python does."""
    return f"to_char({column} AT TIME ZONE 'UTC', {_RFC_3339})"


def _said(column: LiteralString) -> LiteralString:
    """A text as JSON, or null."""
    return f"COALESCE(to_json({column})::text, 'null')"


def _said_time(column: LiteralString) -> LiteralString:
    return f"""COALESCE('"' || {_time(column)} || '"', 'null')"""


def _said_number(column: LiteralString) -> LiteralString:
    """As ECMAScript writes those from a millionth up: without an exponent, in the shortest digits of a float8."""
    return f"COALESCE(({column})::text::numeric::text, 'null')"


_FIRST_LABELED: LiteralString = """
    (SELECT min(b.labeled_at) FROM annotation_label b WHERE b.id = ANY(v.label_ids))
"""

_FROM: LiteralString = """
    FROM annotation_exportrow r
    JOIN annotation_item i ON i.id = r.item_id
    JOIN annotation_interaction n ON n.id = i.interaction_id
    JOIN annotation_signal s ON s.id = i.signal_id
"""

_WITHIN: LiteralString = """
    WHERE r.export_id = %(export)s AND r.ordinal BETWEEN %(first)s AND %(last)s
    ORDER BY r.ordinal
"""

# Where two answers stand in a row, it is as sure as the less sure of their consensus.
_CONFIDENCE: LiteralString = """
    CASE WHEN w.id IS NULL THEN v.confidence
         WHEN v.confidence IS NOT NULL AND w.confidence IS NOT NULL THEN LEAST(v.confidence, w.confidence) END
"""
_SOURCE: LiteralString = "GREATEST(v.label_source, w.label_source)"

# JSON of each of `lines.FACTS`. Times are those of the row's own item, which goes through the loop.
_FACTS: tuple[LiteralString, ...] = (
    _said("n.external_id"),
    _said("i.public_id"),
    _said("s.external_id"),
    _said("i.signal_kind"),
    _said("m.code"),
    _said("m.outcome"),
    _said(_SOURCE),
    _said_number(_CONFIDENCE),
    "t.number::text",
    _said("n.model_version"),
    _said_number("r.weight"),
    _said_time("n.occurred_at"),
    _said_time("n.ingested_at"),
    _said_time("i.queued_at"),
    _said_time(_FIRST_LABELED),
    _said_time("v.resolved_at"),
)

# Whether something of the row is gone, whether turns may stand before it, the fields of `formats.Source`, the facts.
_ROWS: LiteralString = f"""
    SELECT n.erased_at IS NOT NULL OR {{is_gone}}
               OR (r.correction_id IS NOT NULL AND d.label_id IS NULL)
               OR (r.counterpart_item_id IS NOT NULL AND o.erased_at IS NOT NULL),
           n.conversation_id IS NOT NULL AND {{is_plain}}, r.ordinal, 'sft' = ANY(m.uses), 'kto+' = ANY(m.uses),
           {{texts}}, {{facts}}
    {_FROM}
    JOIN annotation_consensusrevision v ON v.id = r.revision_id
    JOIN annotation_reason m ON m.id = v.reason_id
    JOIN annotation_taxonomyversion t ON t.id = m.taxonomy_version_id
    LEFT JOIN annotation_labelcontent d ON d.label_id = r.correction_id
    LEFT JOIN annotation_consensusrevision w ON w.id = r.counterpart_revision_id
    LEFT JOIN annotation_item k ON k.id = r.counterpart_item_id
    LEFT JOIN annotation_interaction o ON o.id = k.interaction_id
    {{contents}}
    {_WITHIN}
"""

_KEYS: LiteralString = ", ".join(f"'{key}'" for key in tools.KEYS)

ROWS = sql.SQL(
    _ROWS.format(
        is_gone="x.interaction_id IS NULL OR (r.counterpart_item_id IS NOT NULL AND y.interaction_id IS NULL)",
        is_plain="jsonb_typeof(x.input) = 'string'",
        texts="x.input, x.output, x.final_text, d.correction, o.external_id, y.output, "
        f"CASE WHEN x.metadata ?| ARRAY[{_KEYS}] THEN x.metadata END",
        contents="""
            LEFT JOIN annotation_interactioncontent x ON x.interaction_id = n.id
            LEFT JOIN annotation_interactioncontent y ON y.interaction_id = k.interaction_id
        """,
        facts=", ".join(_FACTS),
    )
).format()

BARE = sql.SQL(
    _ROWS.format(
        is_gone="false",
        is_plain="false",
        texts="NULL, NULL, NULL, d.correction, o.external_id, NULL, NULL",
        contents="",
        facts=f"ARRAY[{', '.join(_FACTS)}]",
    )
).format()

# A label row has no revision: its reason, source and times are the label's. The columns stand in the order of
# `columns.COLUMNS`, and what is said of `exported_at` is known already.
REASONS = sql.SQL(f"""
    SELECT n.erased_at IS NOT NULL, r.row_kind, n.external_id, i.public_id, s.external_id, i.signal_kind, m.code,
           m.outcome, COALESCE(a.kind, v.label_source), COALESCE(l.confidence, v.confidence), t.number, n.model_version,
           r.weight, {_time("n.occurred_at")}, {_time("n.ingested_at")}, {_time("i.queued_at")},
           {_time(f"COALESCE(l.labeled_at, {_FIRST_LABELED})")}, {_time("v.resolved_at")}, NULL, v.method,
           CASE a.kind WHEN 'human' THEN 'human-' || a.id ELSE a.name END,
           l.certainty, l.duration_ms, d.comment, d.correction, d.quote, d.explanation
    {_FROM}
    LEFT JOIN annotation_consensusrevision v ON v.id = r.revision_id
    LEFT JOIN annotation_label l ON r.row_kind = 'label' AND l.id = r.label_ids[1]
    LEFT JOIN annotation_rater a ON a.id = l.rater_id
    LEFT JOIN annotation_labelcontent d ON d.label_id = l.id
    JOIN annotation_reason m ON m.id = COALESCE(l.reason_id, v.reason_id)
    JOIN annotation_taxonomyversion t ON t.id = m.taxonomy_version_id
    {_WITHIN}
""").format()

TURNS = sql.SQL("""
    SELECT j.ordinal, t.input, t.output
    FROM (
        SELECT r.ordinal, n.id AS interaction_id, n.conversation_id, n.occurred_at, v.resolved_at
        FROM annotation_exportrow r
        JOIN annotation_item i ON i.id = r.item_id
        JOIN annotation_interaction n ON n.id = i.interaction_id
        JOIN annotation_consensusrevision v ON v.id = r.revision_id
        WHERE r.export_id = %(export)s AND r.ordinal = ANY(%(ordinals)s)
    ) j
    CROSS JOIN LATERAL (SELECT y.input, y.output, e.occurred_at, e.id {earlier_turns}) t
    ORDER BY j.ordinal, t.occurred_at, t.id
""").format(earlier_turns=EARLIER_TURNS)
