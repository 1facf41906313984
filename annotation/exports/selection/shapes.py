"""What tells the formats apart while rows are selected, as SQL.

Each condition here has its twin in `formats`, which turns what was selected into rows: what a trainer could not read
must be counted as left out before the rows are fixed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import LiteralString

from annotation.exports.wanted import OPENAI

# What may become a row, joined to its item `i` through an index: the plan stays linear before the first ANALYZE too.
# Decided: the current revision of an item that is not broken, withdrawn or disputed again.
DECIDED: LiteralString = """
    LEFT JOIN (
        SELECT v.item_id, 'row' AS row_kind, v.id AS revision_id, v.label_ids, v.reason_id,
               v.label_source AS source, v.confidence, v.resolved_at
        FROM annotation_consensusrevision v
        WHERE v.superseded_at IS NULL
    ) e ON e.item_id = i.id AND i.status = 'resolved'
"""

EVERYTHING: LiteralString = """
    LEFT JOIN LATERAL (
        SELECT 'consensus' AS row_kind, v.id AS revision_id, v.label_ids, v.reason_id,
               v.label_source AS source, v.confidence, v.resolved_at
        FROM annotation_consensusrevision v
        WHERE v.item_id = i.id AND v.superseded_at IS NULL
        UNION ALL
        SELECT 'label', NULL, ARRAY[l.id], l.reason_id, r.kind, l.confidence, l.labeled_at
        FROM annotation_label l
        JOIN annotation_rater r ON r.id = l.rater_id
        WHERE l.item_id = i.id AND l.superseded_at IS NULL
    ) e ON true
"""

# An assistant's message says something if it calls a tool or has a letter of text, in any of the spellings of
# `lib.messages`.
_SAYS: LiteralString = r"""
    exists(@.tool_calls[*]) || exists(@.content[*] ? (@.type() == "string" && @ like_regex "\\S"))
    || exists(@.content[*].text ? (@.type() == "string" && @ like_regex "\\S"))
    || exists(@.content[*].content ? (@.type() == "string" && @ like_regex "\\S"))
    || exists(@.content[*].refusal ? (@.type() == "string" && @ like_regex "\\S"))
"""


def _says_all(column: LiteralString) -> LiteralString:
    """Whether each message of the assistant in a JSON list says something. Most lists have none."""
    return f"""
        CASE WHEN {column} @> '[{{"role": "assistant"}}]' THEN
            jsonb_array_length(jsonb_path_query_array({column}, '$[*] ? (@.role == "assistant")'))
            = jsonb_array_length(jsonb_path_query_array({column}, '$[*] ? (@.role == "assistant" && ({_SAYS}))'))
        ELSE true END
    """


_ASKS: LiteralString = f"""
    CASE jsonb_typeof(x.input) WHEN 'string' THEN true
         WHEN 'array' THEN x.input -> -1 ->> 'role' IN ('user', 'tool') AND {_says_all("x.input")}
         ELSE false END
"""


def _answers(column: LiteralString) -> LiteralString:
    """Whether an output has something to learn from."""
    return rf"""
        CASE jsonb_typeof({column}) WHEN 'string' THEN {column} #>> '{{}}' ~ '\S'
             WHEN 'array' THEN jsonb_array_length({column}) > 0 AND {_says_all(column)}
             ELSE false END
    """


_ANSWERS: LiteralString = _answers("x.output")

_HAS_EDIT: LiteralString = r"COALESCE(x.final_text ~ '\S', false)"
_IMITATES_ANSWER: LiteralString = "j.uses @> ARRAY['sft']::varchar[]"
_IS_ONE_MESSAGE: LiteralString = """
    CASE jsonb_typeof(x.output) WHEN 'array' THEN jsonb_array_length(x.output) = 1 ELSE true END
    AND CASE jsonb_typeof(y.output) WHEN 'array' THEN jsonb_array_length(y.output) = 1 ELSE true END
