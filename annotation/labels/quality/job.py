"""Decide anew the items that somebody labeled, because their labels count otherwise: by what holds when it is done.

A batch and how far it got are one commit, so a worker that dies leaves nothing half done. Doing it twice is harmless.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from annotation import jobs, taxonomy
from annotation.consensus import resolve
from annotation.errors import Refusal
from annotation.jobs import Clock
from annotation.labels import locked
from annotation.models import Item, Redecision

BATCH = 200

NEXT = """
    SELECT DISTINCT item_id FROM annotation_label
    WHERE rater_id = %(rater)s AND role = 'annotator' AND received_at >= %(since)s AND item_id > %(after)s
    ORDER BY item_id LIMIT %(batch)s
"""


class DiedTooOften(Refusal):
    """Flywheel began to decide these items anew {attempts} times and its worker died each time. What it decided until
    then stays. Ask who runs the server to look at the worker's log."""


class Defect(Refusal):
    """Flywheel failed at deciding these items anew ({kind}). What it decided until then stays. Ask who runs the server
    to look at the worker's log."""


def run(*, redecision_id: int, by: str, clock: Clock) -> None:
    rows = Redecision.objects.select_related("rater")
    jobs.bring_to_end(
        rows, redecision_id, by=by, clock=clock, work=_work, end=jobs.end, defect=Defect, died=DiedTooOften
    )


def _work(job: Redecision, attempt: int, clock: Clock) -> None:
    after = job.last_item
    while found := _next(job, after):
        _batch(job, attempt, found, clock())
        after = found[-1]
    jobs.end(job, attempt, clock, Redecision.Status.DONE, "")


def _next(job: Redecision, after: int) -> list[int]:
    at: dict[str, Any] = {"rater": job.rater_id, "since": job.since, "after": after, "batch": BATCH}
    with connection.cursor() as cursor:
        cursor.execute(NEXT, at)
        return [item_id for (item_id,) in cursor.fetchall()]


@transaction.atomic
def _batch(job: Redecision, attempt: int, item_ids: Sequence[int], now: datetime) -> None:
    """The items are locked first and in the order of their ids, as whoever answers locks them."""
    found = list(
        Item.objects.select_for_update(of=("self",))
        .filter(pk__in=item_ids)
        .select_related("queue__taxonomy_version")
        .order_by("pk")
    )
    gone = locked.erased({item.interaction_id for item in found})
    left = [item for item in found if item.interaction_id not in gone]
    resolve.by_version(items=left, latest=taxonomy.current(), now=now)
    done = F("items_done") + len(item_ids)
    jobs.write(job, attempt, last_item=item_ids[-1], items_done=done)
