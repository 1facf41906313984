"""Interactions over HTTP, as a share of what one connection's `COPY` of the same rows into a bare table reaches."""

from __future__ import annotations

import http.client
import time
from pathlib import Path

import orjson
import pytest
from django.db import connection

from annotation.models import Interaction
from tests import cast, stock
from tests.benchmarks.records import record
from tests.web_server import WebServer

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

SENDERS = 4
BATCHES = 60
BATCH = 1000


def test_batches_of_1000_by_4_senders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cast.feature()
    _, secret = cast.token("ingest")
    bodies = [_batch(number) for number in range(BATCHES)]
    limit = _copy(bodies)
    with WebServer(tmp_path) as server:
        began = time.perf_counter()
        stock.together(SENDERS, lambda body: _post(server.port, secret, body), bodies)
        rate = BATCHES * BATCH / (time.perf_counter() - began)
    assert Interaction.objects.count() == BATCHES * BATCH
    with capsys.disabled():
        print(f"\ningest: {rate:,.0f} rows/s, COPY {limit:,.0f} rows/s, ratio {rate / limit:.2f}")


def _batch(number: int) -> bytes:
    return orjson.dumps([record(number * BATCH + index) for index in range(BATCH)])


def _post(port: int, secret: str, body: bytes) -> None:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    client.request("POST", "/api/v1/interactions", body, _headers(secret))
    answer = client.getresponse()
    assert answer.status == 200, answer.read()
    client.close()


def _headers(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}


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
