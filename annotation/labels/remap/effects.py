"""What a version does to the labels that there are: counted before it is published, and what is left to do after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection

from annotation.models import Reason, TaxonomyVersion
from annotation.taxonomy import mapping
from annotation.taxonomy.mapping import AGAIN, KEPT, MAPPED, Fate

# The labels that follow a version: current ones, in queues that are bound to no other, about what was not erased.
FOLLOWING = """
    FROM annotation_label l
    JOIN annotation_item i ON i.id = l.item_id
    JOIN annotation_queue q ON q.id = i.queue_id
    JOIN annotation_interaction n ON n.id = i.interaction_id
    WHERE l.superseded_at IS NULL AND l.reason_id = ANY(%(reasons)s::bigint[])
      AND (q.taxonomy_version_id IS NULL OR q.taxonomy_version_id = %(version)s) AND n.erased_at IS NULL
"""

COUNT = f"SELECT l.reason_id, count(*) {FOLLOWING} GROUP BY l.reason_id"


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What becomes of the labels with one reason, and how many these are."""

    fate: Fate
    labels: int


@dataclass(frozen=True, kw_only=True)
class Effects:
    """By reason, in the order of kinds; `kept`, `mapped` and `again` count labels."""

    by_reason: Sequence[Effect]

    @property
    def kept(self) -> int:
        return self._count(KEPT)

    @property
    def mapped(self) -> int:
        return self._count(MAPPED)

    @property
    def again(self) -> int:
        return self._count(AGAIN)

    @property
    def to_do(self) -> int:
        return self.mapped + self.again

    @property
    def changed(self) -> list[Effect]:
        """Those of reasons that don't just live on, whether or not they have labels."""
        return [one for one in self.by_reason if one.fate.what != KEPT]

    def _count(self, what: str) -> int:
        return sum(one.labels for one in self.by_reason if one.fate.what == what)


def of(version: TaxonomyVersion) -> Effects:
    """Of a draft: what publishing it would bring. Of the current version: what it has left to do."""
    fates = mapping.fates(version)
    labels = count([fate.origin.pk for fate in fates], version=version)
    found = [Effect(fate=fate, labels=labels[fate.origin.pk]) for fate in fates]
    base = max((one.fate.origin.taxonomy_version_id for one in found), default=0)
    # Of versions long past only what still has labels is worth a line.
    shown = [one for one in found if one.labels or one.fate.origin.taxonomy_version_id == base]
    return Effects(by_reason=shown)


def count(reasons: Collection[int], *, version: TaxonomyVersion) -> Counter[int]:
    """The labels with each of these reasons that follow the version."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"reasons": list(reasons), "version": version.pk})
        return Counter(dict(cursor.fetchall()))


def plan(version: TaxonomyVersion) -> dict[int, Reason | None]:
    """By reason whose labels don't stay: the one that they get, or null where they are labeled again."""
    return {fate.origin.pk: fate.target for fate in mapping.fates(version) if fate.what != KEPT}
