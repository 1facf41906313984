"""Signals that name their interaction by the id that the model's provider gave its answer.

One that comes before its interaction waits under that id (`waiting_name`). Whoever stores an interaction notes its
response id first and looks for those who wait afterwards; whoever makes a signal wait looks for the note afterwards:
of two at the same time at least one sees the other.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from annotation.ingest import store
from annotation.models import WaitingSignal

PREFIX = "response:"

# In one order for everybody, so that two who note several don't wait for each other in a ring.
NOTE = """
INSERT INTO annotation_responseid (feature_id, response_id, interaction_id)
SELECT f.id, k.response_id, i.id
FROM unnest(%s::text[], %s::text[], %s::text[]) AS k (feature, external_id, response_id)
JOIN annotation_feature f ON f.slug = k.feature
JOIN annotation_interaction i ON i.feature_id = f.id AND i.external_id = k.external_id
ORDER BY f.id, k.response_id
ON CONFLICT (feature_id, response_id) DO NOTHING
"""

FOUND = """
SELECT w.*, i.external_id AS real_id, f.slug AS feature_slug
FROM annotation_feature f CROSS JOIN unnest(%s::text[]) AS k (response_id)
JOIN annotation_waitingsignal w ON w.feature_id = f.id AND w.interaction_external_id = %s || k.response_id
JOIN annotation_responseid r ON r.feature_id = f.id AND r.response_id = k.response_id
JOIN annotation_interaction i ON i.id = r.interaction_id AND i.erased_at IS NULL
ORDER BY w.id FOR UPDATE OF w SKIP LOCKED
"""


@dataclass(frozen=True, slots=True)
class Note:
    feature: str
    interaction_id: str
    response_id: str


def waiting_name(response_id: str) -> str:
    """The interaction id under which a signal waits that knows only the response id."""
    return PREFIX + response_id


def note(*, notes: Sequence[Note], now: datetime) -> None:
    """Remember the response ids of stored interactions, and attach what waits for them. The first of two stays."""
    if not notes:
        return
    columns = [
        [one.feature for one in notes],
        [one.interaction_id for one in notes],
        [one.response_id for one in notes],
    ]
    with connection.cursor() as cursor:
        cursor.execute(NOTE, columns)
    attach(response_ids={one.response_id for one in notes}, now=now)


@transaction.atomic
def attach(*, response_ids: Collection[str], now: datetime) -> int:
    """Give those who wait under these response ids their interactions, if they are known by now; how many that were."""
    rows = list(WaitingSignal.objects.raw(FOUND, [sorted(response_ids), PREFIX]))
    if not rows:
        return 0
    outcome = store.signals(records=[(place, _signal(row)) for place, row in enumerate(rows)], now=now)
    kept = {one.index for one in outcome.refused}
    moved = [row.pk for place, row in enumerate(rows) if place not in kept]
    WaitingSignal.objects.filter(pk__in=moved).delete()
    return len(moved)


def attach_all(*, now: datetime) -> int:
    """The same for all who wait: for what a process left that died between two steps."""
    waiting = WaitingSignal.objects.filter(interaction_external_id__startswith=PREFIX)
    names = set(waiting.values_list("interaction_external_id", flat=True))
    return attach(response_ids={name.removeprefix(PREFIX) for name in names}, now=now)


def _signal(row: WaitingSignal) -> dict[str, object]:
    return {
        "feature": row.feature_slug,  # type: ignore[attr-defined] # columns of the statement beside those of the model
        "interaction_id": row.real_id,  # type: ignore[attr-defined]
        "id": row.external_id,
        "kind": row.kind,
        "observed_at": row.observed_at.isoformat(),
        "details": row.details,
    }
