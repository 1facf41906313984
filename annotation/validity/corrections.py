"""What was decided otherwise after its term was written: counted, and beyond 2 % of a cell a reason to begin anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from annotation import loading
from annotation.models import Audit, Correction
from annotation.validity import cells, locks
from annotation.validity.cells import State

MOST: Final = 0.02
"""Of a cell's sampled terms."""

OVERLAP: Final = 5_000
"""Revisions that are looked at once more: one that commits late may have an id below those seen before."""

# What an item of the sample is decided as now, beside what is known of it here. An item without a current decision is
# unknowable, as when its term was written.
DIFFERING: Final = """
SELECT t.item_id, coalesce(r.outcome, 'unknowable'), r.id, (SELECT max(id) FROM annotation_consensusrevision)
FROM annotation_term t
LEFT JOIN annotation_consensusrevision v ON v.item_id = t.item_id AND v.superseded_at IS NULL
LEFT JOIN annotation_reason r ON r.id = v.reason_id
LEFT JOIN LATERAL (
    SELECT c.outcome FROM annotation_correction c WHERE c.term_id = t.item_id ORDER BY c.id DESC LIMIT 1
) last ON true
WHERE t.feature_id = $1 AND t.probability IS NOT NULL {which}
    AND coalesce(r.outcome, 'unknowable') <> coalesce(last.outcome, t.outcome)
ORDER BY t.item_id
"""

# The revisions are few, so they are looked up first.
RECENT: Final = DIFFERING.format(
    which="""AND t.item_id = ANY(ARRAY(
        SELECT DISTINCT item_id FROM annotation_consensusrevision WHERE id > $2
    ))"""
)
ALL: Final = DIFFERING.format(which="AND $2::int8 IS NOT NULL")

LATEST: Final = "SELECT coalesce(max(id), 0) FROM annotation_consensusrevision"

# How many terms of a cell were corrected since it last began anew.
COUNTED: Final = """
SELECT count(DISTINCT t.item_id) FROM annotation_correction c JOIN annotation_term t ON t.item_id = c.term_id
WHERE c.feature_id = $1 AND c.id > $2 AND t.model_version = $3 AND ($4::int8 IS NULL OR t.part_id = $4)
    AND ((t.signal_kind = $5 AND t.counts_with) OR $5 = ANY(t.counts_without))
"""


def note(*, now: datetime) -> int:
    """Count what was decided otherwise since the last call, in every feature. Returns how many items."""
    audited = Audit.objects.exclude(computed_at=None).order_by("pk").values_list("pk", flat=True)
    return sum(of_feature(feature_id=pk, now=now) for pk in list(audited))


@transaction.atomic
def of_feature(*, feature_id: int, now: datetime, is_full: bool = False) -> int:
    """As `note`. `is_full`: compare every term, and not only with recent decisions, to find what was taken back too."""
    if not locks.have(feature_id):
        return 0
    audit = Audit.objects.get(pk=feature_id)
    ((latest,),) = loading.asked(LATEST, [])
    if latest == audit.seen_revision and not is_full:
        return 0
    found = loading.asked(ALL if is_full else RECENT, [feature_id, audit.seen_revision - OVERLAP])
    Correction.objects.bulk_create(
        Correction(term_id=item, feature_id=feature_id, outcome=outcome, reason_id=reason, noted_at=now)
        for item, outcome, reason, _latest in found
    )
    audit.seen_revision = latest
    audit.save(update_fields=["seen_revision"])
    if found:
        _count(feature_id, [item for item, *_rest in found], now)
    return len(found)


def _count(feature_id: int, item_ids: Sequence[int], now: datetime) -> None:
    """Count anew in the cells that these items are in, and begin anew where it is too much."""
    versions = {version for (version,) in loading.asked(VERSIONS, [list(item_ids)])}
    states = cells.of(feature_id=feature_id, versions=versions)
    for state in states:
        state.cell.corrections = _corrections(feature_id, state)
    restarting = [state for state in states if _is_too_many(state)]
    ((last,),) = loading.asked("SELECT max(id) FROM annotation_correction WHERE feature_id = $1", [feature_id])
    for state in restarting:
        state.begin_anew(now=now, since_correction=last)
    cells.anew(restarting, feature_id=feature_id)
    for state in restarting:
        state.tell(now=now)
    cells.keep(states)


VERSIONS: Final = "SELECT DISTINCT model_version FROM annotation_term WHERE item_id = ANY($1::bigint[])"


def _corrections(feature_id: int, state: State) -> int:
    key = state.key
    parameters = [feature_id, state.figures.since_correction, key.model_version, key.part or None, key.kind]
    ((count,),) = loading.asked(COUNTED, parameters)
    return int(count)


def _is_too_many(state: State) -> bool:
    figures = state.figures
    return state.cell.corrections > MOST * (figures.with_.sampled + figures.without.sampled)
