"""Rows that are jobs: who works on one, whether that worker still lives, and which workers there are.

The row is the job and Celery only rings. Whoever takes a row up raises its `attempt`; every later write to the row
says `AND attempt = …`, so that a worker which was given up for dead changes nothing when it comes back.

Two signs of life: a session's advisory lock, which PostgreSQL drops the moment the process dies, and a heartbeat for
the worker that hangs and for the machine that vanished without closing its connection.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any, LiteralString, TypeVar

import psycopg
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Max, QuerySet
from psycopg import sql

from annotation.errors import Refusal
from annotation.lib import logs
from annotation.models import Held, Job, Worker

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 3.0
SILENT_AFTER = timedelta(seconds=30)
BELL_LOST_AFTER = timedelta(seconds=10)
WORKER_STALE_AFTER = timedelta(seconds=15)
WORKER_FORGOTTEN_AFTER = timedelta(days=30)
MAX_ATTEMPTS = 20
"""So often a job is taken up without getting any further. `attempt` never goes back: one that failed and is let go on
begins at the next multiple of ROUND."""

ROUND = MAX_ATTEMPTS + 1

Clock = Callable[[], datetime]
JobModel = type[Job]
HeldModel = type[Held]
AnyJob = TypeVar("AnyJob", bound=Job)

UNFINISHED = (Job.Status.PENDING, Job.Status.RUNNING)


class Superseded(Exception):
    """The job has ended or another worker has taken it up: this attempt may change nothing any more."""


class Cancelled(Exception):
    """Somebody has asked the job to end."""


# The lock's name holds the attempt: a worker that hangs with its lock can't keep the next one from having its own.
LOCK: LiteralString = "pg_advisory_lock(hashtext({name} || ':' || id), attempt)"

HELD: LiteralString = """
    EXISTS (SELECT FROM pg_locks
            WHERE locktype = 'advisory' AND objsubid = 2 AND granted
              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND classid = hashtext({name} || ':' || id)::oid AND objid = attempt::oid)
"""

CLAIM: LiteralString = """
    UPDATE {table}
    SET status = 'running', attempt = attempt + 1, claimed_by = %(by)s, heartbeat_at = %(now)s,
        started_at = COALESCE(started_at, %(now)s)
    WHERE id = %(id)s
      AND (status = 'pending' OR (status = 'running' AND (heartbeat_at < %(silent)s OR NOT {held})))
    RETURNING attempt
"""

TAKE_LOCK: LiteralString = "SELECT {lock} FROM {table} WHERE id = %(id)s AND attempt = %(attempt)s"

BEAT: LiteralString = """
    UPDATE {table} SET heartbeat_at = %(now)s WHERE id = %(id)s AND attempt = %(attempt)s AND status = 'running'
"""

UNATTENDED: LiteralString = """
    SELECT id FROM {table}
    WHERE (status = 'pending' AND created_at < %(bell_lost)s)
       OR (status = 'running' AND (heartbeat_at < %(silent)s OR NOT {held}))
    ORDER BY id
"""

# Parts of a job: its own worker rings for them, so that no bell of theirs is lost.
FREE: LiteralString = """
    SELECT id FROM {table}
    WHERE {of} = %(whole)s AND attempt < %(attempts)s
      AND (status = 'pending' OR (status = 'running' AND (heartbeat_at < %(silent)s OR NOT {held})))
    ORDER BY id