"""

_NO_CORRECTION: LiteralString = "CROSS JOIN (SELECT NULL::bigint AS label_id, NULL::text AS text) t"
_NO_OTHER_ANSWER: LiteralString = """
    CROSS JOIN (
        SELECT NULL::bigint AS item_id, NULL::bigint AS revision_id, NULL::text AS external_id,
               NULL::text AS conversation_id, NULL::bytea AS user_hash, NULL::jsonb AS output
    ) o
"""


def _correction(wanted: LiteralString) -> LiteralString:
    """The better answer that somebody wrote whose label agrees with the consensus: an adjudicator's first, gold's, the
    surest, the latest. A revision holds the labels that agree, and what stands beside a label never changes.

    All are found at once, since few are written: PostgreSQL works in one process alone where it looks for each row."""
    return rf"""
        LEFT JOIN (
            SELECT DISTINCT ON (v.id) v.id AS revision_id, l.id AS label_id, d.correction AS text
            FROM annotation_labelcontent d
            JOIN annotation_label l ON l.id = d.label_id
            JOIN annotation_rater a ON a.id = l.rater_id AND a.kind IN ('human', 'gold')
            JOIN annotation_consensusrevision v
              ON v.item_id = l.item_id AND v.superseded_at IS NULL AND v.reason_id = l.reason_id
             AND l.id = ANY(v.label_ids)
            WHERE d.correction ~ '\S'
            ORDER BY v.id, l.role = 'adjudicator' DESC, a.kind = 'gold' DESC, l.certainty DESC NULLS LAST,
                     l.labeled_at DESC, l.id DESC
        ) t ON t.revision_id = j.revision_id AND j.objection IS NULL AND {wanted}
    """  # noqa: S608 - our own text


def _other_answer(fits: LiteralString = "true") -> LiteralString:
    """The answer to the same question that was made instead and turned out good enough to be preferred, and bad by no
    signal of its own. What is asked of the item holds for it too, and neither side of an evaluation leads to the other.
    """
    return f"""
        LEFT JOIN LATERAL (
            SELECT k.id AS item_id, w.id AS revision_id, m.external_id, m.conversation_id, m.user_hash, y.output
            FROM annotation_interaction m
            JOIN annotation_item k ON k.interaction_id = m.id AND k.status = 'resolved' AND k.purpose <> 'gold'
            JOIN annotation_consensusrevision w ON w.item_id = k.id AND w.superseded_at IS NULL
            JOIN annotation_reason q ON q.id = w.reason_id AND q.outcome = 'good' AND q.uses @> ARRAY['pair']::varchar[]
            JOIN annotation_interactioncontent y ON y.interaction_id = m.id
            WHERE j.objection IS NULL AND m.feature_id = %(feature)s AND m.replaces = j.external_id
              AND m.erased_at IS NULL AND m.is_evaluation = j.is_evaluation
              AND m.conversation_id IS NOT DISTINCT FROM j.conversation_id AND y.input = x.input
              AND (%(min_confidence)s::float8 IS NULL OR w.confidence >= %(min_confidence)s::float8)
              AND (cardinality(%(sources)s::text[]) = 0 OR COALESCE(w.label_source = ANY(%(sources)s::text[]), false))
              AND y.output <> x.output AND ({_answers("y.output")}) AND ({fits})
              AND NOT EXISTS (
                  SELECT FROM annotation_item b
                  JOIN annotation_consensusrevision c ON c.item_id = b.id AND c.superseded_at IS NULL
                  JOIN annotation_reason r ON r.id = c.reason_id AND r.outcome = 'bad'
                  WHERE b.interaction_id = m.id AND b.status = 'resolved'
              )
            ORDER BY w.label_source = 'gold' DESC, w.confidence DESC NULLS LAST, m.occurred_at, m.id, k.id
            LIMIT 1
        ) o ON true
    """  # noqa: S608 - our own text


_IS_EDITED: LiteralString = f"j.signal_kind = 'edited' AND {_HAS_EDIT}"
_IS_BAD: LiteralString = "j.outcome = 'bad'"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How one format selects.

    `permitted`: whether the reason permits the use. `praises`: whether the row would present the answer itself as
    good. `correction`, `other_answer`: joins of other texts (`t`, `o`) that a row may be made of; `target`: of which it
    is, null for the answer itself. `counterpart`, `readable`: whether the texts carry the row. `says`: what makes two
    rows the same.
    `once`: an interaction gives at most one row. `of`: which items: a copy of a known answer says what its item says,
    and is there to measure who labels.
    """

    entries: LiteralString = DECIDED
    permitted: LiteralString = "true"
    praises: LiteralString = "false"
    correction: LiteralString = _NO_CORRECTION
    other_answer: LiteralString = _NO_OTHER_ANSWER
    target: LiteralString = "NULL"
    counterpart: LiteralString = "true"
    readable: LiteralString = "true"
    says: LiteralString | None = None
    once: bool = False
    of: LiteralString = "i.purpose <> 'gold'"
    pairs: bool = False


