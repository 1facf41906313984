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
from tests.web_server import WebServer

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

SENDERS = 4
BATCHES = 24
BATCH = 1000
TEXT = "The meeting moves to Friday; please bring the figures of the last quarter. " * 20


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
    return orjson.dumps([_record(number * BATCH + index) for index in range(BATCH)])


def _record(number: int) -> dict[str, object]:
    return {
        "feature": "email-drafts",
        "id": f"gen_{number:09}",
        "conversation_id": f"c{number // 3}",
        "user_key": f"u{number % 997}",
        "occurred_at": "2026-03-01T10:11:12.5Z",
        "model_version": "drafts-7",
        "input": [{"role": "user", "content": "Tell Ann that the meeting moves."}],
        "output": f"{TEXT}{number}",
        "signals": [{"kind": "accepted", "observed_at": "2026-03-01T10:11:40Z", "details": {"dwell_ms": 2100}}],
    }


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
        cursor.execute("CREATE TEMP TABLE bare (id text PRIMARY KEY, record jsonb)")
        began = time.perf_counter()
        for start in range(0, len(rows), BATCH):
            with cursor.copy("COPY bare FROM STDIN") as copy:
                for row in rows[start : start + BATCH]:
                    copy.write_row(row)
        return len(rows) / (time.perf_counter() - began)
