"""Where something that names a span or a provider's answer belongs, whichever feature it was sent for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from annotation.models import Feature

BY_ID = """
SELECT k.name, f.id, f.slug, i.external_id
FROM annotation_feature f CROSS JOIN unnest(%(names)s::text[]) AS k (name)
JOIN annotation_interaction i ON i.feature_id = f.id AND i.external_id = k.name
WHERE %(only)s::bigint IS NULL OR f.id = %(only)s
"""

BY_RESPONSE = """
SELECT k.name, f.id, f.slug, i.external_id
FROM annotation_feature f CROSS JOIN unnest(%(names)s::text[]) AS k (name)
JOIN annotation_responseid r ON r.feature_id = f.id AND r.response_id = k.name
JOIN annotation_interaction i ON i.id = r.interaction_id
WHERE (%(only)s::bigint IS NULL OR f.id = %(only)s) AND i.erased_at IS NULL
"""

IN_PARTS = """
SELECT w.external_id, 0, w.call #>> '{record,feature}', w.external_id
FROM annotation_partialcall w
WHERE w.sender = COALESCE(%(only)s::bigint, 0) AND w.external_id = ANY(%(names)s::text[]) AND w.call IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Address:
    """An interaction; `feature_id` is 0 where it is still to be stored."""

    feature_id: int
    feature: str
    interaction_id: str


def by_id(names: Collection[str], only: Feature | None) -> dict[str, Address]:
    """The stored interactions with these ids."""
    return _found(BY_ID, names, only)


def by_response_id(names: Collection[str], only: Feature | None) -> dict[str, Address]:
    """The stored interactions that these answers of a provider became."""
    return _found(BY_RESPONSE, names, only)


def in_parts(names: Collection[str], only: Feature | None) -> dict[str, Address]:
    """The calls of this sender whose span has come, and not yet what was said."""
    return _found(IN_PARTS, names, only)


def _found(statement: str, names: Collection[str], only: Feature | None) -> dict[str, Address]:
    if not names:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(statement, {"names": sorted(names), "only": only.pk if only else None})
        return {row[0]: Address(*row[1:]) for row in cursor.fetchall()}
