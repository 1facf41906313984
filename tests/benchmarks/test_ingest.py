"""Interactions over HTTP, as a share of what one connection's `COPY` of the same rows into a bare table reaches."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import orjson
import pytest
from django.db import connection

from annotation.models import Interaction
from tests import cast, stock
from tests.benchmarks import load
from tests.benchmarks.records import record
from tests.web_server import WebServer

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

SENDERS = 4
BATCHES = 60
WARM = 8
"""Batches before anything is measured: every process has loaded what it needs."""

BATCH = 1000


@pytest.mark.parametrize("order", ["by time", "at random"])
def test_batches_of_1000_by_4_senders(order: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cast.feature()
    _, secret = cast.token("ingest")
    bodies = [_batch(number, order) for number in range(WARM + BATCHES)]
    limits = [_copy(bodies[WARM:])]
    with WebServer(tmp_path) as server:
        stock.together(SENDERS, lambda body: load.post(server, secret, body), bodies[:WARM])
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as autovacuum does within a minute of the first rows
        before = load.memory(server)
        began = time.perf_counter()
        stock.together(SENDERS, lambda body: load.post(server, secret, body), bodies[WARM:])
        rate = BATCHES * BATCH / (time.perf_counter() - began)
        after = load.memory(server)
    limits.append(_copy(bodies[WARM:]))
    assert Interaction.objects.count() == len(bodies) * BATCH
    limit = sum(limits) / 2
    with capsys.disabled():
        print(
            f"\ningest, ids {order}: {rate:,.0f} rows/s, COPY {limits[0]:,.0f} before and {limits[1]:,.0f} after, "
            f"ratio {rate / limit:.2f}; web processes {before} MiB before, {after} MiB after"
        )


def _batch(number: int, order: str) -> bytes:
    numbers = range(number * BATCH, (number + 1) * BATCH)
    named = {one: None if order == "by time" else hashlib.sha256(str(one).encode()).hexdigest()[:24] for one in numbers}
    return orjson.dumps([record(one, name=name) for one, name in named.items()])


def _copy(bodies: list[bytes]) -> float:
    """Rows a second of the limit: the same records as `jsonb` with a key, by one connection."""
    records = [record for body in bodies for record in orjson.loads(body)]
    rows = [(record["id"], orjson.dumps(record).decode()) for record in records]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare (id text PRIMARY KEY, record jsonb)")
        began = time.perf_counter()
        for start in range(0, len(rows), BATCH):
            with cursor.copy("COPY bare FROM STDIN") as copy:
                for row in rows[start : start + BATCH]:
                    copy.write_row(row)
        seconds = time.perf_counter() - began
        cursor.execute("DROP TABLE bare")
        return len(rows) / seconds
