"""Which bad interactions are followed: a random draw from all that a deployed model was trained on.

The population of a model version are the interactions whose item was decided to be bad and stands in the train split of
an export that a succeeded run names which made that version (`annotation.closure.chain`). Each has the same chance: a
hash of its own draws, since the interaction's random number has a say in what gets labeled.
"""

from __future__ import annotations

import heapq
from collections import Counter
from datetime import datetime, timedelta
from typing import Final, LiteralString, NamedTuple

from django.conf import settings

from annotation import audit, loading
from annotation.lib import keyed
from annotation.models import MendedCase, MendedSearch

DRAWN: Final = 500
"""So many bad interactions of a model version are followed at most."""

COUNT_AGAIN: Final = timedelta(days=1)

BEGUN: LiteralString = """
    INSERT INTO annotation_mendedsearch (feature_id, model_version, population, read, read_until_id)
    SELECT DISTINCT run.feature_id, run.model_version, '[]'::jsonb, 0, 0
    FROM annotation_trainingrun run
    JOIN annotation_deployment d ON d.feature_id = run.feature_id AND d.model_version = run.model_version
    WHERE run.status = 'succeeded' AND run.retracted_at IS NULL AND d.deployed_at <= %(now)s
    ON CONFLICT DO NOTHING
    RETURNING id
"""

# An interaction with several bad items counts once, with the first of them.
POPULATION: LiteralString = """
    WITH named AS (
        SELECT DISTINCT export.id
        FROM annotation_trainingrun run
        JOIN annotation_trainingrun_exports used ON used.trainingrun_id = run.id
        JOIN annotation_export export ON export.id = used.export_id AND export.status = 'done'
        WHERE run.feature_id = %(feature)s AND run.model_version = %(version)s
          AND run.status = 'succeeded' AND run.retracted_at IS NULL
    ), held AS (
        SELECT row.item_id FROM annotation_exportrow row
        WHERE row.export_id IN (SELECT id FROM named) AND row.split = 'train' AND row.revision_id IS NOT NULL
        UNION
        SELECT row.counterpart_item_id FROM annotation_exportrow row
        WHERE row.export_id IN (SELECT id FROM named) AND row.split = 'train'
          AND row.counterpart_revision_id IS NOT NULL
    )
    SELECT DISTINCT ON (item.interaction_id) item.interaction_id, item.id, reason.signal_kind, reason.code
    FROM held
    JOIN annotation_item item ON item.id = held.item_id AND item.feature_id = %(feature)s
    JOIN annotation_interaction n ON n.id = item.interaction_id AND n.erased_at IS NULL
    JOIN annotation_consensusrevision v ON v.item_id = item.id AND v.superseded_at IS NULL
    JOIN annotation_reason reason ON reason.id = v.reason_id AND reason.outcome = 'bad'
    ORDER BY item.interaction_id, item.id
"""

REPORTED_SINCE: LiteralString = """
    SELECT EXISTS (
        SELECT FROM annotation_trainingrun
        WHERE feature_id = %(feature)s AND model_version = %(version)s
          AND greatest(reported_at, retracted_at) >= %(counted_at)s
    )
"""


class Bad(NamedTuple):
    interaction: int
    item: int
    signal_kind: str
    reason: str


def begin(*, now: datetime) -> int:
    """Begin to follow the deployed model versions that a run made. Returns how many are new."""
    return len(loading.fetched(BEGUN, {"now": now}))


def is_due(search: MendedSearch, *, now: datetime) -> bool:
    """Once a day, and when a run of its model was reported or taken back since."""
    if search.counted_at is None or search.counted_at <= now - COUNT_AGAIN:
        return True
    asked = {"feature": search.feature_id, "version": search.model_version, "counted_at": search.counted_at}
    return bool(loading.fetched(REPORTED_SINCE, asked)[0][0])


def draw(search: MendedSearch, *, now: datetime) -> int:
    """Count the population anew, and draw from it. Returns how many were drawn; who was drawn once, stays."""
    asked = {"feature": search.feature_id, "version": search.model_version}
    bad = [Bad(*row) for row in loading.fetched(POPULATION, asked)]
    counted = Counter((one.signal_kind, one.reason) for one in bad)
    search.population = [[*reason, count] for reason, count in sorted(counted.items())]
    search.counted_at = now
    search.save(update_fields=["population", "counted_at"])
    drawn = heapq.nsmallest(DRAWN, ((_number(search, one), one) for one in bad))
    return _write(search, drawn, now)


def _number(search: MendedSearch, one: Bad) -> float:
    """The same for all models: where several are compared, they are compared on the same bad answers."""
    return keyed.unit_interval(settings.HASH_KEY, search.feature.slug, str(one.interaction), purpose="mended-draw")


def _write(search: MendedSearch, drawn: list[tuple[float, Bad]], now: datetime) -> int:
    known = set(MendedCase.objects.filter(search=search).values_list("interaction_id", flat=True))
    new = [
        MendedCase(search=search, item_id=one.item, interaction_id=one.interaction, draw=number, drawn_at=now)
        for number, one in drawn
        if one.interaction not in known
    ]
    MendedCase.objects.bulk_create(new)
    if new:
        data = {"model_version": search.model_version, "drawn": len(new)}
        target = ("mended_search", search.pk)
        audit.record(
            actor=audit.FLYWHEEL, verb="mended.drawn", target=target, feature=search.feature, now=now, data=data
        )
    return len(new)