"""


def bring_to_end(
    rows: QuerySet[AnyJob],
    pk: int,
    *,
    by: str,
    clock: Clock,
    work: Callable[[AnyJob, int, Clock], None],
    end: Callable[[AnyJob, int, Clock, str, str], None],
    defect: type[Refusal],
    died: type[Refusal],
    leave: Callable[[AnyJob], None] = lambda job: None,
) -> None:
    """Do a job, if nobody else is at it. Calling it again is harmless.

    `rows` says what is read with it; `work` does it, and writes by `write`. One that was taken up MAX_ATTEMPTS times in
    vain ends as `died`, which says the `attempts`: in vain is what leaves `Job.stands` where it was. For the others see
    `ending`.
    """
    with hold(rows.model, pk, by=by, clock=clock) as attempt:
        if attempt is None:
            return
        job = rows.get(pk=pk)
        ends = partial(end, job, attempt, clock)
        with ending(job, attempt, end=ends, defect=defect, leave=partial(leave, job)):
            if _in_vain(job, attempt) > MAX_ATTEMPTS:
                raise died(attempts=MAX_ATTEMPTS)
            work(job, attempt, clock)


@contextlib.contextmanager
def hold(kind: HeldModel, pk: int, *, by: str, clock: Clock) -> Iterator[int | None]:
    """Take a job up for as long as the block runs. Yields the attempt, or None where it isn't to be had.

    It is to be had while it is pending, and while it is running without a sign of life. The block writes with
    `AND attempt = …` and raises `Superseded` where that finds no row.
    """
    with _connect() as own:
        attempt = _claim(own, kind, pk, by=by, now=clock())
        if attempt is None:
            yield None
            return
        heart = _Heart(own, kind, pk, attempt, clock)
        heart.start()
        try:
            with logs.about(job=f"{kind._meta.model_name} {pk}", attempt=str(attempt)):
                logger.info("taken up")
                yield attempt
                logger.info("done with")
        finally:
            heart.stop()


@contextlib.contextmanager
def ending(
    job: Job,
    attempt: int,
    *,
    end: Callable[[str, str], None],
    defect: type[Refusal],
    leave: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """However the block stops, the job ends as it should: `end` writes the status and, in words, what went wrong.

    What nobody foresaw becomes `defect`. A database that is away is left to the next attempt. Who was given up for
    dead writes nothing, and clears up by `leave`.
    """
    name = f"{job._meta.model_name} {getattr(job, 'public_id', job.pk)}"
    try:
        try:
            yield
        except (Superseded, OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError):
            raise
        except Cancelled:
            end(job.Status.CANCELLED, "")
        except Refusal as refusal:
            end(job.Status.FAILED, refusal.message)
        except Exception as error:
            logger.exception("%s failed", name)
            end(job.Status.FAILED, defect(kind=type(error).__name__).message)
    except Superseded:
        logger.warning("%s: attempt %s was given up for dead and stops", name, attempt)
        leave()


def end(job: Job, attempt: int, clock: Clock, status: str, error: str) -> None:
    """Write how it ended, whether it is still wanted or not. Raises Superseded."""
    if not mine(job, attempt).update(status=status, error=error, finished_at=clock()):
        raise Superseded


def cancel(locked: Job, *, ended: type[Refusal], now: datetime) -> bool:
    """Ask a job whose row the caller has locked to end; one that nobody works on ends here. False: asked before.

    Raises `ended`, which says the `status`, where there is nothing to end.
    """
    if locked.status not in UNFINISHED:
        raise ended(status=locked.get_status_display().lower())
    if locked.cancel_asked_at is not None:
        return False
    locked.cancel_asked_at = now
    if locked.status == Job.Status.PENDING:
        locked.status, locked.finished_at = Job.Status.CANCELLED, now
    locked.save(update_fields=["cancel_asked_at", "status", "finished_at"])
    return True


def was_interrupted(job: Job) -> bool:
    """Whether it failed and went on later, so that the time since its start tells nothing of its pace."""
    return job.attempt >= ROUND


def go_on(locked: Job) -> None:
    """Let a job that failed, whose row the caller has locked, go on where it stopped, as often as a new one."""
    locked.status, locked.error, locked.finished_at, locked.cancel_asked_at = Job.Status.PENDING, "", None, None
    locked.attempt = locked.base_attempt = -(-locked.attempt // ROUND) * ROUND
    locked.heartbeat_at = None
    fields = ["status", "error", "finished_at", "cancel_asked_at", "attempt", "base_attempt", "heartbeat_at"]
    locked.save(update_fields=fields)


def mine(job: Held, attempt: int) -> Any:
    """The job's row, while this attempt may still change it."""
    return type(job)._default_manager.filter(pk=job.pk, attempt=attempt, status=job.Status.RUNNING)


def write(job: Job, attempt: int, **values: Any) -> None:
    """Write to the job's row, if it is still wanted. Raises Cancelled, Superseded."""
    rows = mine(job, attempt)
    if not rows.filter(cancel_asked_at=None).update(**values):
        raise Cancelled if rows.exists() else Superseded


def check_wanted(job: Job, attempt: int) -> None:
    """Raises Cancelled."""
    if mine(job, attempt).exclude(cancel_asked_at=None).exists():
        raise Cancelled


def unattended(kind: JobModel, *, now: datetime) -> list[int]:
    """Jobs that nobody works on: their bell was lost, or their worker died or hangs."""
    since = {"silent": now - SILENT_AFTER, "bell_lost": now - BELL_LOST_AFTER}
    with connection.cursor() as cursor:
        cursor.execute(_statement(UNATTENDED, kind), since)
        return [pk for (pk,) in cursor.fetchall()]


