"""What closed cohorts hold, as it is known when their terms are written."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from annotation import loading, taxonomy
from annotation.models import Reason, SignalKind
from annotation.queues.cohorts import inclusion_probability
from annotation.validity.arms import Counted, Placed

UNWRITTEN: Final = """
SELECT c.id, c.queue_id, q.feature_id, c.closed_at IS NOT NULL
FROM annotation_cohort c JOIN annotation_queue q ON q.id = c.queue_id
LEFT JOIN annotation_termsheet w ON w.cohort_id = c.id
WHERE w.id IS NULL ORDER BY c.day, c.id
"""

# Which arms an interaction is in is known once it has settled and none of its signals waits to become an item.
UNSETTLED: Final = """
SELECT EXISTS (
    SELECT FROM annotation_item i JOIN annotation_interaction n ON n.id = i.interaction_id
    WHERE i.cohort_id = $1 AND (n.settle_at IS NOT NULL OR EXISTS (
        SELECT FROM annotation_signal s JOIN annotation_delayedsignal d ON d.signal_id = s.id
        WHERE s.interaction_id = n.id
    ))
)
"""

COHORT: Final = """
SELECT c.id, q.feature_id, c.day, c.threshold, f.audited_key
FROM annotation_cohort c JOIN annotation_queue q ON q.id = c.queue_id JOIN annotation_feature f ON f.id = q.feature_id
WHERE c.id = $1 AND c.closed_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM annotation_termsheet w WHERE w.cohort_id = c.id)
"""

# What was erased is left out, below the threshold and beyond it.
ITEMS: Final = """
SELECT i.id, i.interaction_id, i.signal_kind, n.model_version, n.conversation_id, n.occurred_at,
    beside.kinds, beside.first = i.id, beside.first_of_kind = i.id,
    i.key, i.weight, r.outcome, r.id, jsonb_typeof(x.metadata -> $2), x.metadata ->> $2
FROM annotation_item i
JOIN annotation_interaction n ON n.id = i.interaction_id AND n.erased_at IS NULL
CROSS JOIN LATERAL (
    SELECT array_agg(DISTINCT o.signal_kind::text) AS kinds, min(o.id) AS first,
        min(o.id) FILTER (WHERE o.signal_kind = i.signal_kind) AS first_of_kind
    FROM annotation_item o WHERE o.interaction_id = i.interaction_id AND o.purpose = 'sample'
) beside
LEFT JOIN annotation_consensusrevision v
    ON v.item_id = i.id AND v.superseded_at IS NULL AND i.status = 'resolved' AND i.key < $3
LEFT JOIN annotation_reason r ON r.id = v.reason_id
LEFT JOIN annotation_interactioncontent x ON x.interaction_id = n.id AND $2 <> ''
WHERE i.cohort_id = $1
ORDER BY i.id
"""

COUNTED: Final = """
SELECT n.conversation_id, t.model_version, t.signal_kind, t.counts_with, t.counts_without
FROM annotation_interaction n JOIN annotation_term t ON t.interaction_id = n.id
WHERE n.feature_id = $1 AND n.conversation_id = ANY($2::text[])
"""

SUGGESTED: Final = """
SELECT EXISTS (
    SELECT FROM annotation_label l JOIN annotation_rater p ON p.id = l.rater_id AND p.kind = 'human'
    WHERE l.item_id = ANY($1::bigint[]) AND l.suggestion_seen AND l.superseded_at IS NULL
)
"""


PLAIN: Final = ("string", "number", "boolean")
"""What a value of the audited key may be."""


class Due(NamedTuple):
    """A cohort whose terms are to be written. `threshold`: κ."""

    cohort_id: int
    feature_id: int
    day: date
    threshold: float
    audited_key: str


class Fact(NamedTuple):
    """A sample item. `probability` is None beyond the sample, and so are outcome and reason; `outcome` of the others is
    `unknowable` where nothing was decided. `value`: of the audited key, where it is a word, a number or a truth."""

    placed: Placed
    probability: float | None
    outcome: str | None
    reason_id: int | None
    value: str | None


def due() -> Iterator[tuple[int, int]]:
    """(cohort, feature) of what can be written now: closed and settled, of each queue the earliest first."""
    waiting: set[int] = set()
    for cohort_id, queue_id, feature_id, is_closed in loading.asked(UNWRITTEN, []):
        if queue_id in waiting:
            continue
        if is_closed and is_settled(cohort_id):
            yield cohort_id, feature_id
        else:
            waiting.add(queue_id)


def is_settled(cohort_id: int) -> bool:
    ((unsettled,),) = loading.asked(UNSETTLED, [cohort_id])
    return not unsettled


def cohort(cohort_id: int) -> Due | None:
    """None if its terms are written already."""
    found = loading.asked(COHORT, [cohort_id])
    return Due._make(found[0]) if found else None


def items(of: Due) -> list[Fact]:
    """In the order of their ids."""
    # The database's largest number stands for infinity, which it compares as one.
    found = loading.asked(ITEMS, [of.cohort_id, of.audited_key, of.threshold])
    return [_fact(row, of.threshold) for row in found]


def counted(*, feature_id: int, conversations: Collection[str]) -> Counted:
    """In which arms these conversations have been counted."""
    seen = Counted()
    if conversations:
        for name, version, kind, counts_with, without in loading.asked(COUNTED, [feature_id, list(conversations)]):
            if counts_with:
                seen.with_.add((name, version, kind))
            seen.without.update((name, version, other) for other in without)
    return seen


def suggestions_seen(item_ids: Sequence[int]) -> bool:
    """Whether somebody who labeled one of these saw what a rule or judge suggests."""
    ((seen,),) = loading.asked(SUGGESTED, [list(item_ids)])
    return bool(seen)


def polarities() -> dict[str, str]:
    """By kind, as the latest taxonomy version has it, of the kinds that people are asked about."""
    kinds = SignalKind.objects.filter(taxonomy_version=taxonomy.current(), is_queued=True)
    return dict(kinds.values_list("kind", "polarity"))


def _fact(row: tuple[Any, ...], threshold: float) -> Fact:
    *placed, key, weight, outcome, reason_id, of_kind, value = row
    placed[6] = frozenset(placed[6])
    pi = inclusion_probability(threshold=threshold, weight=weight, key=key)
    is_sampled = pi is not None and math.isfinite(pi)
    undecided = Reason.Outcome.UNKNOWABLE.value if is_sampled else None
    return Fact(Placed._make(placed), pi, outcome or undecided, reason_id, value if of_kind in PLAIN else None)
