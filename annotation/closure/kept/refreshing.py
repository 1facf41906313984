"""Keep the figures of closure: days of which something changed are counted anew, each night all of them.

Who changes something leaves a mark in the same transaction (`annotation.models.marks`). Marks are taken in one
statement and the days counted in the next, which sees whatever they tell of: what is committed in between is counted,
and its mark stays for the next time.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Max

from annotation import loading
from annotation.closure.kept.statement import COUNT, FORGET, PLAN, PLAN_AS_BEFORE
from annotation.models import ClosureMark, Feature, Ledger

logger = logging.getLogger(__name__)

Day = tuple[int, date]
"""A feature's id and a UTC day."""

MARKS: Final = 5_000
"""So many are answered in one transaction."""
DAYS: Final = 31
"""So many days are counted by one statement where all are: what it holds in memory is of these alone."""

LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('closure'), 0)"

PEEK: Final = "SELECT about, ids, feature_id, day FROM annotation_closuremark"

TAKE: Final = """
    DELETE FROM annotation_closuremark WHERE id IN (
        SELECT id FROM annotation_closuremark WHERE id <= %s ORDER BY id LIMIT %s
    )
    RETURNING about, ids, feature_id, day
"""

# The days of the interactions that marks name: by their own ids, those of items, cohorts and exports.
NAMED: Final = """
    WITH named AS (
        SELECT unnest(%(interaction)s::bigint[]) AS id
        UNION
        SELECT interaction_id FROM annotation_item WHERE id = ANY (%(item)s::bigint[])
        UNION
        SELECT interaction_id FROM annotation_item WHERE cohort_id = ANY (%(cohort)s::bigint[])
        UNION
        SELECT item.interaction_id FROM annotation_exportrow row
        JOIN annotation_item item ON item.id IN (row.item_id, row.counterpart_item_id)
        WHERE row.export_id = ANY (%(export)s::bigint[])
    )
    SELECT DISTINCT interaction.feature_id, (interaction.occurred_at AT TIME ZONE 'UTC')::date
    FROM named JOIN annotation_interaction interaction ON interaction.id = named.id
"""

EVERY: Final = """
    SELECT DISTINCT feature_id, (occurred_at AT TIME ZONE 'UTC')::date
    FROM annotation_interaction WHERE feature_id = ANY (%(features)s::bigint[])
    UNION
    SELECT feature_id, day FROM annotation_retentioncount WHERE feature_id = ANY (%(features)s::bigint[])
    UNION
    SELECT feature_id, day FROM annotation_closuretally WHERE feature_id = ANY (%(features)s::bigint[])
"""


def refresh(*, now: datetime) -> int:
    """Answer what was marked until now, and count features that were never counted. Returns how many days were counted.

    What is marked meanwhile is left for the next time: where senders never rest, this still ends.
    """
    last = ClosureMark.objects.aggregate(last=Max("pk"))["last"] or 0
    counted = full(now=now, features=Feature.objects.filter(ledger=None).values_list("pk", flat=True))
    while (answered := _answer(last, now)) is not None:
        counted += answered
    return counted


def full(*, now: datetime, features: Iterable[int] | None = None) -> int:
    """Count every day anew, of all features where none are named. Returns how many days were counted."""
    chosen = list(Feature.objects.values_list("pk", flat=True) if features is None else features)
    days = every(chosen)
    for some in chunks(days):
        with transaction.atomic():
            lock()
            count(some)
    _note(chosen, now)
    return len(days)


def every(features: Iterable[int] | None = None) -> list[Day]:
    """Every day of which anything is known or kept."""
    chosen = list(Feature.objects.values_list("pk", flat=True) if features is None else features)
    return sorted(loading.fetched(EVERY, {"features": chosen})) if chosen else []


def chunks(days: Sequence[Day]) -> Iterator[Sequence[Day]]:
    return (days[start : start + DAYS] for start in range(0, len(days), DAYS))


def marked() -> set[Day]:
    """The days of which something has changed since they were counted."""
    return _days(loading.fetched(PEEK, []))


@transaction.atomic
def _answer(last: int, now: datetime) -> int | None:
    """Count the days that the oldest marks tell of. Returns how many; None where nothing up to `last` is marked."""
    lock()
    marks = loading.fetched(TAKE, [last, MARKS])
    if not marks:
        return None
    days = sorted(_days(marks))
    for some in chunks(days):
        count(some)
    _note({feature for feature, _day in days}, now)
    return len(days)


def _days(marks: Sequence[tuple[str, list[int], int | None, date | None]]) -> set[Day]:
    ids: dict[str, set[int]] = {about: set() for about in ClosureMark.About.values if about != ClosureMark.About.DAY}
    days: set[Day] = set()
    for about, named, feature, day in marks:
        if feature is not None and day is not None:
            days.add((feature, day))
        else:
            ids[about].update(named)
    if any(ids.values()):
        days.update(loading.fetched(NAMED, {about: sorted(named) for about, named in ids.items()}))
    return days


@transaction.atomic
def count(days: Sequence[Day]) -> None:
    """Replace what is kept of these days by what is counted now."""
    parameters: dict[str, Any] = {"features": [feature for feature, _ in days], "days": [day for _, day in days]}
    with connection.cursor() as cursor:
        cursor.execute(FORGET, parameters)
        cursor.execute(PLAN)
        cursor.execute(COUNT, parameters)
        cursor.execute(PLAN_AS_BEFORE)


def lock() -> None:
    """One counts at a time; the lock ends with the transaction."""
    loading.fetched(LOCK, [])


def _note(features: Iterable[int], now: datetime) -> None:
    rows = [Ledger(feature_id=pk, counted_at=now) for pk in sorted(features)]
    Ledger.objects.bulk_create(rows, update_conflicts=True, unique_fields=["feature"], update_fields=["counted_at"])
