"""What closed cohorts hold, as it is known when their terms are written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from annotation import loading, taxonomy
from annotation.models import Reason, SignalKind
from annotation.queues.cohorts import inclusion_probability
from annotation.validity.arms import Counted, Placed

RESOLVED: Final = "resolved"

UNWRITTEN: Final = """
SELECT c.id, c.queue_id, q.feature_id, c.closed_at IS NOT NULL
FROM annotation_cohort c JOIN annotation_queue q ON q.id = c.queue_id
LEFT JOIN annotation_termsheet w ON w.cohort_id = c.id
WHERE w.id IS NULL ORDER BY c.day, c.id
"""

# Which arms an interaction is in is known once it has settled and none of its signals waits to become an item.
UNSETTLED: Final = """
SELECT EXISTS (
    SELECT FROM annotation_interaction
    WHERE id = ANY(ARRAY(SELECT interaction_id FROM annotation_item WHERE cohort_id = $1)) AND settle_at IS NOT NULL
) OR EXISTS (
    SELECT FROM annotation_delayedsignal d
    WHERE (SELECT s.interaction_id FROM annotation_signal s WHERE s.id = d.signal_id)
        IN (SELECT interaction_id FROM annotation_item WHERE cohort_id = $1)
)
"""

COHORT: Final = """
SELECT c.id, q.feature_id, c.day, c.threshold, f.audited_key
FROM annotation_cohort c JOIN annotation_queue q ON q.id = c.queue_id JOIN annotation_feature f ON f.id = q.feature_id
WHERE c.id = $1 AND c.closed_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM annotation_termsheet w WHERE w.cohort_id = c.id)
"""

# Asked one by one, each by the ids that it needs: a join of tables that grew this minute is planned as if they were
# empty.
ITEMS: Final = """
SELECT id, interaction_id, signal_kind, key, weight, status FROM annotation_item WHERE cohort_id = $1 ORDER BY id
"""

# What was erased is left out, below the threshold and beyond it.
INTERACTIONS: Final = """
SELECT id, model_version, conversation_id, occurred_at FROM annotation_interaction
WHERE id = ANY($1::bigint[]) AND erased_at IS NULL
"""

BESIDE: Final = """
SELECT id, interaction_id, signal_kind FROM annotation_item
WHERE interaction_id = ANY($1::bigint[]) AND purpose = 'sample' ORDER BY id
"""

DECIDED: Final = """
SELECT v.item_id, r.outcome, r.id
FROM annotation_consensusrevision v JOIN annotation_reason r ON r.id = v.reason_id
WHERE v.item_id = ANY($1::bigint[]) AND v.superseded_at IS NULL
"""

VALUES: Final = """
SELECT interaction_id, metadata ->> $2 FROM annotation_interactioncontent
WHERE interaction_id = ANY($1::bigint[]) AND jsonb_typeof(metadata -> $2) IN ('string', 'number', 'boolean')
"""

CONVERSATIONS: Final = """
SELECT id, conversation_id FROM annotation_interaction WHERE feature_id = $1 AND conversation_id = ANY($2::text[])
"""

COUNTED: Final = """
SELECT interaction_id, model_version, signal_kind, counts_with, counts_without FROM annotation_term
WHERE interaction_id = ANY($1::bigint[])
"""

SUGGESTED: Final = """
SELECT EXISTS (
    SELECT FROM annotation_label l JOIN annotation_rater p ON p.id = l.rater_id AND p.kind = 'human'
    WHERE l.item_id = ANY($1::bigint[]) AND l.suggestion_seen AND l.superseded_at IS NULL
)
"""


class Due(NamedTuple):
    """A cohort whose terms are to be written. `threshold`: κ."""

    cohort_id: int
    feature_id: int
    day: date
    threshold: float
    audited_key: str


class Item(NamedTuple):
    id: int
    interaction_id: int
    signal_kind: str
    key: float
    weight: float
    status: str


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
    found = [Item._make(row) for row in loading.asked(ITEMS, [of.cohort_id])]
    interactions = sorted({item.interaction_id for item in found})
    known = {row[0]: row[1:] for row in loading.asked(INTERACTIONS, [interactions])}
    sampled = [item.id for item in found if item.status == RESOLVED and item.key < of.threshold]
    decided: dict[int, tuple[str | None, int | None]] = {
        pk: (outcome, reason) for pk, outcome, reason in loading.asked(DECIDED, [sampled])
    }
    beside = _beside(interactions)
    values: dict[int, Any] = dict(loading.asked(VALUES, [interactions, of.audited_key])) if of.audited_key else {}
    facts = []
    for item in found:
        if item.interaction_id in known:
            placed = _placed(item, known[item.interaction_id], beside[item.interaction_id])
            pi = inclusion_probability(threshold=of.threshold, weight=item.weight, key=item.key)
            undecided = (Reason.Outcome.UNKNOWABLE.value if pi is not None else None, None)
            outcome, reason = decided.get(item.id, undecided)
            facts.append(Fact(placed, pi, outcome, reason, values.get(item.interaction_id)))
    return facts


def counted(*, feature_id: int, conversations: Collection[str]) -> Counted:
    """In which arms these conversations have been counted."""
    seen = Counted()
    name_of: dict[int, str] = (
        dict(loading.asked(CONVERSATIONS, [feature_id, list(conversations)])) if conversations else {}
    )
    for interaction, version, kind, counts_with, without in loading.asked(COUNTED, [list(name_of)]) if name_of else []:
        name = name_of[interaction]
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


def _beside(interactions: Sequence[int]) -> dict[int, dict[str, int]]:
    """By interaction: its kinds, each with the id of its first sample item, in the order of these ids."""
    kinds: dict[int, dict[str, int]] = defaultdict(dict)
    for pk, interaction, kind in loading.asked(BESIDE, [list(interactions)]):
        kinds[interaction].setdefault(kind, pk)
    return kinds


def _placed(item: Item, known: tuple[Any, ...], kinds: dict[str, int]) -> Placed:
    version, conversation, occurred_at = known
    return Placed(
        item_id=item.id,
        interaction_id=item.interaction_id,
        signal_kind=item.signal_kind,
        model_version=version,
        conversation_id=conversation,
        occurred_at=occurred_at,
        kinds=frozenset(kinds),
        is_first=item.id == next(iter(kinds.values())),
        is_first_of_kind=item.id == kinds[item.signal_kind],
    )
