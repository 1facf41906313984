"""What whoever trains on pairs or on single answers has to know of them: how many of each, and how long."""

from __future__ import annotations

from typing import Any, Final, LiteralString

from annotation import loading
from annotation.exports.wanted import OPENAI
from annotation.models import Export

BALANCED: Final = (1.0, 4 / 3)
"""Between which the weight of all desirable rows should lie, for each of the undesirable (Ethayarajh et al. 2024,
"KTO: Model Alignment as Prospect Theoretic Optimization", as TRL's documentation of its trainer has it)."""

CLASSES: LiteralString = """
    SELECT r.split, count(*) FILTER (WHERE 'kto+' = ANY(m.uses)), count(*) FILTER (WHERE NOT 'kto+' = ANY(m.uses))
    FROM annotation_exportrow r
    JOIN annotation_consensusrevision v ON v.id = r.revision_id
    JOIN annotation_reason m ON m.id = v.reason_id
    WHERE r.export_id = %(export)s
    GROUP BY r.split
    ORDER BY min(r.ordinal)
"""


def _length(column: LiteralString) -> LiteralString:
    """Letters of an output's last message; null where that is made of parts."""
    return f"""length(CASE jsonb_typeof({column}) WHEN 'string' THEN {column} #>> '{{}}'
        ELSE CASE jsonb_typeof({column} -> -1 -> 'content') WHEN 'string' THEN {column} -> -1 ->> 'content' END END)"""


# How many times as long as what is rejected that is which is preferred.
PAIRS: LiteralString = f"""
    WITH pairs AS (
        SELECT CASE WHEN r.counterpart_item_id IS NOT NULL THEN 'regeneration'
                    WHEN r.correction_id IS NOT NULL THEN 'correction' ELSE 'edit' END AS made_of,
               CASE WHEN r.counterpart_item_id IS NOT NULL THEN {_length("y.output")}
                    ELSE length(COALESCE(d.correction, x.final_text)) END::float8
               / NULLIF({_length("x.output")}, 0) AS ratio
        FROM annotation_exportrow r
        JOIN annotation_item i ON i.id = r.item_id
        JOIN annotation_interactioncontent x ON x.interaction_id = i.interaction_id
        LEFT JOIN annotation_labelcontent d ON d.label_id = r.correction_id
        LEFT JOIN annotation_item k ON k.id = r.counterpart_item_id
        LEFT JOIN annotation_interactioncontent y ON y.interaction_id = k.interaction_id
        WHERE r.export_id = %(export)s
    )
    SELECT made_of, count(*), (SELECT percentile_cont(ARRAY[0.1, 0.5, 0.9]) WITHIN GROUP (ORDER BY ratio) FROM pairs)
    FROM pairs
    GROUP BY made_of
    ORDER BY made_of
"""  # noqa: S608 - our own text


def in_manifest(export: Export) -> dict[str, Any]:
    """`classes`: desirable and undesirable rows by split. `pairs`: rows by what is preferred, and the 10th, 50th and
    90th percentile of how many times as long it is as what is rejected."""
    name = export.request["format"]
    if name == "kto":
        found = loading.fetched(CLASSES, {"export": export.pk})
        return {"classes": {split: {"desirable": good, "undesirable": bad} for split, good, bad in found}}
    if OPENAI.get(name, name) == "preference":
        found = loading.fetched(PAIRS, {"export": export.pk})
        lengths = found[0][2] if found else None
        told = {"p10": lengths[0], "p50": lengths[1], "p90": lengths[2]} if lengths else None
        return {"pairs": {"made_of": {made_of: count for made_of, count, _ in found}, "length_ratio": told}}
    return {}


def kto_weights(*, desirable: int, undesirable: int) -> tuple[float, float] | None:
    """The weights that bring two classes into balance, of which one stays 1 and the other is the least that does.
    None where a class is empty: there is nothing to tell from it."""
    if not desirable or not undesirable:
        return None
    low, high = BALANCED
    ratio = desirable / undesirable
    if ratio < low:
        return round(low / ratio, 2), 1.0
    return 1.0, round(max(ratio / high, 1.0), 2)
