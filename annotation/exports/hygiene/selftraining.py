"""How much of what a dataset teaches a model wrote itself, with nobody having checked it.

What is to be learned is a row's target: the answer, the text that the user made of it, a correction, or a better answer
that was made instead; a row that only says what not to do has none. A text is a person's where a user edited it or an
annotator wrote it. A model's is verified where people or gold decided that it is good; that a user kept it, or that a
rule or a judge praises it, verifies nothing. Lengths are counted in words, when an interaction is stored.

A model that is trained on its own unchecked answers loses what is rare in them (arXiv 2305.17493).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, LiteralString

from django.db.backends.utils import CursorWrapper

from annotation.exports.wanted import OPENAI, ExportRequest

AMBER: Final = 0.1
RED: Final = 0.5
MOST_MISSING: Final = 0.05
"""Of the targets: if of more it isn't known who wrote or checked them, no share is told."""

Alarm = Literal["none", "amber", "red"]

# Who decided about an answer that is preferred to another one stands with that answer's own decision.
MEASURE: LiteralString = """
    WITH target AS (
        SELECT COALESCE(p.target IN ('edit', 'correction'), false) AS by_person,
               CASE p.target WHEN 'edit' THEN s.kept_tokens
                             WHEN 'correction' THEN cardinality(regexp_split_to_array(btrim(d.correction), '\\s+'))
                             ELSE s.answer_tokens END AS tokens,
               p.source, r.outcome, p.model_version
        FROM export_placed p
        JOIN annotation_reason r ON r.id = p.reason_id
        LEFT JOIN annotation_signature s ON s.interaction_id = p.interaction_id
        LEFT JOIN annotation_labelcontent d ON d.label_id = p.correction_id AND p.target = 'correction'
        WHERE p.target IS DISTINCT FROM 'regeneration'
          AND (NOT %(praises)s::boolean OR r.uses @> ARRAY['kto+']::varchar[])
        UNION ALL
        SELECT false, s.answer_tokens, v.label_source, r.outcome, n.model_version
        FROM export_placed p
        JOIN annotation_item i ON i.id = p.counterpart_item_id
        JOIN annotation_interaction n ON n.id = i.interaction_id
        LEFT JOIN annotation_signature s ON s.interaction_id = i.interaction_id
        JOIN annotation_consensusrevision v ON v.id = p.counterpart_revision_id
        JOIN annotation_reason r ON r.id = v.reason_id
        WHERE p.target = 'regeneration'
    ), judged AS (
        SELECT *, COALESCE(source IN ('human', 'gold') AND outcome = 'good', false) AS is_verified FROM target
    ), known AS (
        SELECT *, tokens IS NULL OR (
            NOT by_person AND NOT is_verified AND (source IS NULL OR model_version = 'unknown')
        ) AS is_missing
        FROM judged
    )
    SELECT count(*), count(*) FILTER (WHERE is_missing), COALESCE(sum(tokens) FILTER (WHERE NOT is_missing), 0)::bigint,
           COALESCE(sum(tokens) FILTER (WHERE NOT is_missing AND NOT by_person), 0)::bigint,
           COALESCE(sum(tokens) FILTER (WHERE NOT is_missing AND NOT by_person AND is_verified), 0)::bigint
    FROM known
"""


@dataclass(frozen=True, kw_only=True)
class SelfTraining:
    """`share`: of the words to be learned, those that a model wrote and no person verified; null where `refusal` says
    why. `tokens_model`: all words of models; `tokens_verified`: those of them that people verified."""

    share: float | None
    tokens_model: int
    tokens_verified: int
    refusal: str | None
    alarm: Alarm
    sentence: str


def measure(cursor: CursorWrapper, *, request: ExportRequest) -> SelfTraining:
    """Of the rows in `export_placed`."""
    if request.format == "reasons":
        return _refused("This format is for analysis: it holds no text to learn.")
    cursor.execute(MEASURE, {"praises": OPENAI.get(request.format, request.format) == "kto"})
    found = cursor.fetchone() or (0, 0, 0, 0, 0)
    return told(targets=found[0], missing=found[1], tokens=found[2], by_model=found[3], verified=found[4])


def told(*, targets: int, missing: int, tokens: int, by_model: int, verified: int) -> SelfTraining:
    """From counts of targets, and of words of those of which enough is known."""
    if missing > MOST_MISSING * targets:
        why = f"Of {missing:,} of {targets:,} rows it is not known who wrote or checked what is to be learned, so no "
        return _refused(why + "share is told. Send the model's version with each record, and label what has no label.")
    if not tokens:
        return _refused("There is nothing in it to imitate.")
    share = (by_model - verified) / tokens
    alarm: Alarm = "red" if share > RED else "amber" if share > AMBER else "none"
    return SelfTraining(
        share=round(share, 4),
        tokens_model=by_model,
        tokens_verified=verified,
        refusal=None,
        alarm=alarm,
        sentence=_sentence(share, alarm),
    )


def _sentence(share: float, alarm: Alarm) -> str:
    written = f"{_percent(share)} of this export was written by the model itself and never checked by a person"
    if alarm == "red":
        return f"{written}; training on it mostly teaches the model to repeat itself."
    if alarm == "amber":
        return f"{written}; that part teaches the model to repeat itself."
    if share > 0:
        return f"{written}; people wrote or checked the rest."
    return "All that is to be learned from this export was written or checked by people."


def _percent(share: float) -> str:
    """Never "0 %" of what there is."""
    return f"{100 * share:.0f} %" if share >= 0.005 else "Under 1 %"


def _refused(why: str) -> SelfTraining:
    return SelfTraining(share=None, tokens_model=0, tokens_verified=0, refusal=why, alarm="none", sentence=why)


NOT_MEASURED: Final = _refused("This was not measured when the dataset was made.")