def free(kind: HeldModel, *, of: str, whole: int, attempts: int, now: datetime) -> list[int]:
    """The parts of a job that nobody works on, in order. `of` is the column that names the job; parts that were taken
    up `attempts` times are left out."""
    statement = _statement(FREE, kind, of=sql.Identifier(of))
    with connection.cursor() as cursor:
        cursor.execute(statement, {"whole": whole, "attempts": attempts, "silent": now - SILENT_AFTER})
        return [pk for (pk,) in cursor.fetchall()]


def report_worker(name: str, *, now: datetime) -> None:
    """A worker process lives. It says so every few seconds."""
    Worker.objects.update_or_create(
        name=name, defaults={"seen_at": now, "ended_at": None}, create_defaults={"seen_at": now, "started_at": now}
    )


def end_worker(name: str, *, now: datetime) -> None:
    """A worker process has ended as it should. Of those that were gone for long, nothing is kept."""
    Worker.objects.filter(name=name).update(ended_at=now)
    Worker.objects.filter(seen_at__lt=now - WORKER_FORGOTTEN_AFTER).delete()


def workers_alive(*, now: datetime) -> list[Worker]:
    """The workers that gave a sign of life in the last 15 seconds."""
    alive = Worker.objects.filter(ended_at=None, seen_at__gt=now - WORKER_STALE_AFTER)
    return list(alive.order_by("name"))


def last_worker_at() -> datetime | None:
    """When the last sign of life of any worker was; None where none has ever run."""
    last: datetime | None = Worker.objects.aggregate(at=Max("seen_at"))["at"]
    return last


def _in_vain(job: Job, attempt: int) -> int:
    """How often it was taken up, this time among them, since it last got any further. A worker that dies every minute
    ends no job that gets on in between, however long it is."""
    if (stands := job.stands) != job.base_done:
        job.base_attempt, job.base_done = attempt - 1, stands
        mine(job, attempt).update(base_attempt=job.base_attempt, base_done=stands)
    return attempt - job.base_attempt


def _claim(own: psycopg.Connection[Any], kind: HeldModel, pk: int, *, by: str, now: datetime) -> int | None:
    # In one transaction, so that nobody sees the new attempt before its lock is held. The lock is the session's.
    with own.transaction():
        found = own.execute(
            _statement(CLAIM, kind), {"id": pk, "by": by, "now": now, "silent": now - SILENT_AFTER}
        ).fetchone()
        if found is None:
            return None
        attempt = int(found[0])
        own.execute(_statement(TAKE_LOCK, kind), {"id": pk, "attempt": attempt})
        return attempt


class _Heart(threading.Thread):
    """Beats on a connection of its own, whatever the job does on the other one."""

    def __init__(self, own: psycopg.Connection[Any], kind: HeldModel, pk: int, attempt: int, clock: Clock) -> None:
        super().__init__(name=f"heartbeat of {kind._meta.db_table} {pk}", daemon=True)
        self._own = own
        self._kind = kind
        self._at = {"id": pk, "attempt": attempt}
        self._clock = clock
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(HEARTBEAT_SECONDS):
            try:
                self._beat()
            except psycopg.Error as error:
                logger.warning("%s missed a beat: %s", self.name, error)

    def stop(self) -> None:
        self._ended.set()
        self.join()
        self._own.close()

    def _beat(self) -> None:
        if self._own.closed:
            # PostgreSQL was restarted: the lock went with the old session.
            self._own = _connect()
            self._own.execute(_statement(TAKE_LOCK, self._kind), self._at)
        self._own.execute(_statement(BEAT, self._kind), self._at | {"now": self._clock()})


def _connect() -> psycopg.Connection[Any]:
    """Outside Django's connections and their pool: a session lock must end with its connection."""
    return psycopg.connect(**connection.get_connection_params(), autocommit=True)


def _statement(text: LiteralString, kind: HeldModel, **more: sql.Composable) -> sql.Composed:
    names: dict[str, sql.Composable] = {
        "table": sql.Identifier(kind._meta.db_table),
        "name": sql.Literal(kind._meta.db_table),
    }
    parts = {"held": sql.SQL(HELD).format(**names), "lock": sql.SQL(LOCK).format(**names)}
    return sql.SQL(text).format(**names, **parts, **more)
