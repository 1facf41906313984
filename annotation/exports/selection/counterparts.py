"""Which text each pair prefers to its draft: what the user made of it, a correction, or an answer made instead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, LiteralString

import orjson
from django.db.backends.utils import CursorWrapper

from annotation.exports.rows import formats
from annotation.exports.selection import pairs

OFFERS: LiteralString = """
    SELECT c.item_id, c.target, x.output, CASE i.signal_kind WHEN 'edited' THEN x.final_text END, d.correction, y.output
    FROM export_candidate c
    JOIN annotation_item i ON i.id = c.item_id
    JOIN annotation_interactioncontent x ON x.interaction_id = c.interaction_id
    LEFT JOIN annotation_labelcontent d ON d.label_id = c.correction_id
    LEFT JOIN annotation_item k ON k.id = c.counterpart_item_id
    LEFT JOIN annotation_interactioncontent y ON y.interaction_id = k.interaction_id
    ORDER BY c.item_id
"""

# What makes two rows the same was of the text that was not chosen.
SWITCH: LiteralString = """
    UPDATE export_candidate c SET target = s.target, alike = NULL
    FROM unnest(%s::bigint[], %s::text[]) AS s (item_id, target)
    WHERE c.item_id = s.item_id
"""

DROP: LiteralString = "DELETE FROM export_candidate WHERE item_id = ANY(%s::bigint[])"

# Two answers to one question that have no conversation are two groups, and a row holds both.
DROP_BRIDGES: LiteralString = """
    DELETE FROM export_placed p
    USING export_group g
    LEFT JOIN annotation_splitassignment a
           ON %(is_split)s::boolean AND a.feature_id = %(feature)s AND a.seed = %(seed)s::bigint
          AND a.group_by = %(group_by)s::text AND a.member = g.member
    WHERE p.target = 'regeneration' AND g.group_kind = p.counterpart_kind AND g.group_name = p.counterpart_name
      AND COALESCE(a.split, g.split) <> p.split
"""


def choose(cursor: CursorWrapper, chunks: Iterable[Sequence[tuple[Any, ...]]]) -> Counter[str]:
    """Set the `target` of each candidate, of the rows of OFFERS, and drop those without. Returns these by cause."""
    dropped = Counter[str]()
    for chunk in chunks:
        useless: list[int] = []
        switched: dict[int, str] = {}
        for item, first, output, *texts in chunk:
            chosen, cause = pairs.choose(draft=_last(output), offers=_offers(*texts))
            if chosen is None:
                useless.append(item)
                dropped[str(cause)] += 1
            elif chosen != first:
                switched[item] = chosen
        cursor.execute(SWITCH, [list(switched), list(switched.values())])
        cursor.execute(DROP, [useless])
    return dropped


def _offers(edit: str | None, correction: str | None, other: str | None) -> dict[str, str]:
    told = {"edit": edit, "correction": correction, "regeneration": None if other is None else _last(other)}
    return {name: text for name, text in told.items() if text is not None and (text.strip() or name != "edit")}


def _last(output: str) -> str:
    return formats.last_text(orjson.loads(output))
