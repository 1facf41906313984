"""The statements that read what rows refer to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, LiteralString

from psycopg import sql

from annotation.exports.selection.staging import EARLIER_TURNS
from annotation.lib import tools

_RFC_3339: LiteralString = """'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"""


def _time(column: LiteralString) -> LiteralString:
    """RFC 3339 in UTC with microseconds."""
    return f"to_char({column} AT TIME ZONE 'UTC', {_RFC_3339})"


# Most are decided by one label, and to look for several takes much longer.
_FIRST_LABELED: LiteralString = """
    CASE cardinality(v.label_ids)
    WHEN 1 THEN (SELECT b.labeled_at FROM annotation_label b WHERE b.id = v.label_ids[1])
    ELSE (SELECT min(b.labeled_at) FROM annotation_label b WHERE b.id = ANY(v.label_ids)) END
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

# Each of `lines.FACTS`. Times are those of the row's own item, which goes through the loop.
_FACTS: LiteralString = f"""
    n.external_id, i.public_id, s.external_id, i.signal_kind, m.code, m.outcome, {{source}}, {{confidence}},
    t.number, n.model_version, r.weight, n.occurred_at::text, n.ingested_at::text, i.queued_at::text,
    ({_FIRST_LABELED})::text, v.resolved_at::text
"""

# Where two answers stand in a row, it is as sure as the less sure of their consensus.
_CONFIDENCE: LiteralString = """
    CASE WHEN w.id IS NULL THEN v.confidence
         WHEN v.confidence IS NOT NULL AND w.confidence IS NOT NULL THEN LEAST(v.confidence, w.confidence) END
"""

# Whether something of the row is gone, whether it has a conversation, the fields of `formats.Source`, the facts.
_ROWS: LiteralString = f"""
    SELECT n.erased_at IS NOT NULL {{is_gone}},
           n.conversation_id IS NOT NULL, r.ordinal, 'sft' = ANY(m.uses), 'kto+' = ANY(m.uses),
           {{texts}}, {_FACTS}
    {_FROM}
    JOIN annotation_consensusrevision v ON v.id = r.revision_id
    JOIN annotation_reason m ON m.id = v.reason_id
    JOIN annotation_taxonomyversion t ON t.id = m.taxonomy_version_id
    {{joins}}
    {_WITHIN}
"""

_KEYS: LiteralString = ", ".join(f"'{key}'" for key in tools.KEYS)


def _rows(*, is_corrected: bool, is_pair: bool, has_texts: bool) -> sql.Composed:
    """Joined to no more than there can be: a row of two answers to seven tables more than one of one."""
    gone: list[LiteralString] = [""]
    joins: list[LiteralString] = []
    if is_corrected:
        gone.append("(r.correction_id IS NOT NULL AND d.label_id IS NULL)")
        joins.append("LEFT JOIN annotation_labelcontent d ON d.label_id = r.correction_id")
    if is_pair:
        gone.append("(r.counterpart_item_id IS NOT NULL AND o.erased_at IS NOT NULL)")
        joins.append("""
            LEFT JOIN annotation_consensusrevision w ON w.id = r.counterpart_revision_id
            LEFT JOIN annotation_item k ON k.id = r.counterpart_item_id
            LEFT JOIN annotation_interaction o ON o.id = k.interaction_id
        """)
    if has_texts:
        gone.append("x.interaction_id IS NULL")
        joins.append("LEFT JOIN annotation_interactioncontent x ON x.interaction_id = n.id")
    if has_texts and is_pair:
        gone.append("(r.counterpart_item_id IS NOT NULL AND y.interaction_id IS NULL)")
        joins.append("LEFT JOIN annotation_interactioncontent y ON y.interaction_id = k.interaction_id")
    texts: list[LiteralString] = [
        "x.input::text, x.output::text, x.final_text" if has_texts else "NULL, NULL, NULL",
        "d.correction" if is_corrected else "NULL",
        "o.external_id" if is_pair else "NULL",
        "y.output::text" if has_texts and is_pair else "NULL",
        f"CASE WHEN x.metadata ?| ARRAY[{_KEYS}] THEN x.metadata::text END" if has_texts else "NULL",
    ]
    return sql.SQL(
        _ROWS.format(
            is_gone=" OR ".join(gone),
            texts=", ".join(texts),
            source="GREATEST(v.label_source, w.label_source)" if is_pair else "v.label_source",
            confidence=_CONFIDENCE if is_pair else "v.confidence",
            joins=" ".join(joins),
        )
    ).format()


_PARTS: Final[Mapping[str, tuple[bool, bool]]] = {
    "sft": (True, False),
    "kto": (False, False),
    "preference": (True, True),
}
"""Whether a row of the format may hold a correction, and whether another answer."""

ROWS: Final = {
    name: _rows(is_corrected=is_corrected, is_pair=is_pair, has_texts=True)
    for name, (is_corrected, is_pair) in _PARTS.items()
}
BARE: Final = {
    name: _rows(is_corrected=is_corrected, is_pair=is_pair, has_texts=False)
    for name, (is_corrected, is_pair) in _PARTS.items()
}

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
    SELECT j.ordinal, t.input::text, t.output::text
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
