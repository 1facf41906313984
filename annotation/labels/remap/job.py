"""Map all labels, from wherever the last worker left them.

A batch and how far it got are one commit, so a worker that dies leaves nothing half done and nothing to do twice.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import QuerySet

from annotation import audit, jobs
from annotation.errors import Refusal
from annotation.jobs import Clock, Superseded
from annotation.labels.remap import batch, effects, request
from annotation.models import Reason, Remap

logger = logging.getLogger(__name__)

BATCH = 200
MAX_ATTEMPTS = 20
WAIT_SECONDS = 0.2

NEXT = f"""
    SELECT DISTINCT l.item_id {effects.FOLLOWING} AND l.item_id > %(after)s
    ORDER BY l.item_id LIMIT %(batch)s
"""

# Whoever answers locks the item and so has a number, then asks which version is current. A number below this one may
# have been told the version before; once all of them have ended, nobody writes under it unasked any more.
FENCE = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"
PASSED = "SELECT pg_snapshot_xmin(pg_current_snapshot()) >= %(fence)s::xid8"


class Cancelled(Exception):
    """Somebody has asked the mapping to end."""


class DiedTooOften(Refusal):
    """Flywheel began to map these labels {attempts} times and its worker died each time. What it mapped until then
    stays. Ask who runs the server to look at the worker's log, then have the rest mapped."""


class Defect(Refusal):
    """Flywheel failed at mapping these labels ({kind}). What it mapped until then stays. Ask who runs the server to
    look at the worker's log, then have the rest mapped."""


def run(*, remap_id: int, by: str, clock: Clock) -> None:
    """Bring the mapping to its end, if nobody else is at it. Calling it again is harmless."""
    with jobs.hold(Remap, remap_id, by=by, clock=clock) as attempt:
        if attempt is None:
            return
        remap = Remap.objects.select_related("taxonomy_version").get(pk=remap_id)
        try:
            _work(remap, attempt, clock)
        except Superseded:
            logger.warning("remap %s: attempt %s was given up for dead and stops", remap.pk, attempt)
        except Cancelled:
            _end(remap, attempt, Remap.Status.CANCELLED, "", clock)
        except Refusal as refusal:
            _end(remap, attempt, Remap.Status.FAILED, refusal.message, clock)


def _work(remap: Remap, attempt: int, clock: Clock) -> None:
    """Translate what goes wrong into words. A database that is away is left to the next attempt."""
    try:
        if attempt > MAX_ATTEMPTS:
            raise DiedTooOften(attempts=MAX_ATTEMPTS)
        _map_all(remap, attempt, clock)
        _finish(remap, attempt, clock)
    except (Superseded, Cancelled, Refusal, OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("remap %s failed", remap.pk)
        raise Defect(kind=type(error).__name__) from error


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
    _check_not_cancelled(remap, attempt)
    while found := _next(remap, list(plan), after):
        batch.work(remap=remap, attempt=attempt, item_ids=found, plan=plan, now=clock())
        after = found[-1]
        _check_not_cancelled(remap, attempt)


def _next(remap: Remap, reasons: list[int], after: int) -> list[int]:
    at = {"reasons": reasons, "version": remap.taxonomy_version_id, "after": after, "batch": BATCH}
    with connection.cursor() as cursor:
        cursor.execute(NEXT, at)
        return [item_id for (item_id,) in cursor.fetchall()]


def _ask(statement: str, values: dict[str, object]) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        (answer,) = cursor.fetchone() or (None,)
    return answer


def _check_not_cancelled(remap: Remap, attempt: int) -> None:
    if Remap.objects.filter(pk=remap.pk, attempt=attempt).exclude(cancel_asked_at=None).exists():
        raise Cancelled


@transaction.atomic
def _finish(remap: Remap, attempt: int, clock: Clock) -> None:
    ended = {"status": Remap.Status.DONE, "finished_at": clock()}
    # Asked to end at the last moment, it ends: the caller was told so.
    if not _mine(remap, attempt).filter(cancel_asked_at=None).update(**ended):
        raise Cancelled if _mine(remap, attempt).exists() else Superseded
    remap.refresh_from_db(fields=["mapped", "again"])
    request.record(remap, "remap.finished", actor=audit.FLYWHEEL, now=clock())


@transaction.atomic
def _end(remap: Remap, attempt: int, status: str, error: str, clock: Clock) -> None:
    """End before all was mapped. What was mapped stays, and the rest is mapped by the next one."""
    if not _mine(remap, attempt).update(status=status, error=error, finished_at=clock()):
        return
    if status == Remap.Status.FAILED:
        remap.refresh_from_db(fields=["mapped", "again"])
        request.record(remap, "remap.failed", actor=audit.FLYWHEEL, now=clock())


def _mine(remap: Remap, attempt: int) -> QuerySet[Remap]:
    return Remap.objects.filter(pk=remap.pk, attempt=attempt, status=Remap.Status.RUNNING)
