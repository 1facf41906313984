"""Map all labels, from wherever the last worker left them.

A batch and how far it got are one commit, so a worker that dies leaves nothing half done and nothing to do twice.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction

from annotation import audit, jobs
from annotation.errors import Refusal
from annotation.jobs import Clock
from annotation.labels.remap import batch, effects, request
from annotation.models import Reason, Remap

BATCH = 200
WAIT_SECONDS = 0.2

NEXT = f"""
    SELECT DISTINCT l.item_id {effects.FOLLOWING} AND l.item_id > %(after)s
    ORDER BY l.item_id LIMIT %(batch)s
"""

# Whoever answers locks the item and so has a number, then asks which version is current. A number below this one may
# have been told the version before; once all of them have ended, nobody writes under it unasked any more.
FENCE = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"
PASSED = "SELECT pg_snapshot_xmin(pg_current_snapshot()) >= %(fence)s::xid8"


class DiedTooOften(Refusal):
    """Flywheel began to map these labels {attempts} times and its worker died each time. What it mapped until then
    stays. Ask who runs the server to look at the worker's log, then have the rest mapped."""


class Defect(Refusal):
    """Flywheel failed at mapping these labels ({kind}). What it mapped until then stays. Ask who runs the server to
    look at the worker's log, then have the rest mapped."""


def run(*, remap_id: int, by: str, clock: Clock) -> None:
    rows = Remap.objects.select_related("taxonomy_version")
    jobs.bring_to_end(rows, remap_id, by=by, clock=clock, work=_work, end=_end, defect=Defect, died=DiedTooOften)


def _work(remap: Remap, attempt: int, clock: Clock) -> None:
    _map_all(remap, attempt, clock)
    _finish(remap, attempt, clock)


def _map_all(remap: Remap, attempt: int, clock: Clock) -> None:
    """Pass over the items until one pass has seen all that was written under the version before."""
    plan = effects.plan(remap.taxonomy_version)
    fence = _ask(FENCE, {})
    _pass(remap, attempt, plan, remap.last_item, clock)
    while True:
        is_last = _ask(PASSED, {"fence": fence})
        _pass(remap, attempt, plan, 0, clock)
        if is_last:
            return
        time.sleep(WAIT_SECONDS)


def _pass(remap: Remap, attempt: int, plan: Mapping[int, Reason | None], after: int, clock: Clock) -> None:
    jobs.check_wanted(remap, attempt)
    while found := _next(remap, list(plan), after):
        batch.work(remap=remap, attempt=attempt, item_ids=found, plan=plan, now=clock())
        after = found[-1]
        jobs.check_wanted(remap, attempt)


def _next(remap: Remap, reasons: list[int], after: int) -> list[int]:
    at: dict[str, Any] = {"reasons": reasons, "version": remap.taxonomy_version_id, "after": after, "batch": BATCH}
    with connection.cursor() as cursor:
        cursor.execute(NEXT, at)
        return [item_id for (item_id,) in cursor.fetchall()]


def _ask(statement: str, values: dict[str, Any]) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        (answer,) = cursor.fetchone() or (None,)
    return answer


@transaction.atomic
def _finish(remap: Remap, attempt: int, clock: Clock) -> None:
    ended = {"status": Remap.Status.DONE, "finished_at": clock()}
    # Asked to end at the last moment, it ends: the caller was told so.
    jobs.write(remap, attempt, **ended)
    remap.refresh_from_db(fields=["mapped", "again"])
    request.record(remap, "remap.finished", actor=audit.FLYWHEEL, now=clock())


@transaction.atomic
def _end(remap: Remap, attempt: int, clock: Clock, status: str, error: str) -> None:
    """End before all was mapped. What was mapped stays, and the rest is mapped by the next one."""
    jobs.end(remap, attempt, clock, status, error)
    if status == Remap.Status.FAILED:
        remap.refresh_from_db(fields=["mapped", "again"])
        request.record(remap, "remap.failed", actor=audit.FLYWHEEL, now=clock())
