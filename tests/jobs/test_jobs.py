"""Who works on a job, and how it is noticed that nobody does."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta
from itertools import count

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from annotation import jobs
from annotation.models import Export, Feature, Worker
from tests import stock
from tests.cast import NOW
from tests.locks import HERE
from tests.workers import Workers, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def job(feature: Feature) -> Export:
    return Export.objects.create(public_id="exp_1", feature=feature, request={}, created_at=NOW)


def clock() -> datetime:
    return NOW


def unattended(*, after: float) -> list[int]:
    return jobs.unattended(Export, now=NOW + timedelta(seconds=after))


def test_one_of_many_gets_a_job(job: Export) -> None:
    turned_away = threading.Semaphore(0)

    def claim(number: int) -> int | None:
        with jobs.hold(Export, job.pk, by=f"worker{number}", clock=clock) as attempt:
            if attempt is None:
                turned_away.release()
            else:  # Held until all others have asked, however slow they are.
                assert all(turned_away.acquire(timeout=30) for _ in range(7))
            return attempt

    for attempt in (1, 2, 3):
        Export.objects.filter(pk=job.pk).update(status=Export.Status.PENDING)
        got = stock.together(8, claim, list(range(8)))
        assert sorted(got, key=str) == [attempt, *[None] * 7]


def test_a_dead_worker_s_job_goes_to_one_of_many(job: Export) -> None:
    Export.objects.filter(pk=job.pk).update(status=Export.Status.RUNNING, attempt=1, heartbeat_at=NOW)

    turned_away = threading.Semaphore(0)

    def claim(number: int) -> int | None:
        with jobs.hold(Export, job.pk, by=f"worker{number}", clock=clock) as attempt:
            if attempt is None:
                turned_away.release()
            else:  # Held until all others have asked, however slow they are.
                assert all(turned_away.acquire(timeout=30) for _ in range(7))
            return attempt

    assert sorted(stock.together(8, claim, list(range(8))), key=str) == [2, *[None] * 7]


def test_an_ended_job_is_not_to_be_had(job: Export) -> None:
    Export.objects.filter(pk=job.pk).update(status=Export.Status.FAILED)

    with jobs.hold(Export, job.pk, by="worker", clock=clock) as attempt:
        assert attempt is None
    assert unattended(after=3600) == []


def test_a_waiting_job_is_unattended_once_its_bell_must_have_rung(job: Export) -> None:
    assert unattended(after=9) == []
    assert unattended(after=11) == [job.pk]


def test_a_job_is_unattended_the_moment_its_worker_s_connection_ends(job: Export) -> None:
    with jobs.hold(Export, job.pk, by="worker", clock=clock) as attempt:
        assert attempt == 1
        assert unattended(after=0) == []
    until(lambda: unattended(after=0) == [job.pk])


def test_a_worker_that_hangs_with_its_lock_is_noticed_by_its_heartbeat(job: Export) -> None:
    with jobs.hold(Export, job.pk, by="worker", clock=clock):
        assert unattended(after=29) == []
        assert unattended(after=31) == [job.pk]
        later = NOW + timedelta(seconds=31)
        with jobs.hold(Export, job.pk, by="another", clock=lambda: later) as attempt:
            assert attempt == 2
        job.refresh_from_db()
        assert (job.claimed_by, job.heartbeat_at, job.started_at) == ("another", later, NOW)


def test_the_heart_beats_until_somebody_else_has_the_job(job: Export, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "HEARTBEAT_SECONDS", 0.02)
    ticks = count()
    with jobs.hold(Export, job.pk, by="worker", clock=lambda: NOW + timedelta(seconds=next(ticks))):
        until(lambda: Export.objects.filter(pk=job.pk, heartbeat_at__gt=NOW + timedelta(seconds=3)).exists())
        Export.objects.filter(pk=job.pk).update(attempt=2, heartbeat_at=NOW)
        time.sleep(0.2)
    assert Export.objects.get(pk=job.pk).heartbeat_at == NOW


def test_the_lock_is_taken_again_after_the_database_went_away(job: Export, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "HEARTBEAT_SECONDS", 0.02)
    held = f"SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND {HERE}"
    with jobs.hold(Export, job.pk, by="worker", clock=clock), connection.cursor() as cursor:
        cursor.execute(held)
        ((first,),) = cursor.fetchall()
        with psycopg.connect(**connection.get_connection_params(), autocommit=True) as own:
            own.execute("SELECT pg_terminate_backend(%s)", [first])

        def again() -> bool:
            cursor.execute(held)
            return bool(cursor.fetchall()) and not unattended(after=0)

        until(again)


def test_a_worker_is_alive_while_it_says_so(feature: Feature) -> None:
    jobs.report_worker("celery@here", now=NOW)
    jobs.report_worker("celery@here", now=NOW + timedelta(seconds=5))

    (worker,) = jobs.workers_alive(now=NOW + timedelta(seconds=19))
    assert (worker.name, worker.started_at) == ("celery@here", NOW)
    assert jobs.workers_alive(now=NOW + timedelta(seconds=21)) == []


def test_a_real_worker_is_known_while_it_runs_and_gone_when_it_stops(workers: Workers) -> None:
    worker = workers.start_worker()
    until(lambda: jobs.workers_alive(now=timezone.now()))

    worker.stop()

    assert jobs.workers_alive(now=timezone.now()) == []
    assert Worker.objects.get().ended_at
