"""What becomes of a label with a reason of an earlier version: a pure reading of the mappings, version after version.

A label is **kept** where its reason lives on with the same code, outcome and uses: what it was given for stays said as
it was said then. It is **mapped** where the reason lives on as another one, or permits something else. It is labeled
**again** where there is nothing that it can stand for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q

from annotation.models import Reason, ReasonMapping, TaxonomyVersion

KEPT, MAPPED, AGAIN = "kept", "mapped", "again"


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What a version makes of the labels with `origin`. `target` is null where they are labeled again."""

    origin: Reason
    target: Reason | None

    @property
    def what(self) -> str:
        if self.target is None:
            return AGAIN
        return KEPT if _means(self.origin) == _means(self.target) else MAPPED

    @property
    def changes(self) -> tuple[str, ...]:
        """Of a mapped one: which of code, outcome and uses change."""
        if self.target is None:
            return ()
        pairs = zip(("code", "outcome", "uses"), _means(self.origin), _means(self.target), strict=True)
        return tuple(name for name, before, after in pairs if before != after)


def fates(version: TaxonomyVersion) -> list[Fate]:
    """For each reason of the versions before, oldest first, what this one makes of it.

    A reason of which no mapping tells is in none of them: its labels are left as they are.
    """
    steps = _steps(version)
    ends = {origin: _end(origin, steps) for origin in steps}
    found = Reason.objects.in_bulk({*ends, *(end for end in ends.values() if end is not None)})
    return [
        Fate(origin=found[origin], target=None if end is None else found[end])
        for origin, end in sorted(ends.items())
        if end is None or found[end].taxonomy_version_id == version.pk
    ]


def origins(version: TaxonomyVersion) -> Mapping[int | None, list[Reason]]:
    """By reason of this version, the reasons of the one before that became it; under None those without successor."""
    told: dict[int | None, list[Reason]] = {}
    for row in version.mappings.select_related("from_reason").order_by("from_reason__position", "from_reason_id"):
        told.setdefault(row.to_reason_id, []).append(row.from_reason)
    return told


def _steps(version: TaxonomyVersion) -> dict[int, int | None]:
    earlier = Q(taxonomy_version__published_at__isnull=False, taxonomy_version__number__lt=version.number)
    rows = ReasonMapping.objects.filter(earlier | Q(taxonomy_version=version))
    return dict(rows.values_list("from_reason_id", "to_reason_id"))


def _end(origin: int, steps: Mapping[int, int | None]) -> int | None:
    at: int | None = origin
    while at is not None and at in steps:
        at = steps[at]
    return at


def _means(reason: Reason) -> tuple[str, str, tuple[str, ...]]:
    return reason.code, reason.outcome, tuple(sorted(reason.uses))
