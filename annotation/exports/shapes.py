"""What tells the formats apart while rows are selected, as SQL.

Each condition here has its twin in `formats`, which turns what was selected into rows: what a trainer could not read
must be counted as left out before the rows are fixed.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    """Whether each message of the assistant in a JSON list says something."""
    return f"""
        jsonb_array_length(jsonb_path_query_array({column}, '$[*] ? (@.role == "assistant")'))
        = jsonb_array_length(jsonb_path_query_array({column}, '$[*] ? (@.role == "assistant" && ({_SAYS}))'))
    """


_ASKS: LiteralString = f"""
    CASE jsonb_typeof(x.input) WHEN 'string' THEN true
         WHEN 'array' THEN x.input -> -1 ->> 'role' IN ('user', 'tool') AND {_says_all("x.input")}
         ELSE false END
"""

_ANSWERS: LiteralString = rf"""
    CASE jsonb_typeof(x.output) WHEN 'string' THEN x.output #>> '{{}}' ~ '\S'
         WHEN 'array' THEN jsonb_array_length(x.output) > 0 AND {_says_all("x.output")}
         ELSE false END
"""

_HAS_EDIT: LiteralString = r"COALESCE(x.final_text ~ '\S', false)"
_IMITATES_ANSWER: LiteralString = "j.uses @> ARRAY['sft']::varchar[]"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How one format selects.

    `permitted`: whether the reason permits the use. `praises`: whether the row would present the answer itself as
    good. `counterpart`, `readable`: whether the texts carry the row. `says`: what makes two rows the same.
    `once`: an interaction gives at most one row. `of`: which items: a copy of a known answer says what its item says,
    and is there to measure who labels.
    """

    entries: LiteralString = DECIDED
    permitted: LiteralString = "true"
    praises: LiteralString = "false"
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
        counterpart=f"{_IMITATES_ANSWER} OR {_HAS_EDIT}",
        readable=f"{_ASKS} AND (NOT {_IMITATES_ANSWER} OR {_ANSWERS})",
        says=f"CASE WHEN {_IMITATES_ANSWER} THEN x.output ELSE to_jsonb(x.final_text) END",
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
        counterpart=f"j.signal_kind = 'edited' AND {_HAS_EDIT}",
        readable=f"{_ASKS} AND {_ANSWERS}",
        says="jsonb_build_array(x.output, x.final_text)",
        pairs=True,
    ),
    "reasons": Shape(entries=EVERYTHING, of="true"),
}

SHAPES = _SHAPES | {name: _SHAPES[of_trl] for name, of_trl in OPENAI.items()}
