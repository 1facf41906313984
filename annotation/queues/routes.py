"""Which queue takes which kinds of signals: read in one statement, since every batch that arrives asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from annotation import loading
from annotation.models import Cohort

# A queue that is bound to no taxonomy version goes with the latest. Of its kinds, only what that version queues.
ROUTES = """
SELECT q.feature_id, q.id, q.delay_hours, q.overlap, q.overlap_max, q.full_overlap_share, d.id, d.mix, q.mean_u,
    coalesce(q.taxonomy_version_id, latest.id), c.id, ARRAY(
    SELECT k.kind FROM annotation_signalkind k
    WHERE k.taxonomy_version_id = coalesce(q.taxonomy_version_id, latest.id) AND k.is_queued
        AND (cardinality(q.signal_kinds) = 0 OR k.kind = ANY(q.signal_kinds))
)
FROM annotation_queue q
JOIN annotation_samplingdesign d ON d.queue_id = q.id AND d.ended_at IS NULL
CROSS JOIN (
    SELECT id FROM annotation_taxonomyversion WHERE published_at IS NOT NULL ORDER BY number DESC LIMIT 1
) latest
LEFT JOIN annotation_cohort c ON c.queue_id = q.id AND c.day = $1
WHERE q.feature_id = ANY($2::bigint[])
ORDER BY q.rank, q.id
"""


class Route(NamedTuple):
    """A queue, and what its new sample items share. `cohort_id` is null until the day's first item is made.

    `mix` is the design's. `mean_u`: how uncertain the rules were on average of late; null where none says anything.
    """

    queue_id: int
    delay_hours: int
    overlap: int
    overlap_max: int
    full_overlap_share: float
    design_id: int
    mix: float
    mean_u: float | None
    taxonomy_version_id: int
    cohort_id: int | None
    kinds: frozenset[str]


Routes = Mapping[int, Sequence[Route]]
"""By feature: its queues in the order in which they are asked."""


def of(feature_ids: Collection[int], *, day: date) -> Routes:
    return asking(feature_ids, day=day)()


def asking(feature_ids: Collection[int], *, day: date) -> Callable[[], Routes]:
    """Asks now, and reads the answer when it is called (`loading.asking`)."""
    answer = loading.asking(ROUTES, [day, list(feature_ids)])
    return lambda: _routes(answer())


def _routes(rows: Iterable[tuple[Any, ...]]) -> Routes:
    found: dict[int, list[Route]] = defaultdict(list)
    for feature_id, *values, kinds in rows:
        found[feature_id].append(Route._make([*values, frozenset(kinds)]))
    return found


def first(routes: Iterable[Route], kind: str) -> Route | None:
    return next((route for route in routes if kind in route.kinds), None)


def cohorts(routes: Collection[Route], *, day: date) -> dict[int, int]:
    """The day's cohort of each queue; made by the first item of the day."""
    known = {route.queue_id: route.cohort_id for route in routes if route.cohort_id is not None}
    missing = {route.queue_id for route in routes} - known.keys()
    if missing:
        Cohort.objects.bulk_create(
            [Cohort(queue_id=queue_id, day=day) for queue_id in sorted(missing)], ignore_conflicts=True
        )
        known |= dict(Cohort.objects.filter(queue_id__in=missing, day=day).values_list("queue_id", "pk"))
    return known
