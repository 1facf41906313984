"""Which rows of a dataset say nearly the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, LiteralString

from django.db.backends.utils import CursorWrapper

from annotation.lib import similarity
from annotation.lib.similarity import Row
from annotation.models import Interaction

MOST: Final = 50
"""Clusters that are told."""

NAMED: Final = 20
"""Interactions of a cluster that are named."""

# Who has something in common with another one carries ties (`Signature.ties`). Those of the most rows come first.
LARGEST: LiteralString = """
    SELECT tie FROM export_placed p
    JOIN annotation_signature s ON s.interaction_id = p.interaction_id AND s.ties <> '{}'
    CROSS JOIN unnest(s.ties) tie
    GROUP BY tie HAVING count(*) > 1
    ORDER BY count(*) DESC, tie LIMIT 200
"""

ROWS: LiteralString = """
    SELECT s.ties, p.split, count(*), (array_agg(p.interaction_id ORDER BY p.interaction_id))[:%(named)s]
    FROM export_placed p
    JOIN annotation_signature s ON s.interaction_id = p.interaction_id AND s.ties && %(ties)s::bigint[]
    GROUP BY s.ties, p.split
"""


@dataclass(frozen=True, kw_only=True)
class Near:
    """Rows that say nearly the same. `interactions`: ids as the sender knows them, at most 20 of them."""

    interactions: tuple[str, ...]
    rows: int
    splits: tuple[str, ...]


def clusters(cursor: CursorWrapper) -> list[dict[str, Any]]:
    """Those of the rows in `export_placed`, the largest first, by ids of our own."""
    cursor.execute(LARGEST)
    ties = [tie for (tie,) in cursor.fetchall()]
    if not ties:
        return []
    cursor.execute(ROWS, {"ties": ties, "named": NAMED})
    rows = cursor.fetchall()
    group_of = similarity.settle((Row(0, held) for held, *_ in rows), {}).group_of
    together: dict[int, list[tuple[str, int, list[int]]]] = defaultdict(list)
    for held, *told in rows:
        split, count, ids = told
        together[group_of[held[0]]].append((split, count, ids))
    found = [_cluster(told) for told in together.values()]
    found.sort(key=lambda one: (-one["rows"], one["interactions"]))
    return found[:MOST]


def named(kept: Sequence[dict[str, Any]]) -> tuple[Near, ...]:
    """As they are told: what was erased since has no id any more but the one that stands in for it."""
    ids = {pk for one in kept for pk in one["interactions"]}
    names = dict(Interaction.objects.filter(pk__in=ids).values_list("pk", "external_id"))
    return tuple(
        Near(
            interactions=tuple(names[pk] for pk in one["interactions"] if pk in names),
            rows=one["rows"],
            splits=tuple(one["splits"]),
        )
        for one in kept
    )


def _cluster(told: Iterable[tuple[str, int, list[int]]]) -> dict[str, Any]:
    parts = list(told)
    return {
        "interactions": sorted({pk for _, _, ids in parts for pk in ids})[:NAMED],
        "rows": sum(count for _, count, _ in parts),
        "splits": sorted({split for split, _, _ in parts}),
    }