_SHAPES = {
    "sft": Shape(
        permitted="j.uses && ARRAY['sft', 'sft_edit']::varchar[]",
        praises=_IMITATES_ANSWER,
        correction=_correction(f"NOT {_IMITATES_ANSWER} AND NOT {_HAS_EDIT}"),
        target=f"CASE WHEN NOT {_IMITATES_ANSWER} THEN CASE WHEN {_HAS_EDIT} THEN 'edit' ELSE 'correction' END END",
        counterpart=f"{_IMITATES_ANSWER} OR {_HAS_EDIT} OR t.label_id IS NOT NULL",
        readable=f"{_ASKS} AND (NOT {_IMITATES_ANSWER} OR {_ANSWERS})",
        says=f"""CASE WHEN {_IMITATES_ANSWER} THEN x.output
                      ELSE to_jsonb(CASE WHEN {_HAS_EDIT} THEN x.final_text ELSE t.text END) END""",
        once=True,
    ),
    "kto": Shape(
        permitted="j.uses && ARRAY['kto+', 'kto-']::varchar[]",
        praises="j.uses @> ARRAY['kto+']::varchar[]",
        readable=f"{_ASKS} AND {_ANSWERS}",
        says="jsonb_build_array(x.output, j.uses @> ARRAY['kto+']::varchar[])",
        once=True,
    ),
    "preference": Shape(
        permitted="j.uses @> ARRAY['pair']::varchar[]",
        correction=_correction(_IS_BAD),
        other_answer=_other_answer(),
        # The first that there is; `counterparts` goes on to the next where it says too little.
        target=f"""CASE WHEN {_IS_EDITED} THEN 'edit' WHEN t.label_id IS NOT NULL THEN 'correction'
                        ELSE 'regeneration' END""",
        counterpart=f"{_IS_BAD} AND ({_IS_EDITED} OR t.label_id IS NOT NULL OR o.item_id IS NOT NULL)",
        readable=f"{_ASKS} AND {_ANSWERS}",
        says=f"""jsonb_build_array(x.output, CASE WHEN {_IS_EDITED} THEN to_jsonb(x.final_text)
                                                  WHEN t.label_id IS NOT NULL THEN to_jsonb(t.text)
                                                  ELSE o.output END)""",
        pairs=True,
    ),
    "reasons": Shape(entries=EVERYTHING, of="true"),
}

SHAPES = _SHAPES | {name: _SHAPES[of_trl] for name, of_trl in OPENAI.items()}
# Its pairs are two last messages after one question, so what comes before them has to be the same.
SHAPES["openai_dpo"] = replace(SHAPES["openai_dpo"], other_answer=_other_answer(_IS_ONE_MESSAGE))
