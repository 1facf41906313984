"""Read what rows refer to, a range of ordinals at a time, with two statements a range."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, LiteralString

import orjson
from django.db import connection
from psycopg import sql

from annotation.errors import Refusal
from annotation.exports import formats, openai
from annotation.exports.formats import Row, Source, Turn
from annotation.exports.staging import EARLIER_TURNS
from annotation.models import Export

# Whether it is erased, then the fields in the order of `formats.Source`. A label row has no revision: its reason,
# source and times are the label's.
SOURCES: LiteralString = """
    SELECT n.erased_at, r.ordinal, r.row_kind, r.weight, n.external_id, i.public_id, s.external_id, i.signal_kind,
           m.code, m.outcome, m.uses, COALESCE(a.kind, v.label_source), COALESCE(l.confidence, v.confidence),
           t.number, n.model_version, n.occurred_at, n.ingested_at, i.queued_at,
           COALESCE(l.labeled_at, (SELECT min(b.labeled_at) FROM annotation_label b WHERE b.id = ANY(v.label_ids))),
           v.resolved_at, %(exported_at)s::timestamptz, v.method,
           CASE a.kind WHEN 'human' THEN 'human-' || a.id ELSE a.name END,
           l.certainty, l.duration_ms, d.comment, d.correction, d.quote, d.explanation,
           x.input, x.output, x.final_text
    FROM annotation_exportrow r
    JOIN annotation_item i ON i.id = r.item_id
    JOIN annotation_interaction n ON n.id = i.interaction_id
    JOIN annotation_signal s ON s.id = i.signal_id
    LEFT JOIN annotation_consensusrevision v ON v.id = r.revision_id
    LEFT JOIN annotation_label l ON r.row_kind = 'label' AND l.id = r.label_ids[1]
    LEFT JOIN annotation_rater a ON a.id = l.rater_id
    LEFT JOIN annotation_labelcontent d ON d.label_id = l.id
    JOIN annotation_reason m ON m.id = COALESCE(l.reason_id, v.reason_id)
    JOIN annotation_taxonomyversion t ON t.id = m.taxonomy_version_id
    LEFT JOIN annotation_interactioncontent x ON %(texts)s::boolean AND x.interaction_id = n.id
    WHERE r.export_id = %(export)s AND r.ordinal BETWEEN %(first)s AND %(last)s
    ORDER BY r.ordinal
"""

TURNS = sql.SQL("""
    SELECT j.ordinal, t.input, t.output
    FROM (
        SELECT r.ordinal, n.id AS interaction_id, n.conversation_id, n.occurred_at, v.resolved_at
        FROM annotation_exportrow r
        JOIN annotation_item i ON i.id = r.item_id
        JOIN annotation_interaction n ON n.id = i.interaction_id
        JOIN annotation_consensusrevision v ON v.id = r.revision_id
        JOIN annotation_interactioncontent x ON x.interaction_id = n.id
        WHERE r.export_id = %(export)s AND r.ordinal BETWEEN %(first)s AND %(last)s
          AND n.conversation_id IS NOT NULL AND jsonb_typeof(x.input) = 'string'
    ) j
    CROSS JOIN LATERAL (SELECT y.input, y.output, e.occurred_at, e.id {earlier_turns}) t
    ORDER BY j.ordinal, t.occurred_at, t.id
""").format(earlier_turns=EARLIER_TURNS)


FORMATS: Final[Mapping[str, Callable[[Source, Sequence[Turn]], Row]]] = {
    "sft": formats.sft,
    "preference": formats.preference,
    "kto": formats.kto,
    "openai_sft": openai.sft,
    "openai_dpo": openai.dpo,
    "reasons": formats.reasons,
}


class ErasedMeanwhile(Refusal):
    """Something that this export had selected was erased before it was written. Ask for it again: the new one goes
    without."""

    code = "erased_meanwhile"
    status = 409


def rows(*, export: Export, first: int, last: int) -> Iterator[Row]:
    """The rows from one ordinal to another, both included, in order. Raises ErasedMeanwhile."""
    name = export.request["format"]
    has_texts = name != "reasons"
    turns = _turns(export, first, last) if has_texts else {}
    for source in _sources(export, first, last, has_texts=has_texts):
        yield FORMATS[name](source, turns.get(source.ordinal, []))


def provenance(*, export: Export, first: int, last: int) -> Iterator[Row]:
    """Where the rows from one ordinal to another come from, for formats that have no room for it. Raises
    ErasedMeanwhile."""
    return map(formats.provenance, _sources(export, first, last, has_texts=False))


def _sources(export: Export, first: int, last: int, *, has_texts: bool) -> Iterator[Source]:
    at = {"export": export.pk, "first": first, "last": last, "exported_at": export.exported_at}
    with connection.cursor() as cursor:
        cursor.execute(SOURCES, {**at, "texts": has_texts})
        found = cursor.fetchall()
    for erased_at, *facts, sent, output, final_text in found:
        if erased_at or (has_texts and output is None):
            raise ErasedMeanwhile
        fields: tuple[Any, ...] = (*facts, _json(sent), _json(output), final_text)
        yield Source(*fields)


def _turns(export: Export, first: int, last: int) -> dict[int, list[Turn]]:
    turns: dict[int, list[Turn]] = defaultdict(list)
    at = {"export": export.pk, "feature": export.feature_id, "first": first, "last": last}
    with connection.cursor() as cursor:
        cursor.execute(TURNS, at)
        for ordinal, sent, output in cursor.fetchall():
            turns[ordinal].append((_json(sent), _json(output)))
    return turns


def _json(text: str | None) -> object:
    """Django leaves decoding to its fields, and these cursors are none."""
    return None if text is None else orjson.loads(text)
