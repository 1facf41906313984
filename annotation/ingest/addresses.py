"""Where something that names a span or a provider's answer belongs, whichever feature it was sent for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from annotation.models import Feature

BY_ID = """
SELECT k.name, f.slug, i.external_id
FROM annotation_feature f CROSS JOIN unnest(%(names)s::text[]) AS k (name)
JOIN annotation_interaction i ON i.feature_id = f.id AND i.external_id = k.name
WHERE %(only)s::bigint IS NULL OR f.id = %(only)s
"""

BY_RESPONSE = """
SELECT k.name, f.slug, i.external_id
FROM annotation_feature f CROSS JOIN unnest(%(names)s::text[]) AS k (name)
JOIN annotation_responseid r ON r.feature_id = f.id AND r.response_id = k.name
JOIN annotation_interaction i ON i.id = r.interaction_id
WHERE (%(only)s::bigint IS NULL OR f.id = %(only)s) AND i.erased_at IS NULL
"""

IN_PARTS = """
SELECT w.external_id, w.call #>> '{record,feature}', w.external_id
FROM annotation_partialcall w
WHERE w.sender = COALESCE(%(only)s::bigint, 0) AND w.external_id = ANY(%(names)s::text[]) AND w.call IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Address:
    """An interaction, stored or still to be."""

    feature: str
    interaction_id: str


Addresses = Mapping[str, Sequence[Address]]
"""By name; a name is nearly always of one feature."""


def by_id(names: Collection[str], only: Feature | None) -> Addresses:
    """The stored interactions with these ids."""
    return _found(BY_ID, names, only)


def by_response_id(names: Collection[str], only: Feature | None) -> Addresses:
    """The stored interactions that these answers of a provider became."""
    return _found(BY_RESPONSE, names, only)


def in_parts(names: Collection[str], only: Feature | None) -> Addresses:
    """The calls of this sender whose span has come, and not yet what was said."""
    return _found(IN_PARTS, names, only)


def chosen(found: Addresses, name: str | None, *, feature: str) -> Address | None:
    """The one with this name, if need be that of the feature."""
    named = found.get(name or "", ())
    return next((one for one in named if one.feature == feature), named[0] if named else None)


def _found(statement: str, names: Collection[str], only: Feature | None) -> Addresses:
    found: dict[str, list[Address]] = defaultdict(list)
    if names:
        with connection.cursor() as cursor:
            cursor.execute(statement, {"names": sorted(names), "only": only.pk if only else None})
            for name, *where in cursor.fetchall():
                found[name].append(Address(*where))
    return found
