"""What `/metrics` tells: Prometheus' text, from the database and the counters that all processes share.

Any web process of any host gives the same, so one of them is to be asked, through the proxy or beside it. None of the
figures takes longer with more rows, but for the open items, which are counted by an index.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from celery import current_app
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import Count, Min
from redis.exceptions import RedisError

from annotation import jobs
from annotation.models import Item, Job
from annotation.operations import connections, requests

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# Estimates that PostgreSQL keeps, of the tables that grow.
TABLES = """
    SELECT relname, n_live_tup, pg_total_relation_size(relid) FROM pg_stat_user_tables
    WHERE schemaname = current_schema() AND pg_total_relation_size(relid) > 1000000 ORDER BY relname
"""

Labels = Mapping[str, str]
Sample = tuple[Labels, float]


class Family(NamedTuple):
    """One metric: what it is called, what it is, and its values by label."""

    name: str
    kind: str
    help: str
    samples: list[Sample]


def text(*, now: datetime) -> str:
    """All of it. Raises the database's errors."""
    told = [line for family in _families(now) for line in _lines(family)]
    return "\n".join([*told, *_requests(), ""])


def _families(now: datetime) -> Iterator[Family]:
    yield Family("flywheel_info", "gauge", "The version that answers.", [({"version": settings.VERSION}, 1)])
    yield Family("flywheel_workers", "gauge", "Workers that live.", [({}, len(jobs.workers_alive(now=now)))])
    seen_at = jobs.last_worker_at()
    seen: list[Sample] = [({}, seen_at.timestamp())] if seen_at else []
    yield Family("flywheel_worker_seen_timestamp_seconds", "gauge", "The last sign of life of any worker.", seen)
    yield from _jobs(now)
    yield Family("flywheel_bells", "gauge", "Tasks that wait in the broker.", _bells())
    yield Family("flywheel_open_items", "gauge", "Items that wait for people.", _open_items())
    yield from _database()


def _jobs(now: datetime) -> Iterator[Family]:
    kinds = [kind for kind in apps.get_models() if issubclass(kind, Job)]
    waiting: list[Sample] = []
    oldest: list[Sample] = []
    for kind in kinds:
        found = kind._default_manager.filter(status__in=jobs.UNFINISHED)
        by_status = {one["status"]: one for one in found.values("status").annotate(n=Count("pk"), at=Min("created_at"))}
        for status in jobs.UNFINISHED:
            one = by_status.get(status)
            label = {"kind": str(kind._meta.model_name), "status": str(status)}
            waiting.append((label, one["n"] if one else 0))
            oldest.append((label, (now - one["at"]).total_seconds() if one else 0))
    yield Family("flywheel_jobs", "gauge", "Jobs that are not done.", waiting)
    yield Family("flywheel_job_oldest_seconds", "gauge", "The age of the oldest of them.", oldest)


def _bells() -> list[Sample]:
    """Nothing without a broker: `/readyz` says so."""
    try:
        return [({}, requests.counters.redis.llen(current_app.conf.task_default_queue))]
    except RedisError:
        return []


def _open_items() -> list[Sample]:
    found = Item.objects.filter(status=Item.Status.OPEN).values("queue__feature__slug", "queue__name")
    return [
        ({"feature": one["queue__feature__slug"], "queue": one["queue__name"]}, one["n"])
        for one in found.annotate(n=Count("pk")).order_by("queue__feature__slug", "queue__name")
    ]


def _database() -> Iterator[Family]:
    yield Family("flywheel_database_connections", "gauge", "Connections to PostgreSQL.", [({}, connections.in_use())])
    yield Family("flywheel_database_connections_most", "gauge", "How many it gives.", [({}, connections.limit())])
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = cursor.fetchall()
    rows: list[Sample] = [({"table": name}, count) for name, count, _ in tables]
    sizes: list[Sample] = [({"table": name}, size) for name, _, size in tables]
    yield Family("flywheel_table_rows", "gauge", "Rows of each table over 1 MB, as PostgreSQL estimates them.", rows)
    yield Family("flywheel_table_bytes", "gauge", "Its bytes, with indexes and long texts.", sizes)


def _lines(family: Family) -> Iterator[str]:
    yield f"# HELP {family.name} {family.help}"
    yield f"# TYPE {family.name} {family.kind}"
    for labels, value in family.samples:
        told = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
        yield f"{family.name}{{{told}}} {value}" if told else f"{family.name} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _requests() -> Iterator[str]:
    """Requests are counted under their names in this very text."""
    sums = requests.counters.sums()
    counted = [one for one in sorted(sums.items()) if one[0].startswith("flywheel_requests_total")]
    for name, kind, help_, samples in (
        ("flywheel_requests_total", "counter", "Requests by the name of what answered.", counted),
        ("flywheel_request_seconds", "histogram", "Seconds until the first byte.", requests.durations(sums)),
    ):
        yield f"# HELP {name} {help_}"
        yield f"# TYPE {name} {kind}"
        yield from (f"{sample} {value:.15g}" for sample, value in samples)
