"""Batches into tables that hold ten thousand rows, and into the same tables once they hold many more; and what memory
web processes take meanwhile.

ROWS=10000000 python -m pytest -m benchmark -s tests/benchmarks/test_volume.py        (20 GB, seven minutes)
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, LiteralString

import orjson
import pytest
from django.db import connection

from annotation.models import Feature, Interaction
from annotation.queues import setup
from tests import cast, stock
from tests.benchmarks import load
from tests.benchmarks.records import BEGAN, record
from tests.web_server import WebServer

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

FEW, MANY = 10_000, int(os.environ.get("ROWS", "1000000"))
STEP = 250_000
SENDERS, BATCH, ROUND = 4, 1000, 60_000
SIZE = 200
"""Letters of a record's texts: so that ten million fit on a small disk."""

MIB = 1024 * 1024

_NUMBERS: LiteralString = "FROM generate_series(%(first)s::bigint, %(last)s::bigint) n"

_ID: LiteralString = "n + 100000"
"""Above what the sequences have given by then."""

# As ingest makes them: a third of a conversation each, one signal, one item that is labeled by now.
STATEMENTS: tuple[LiteralString, ...] = (
    f"""
    INSERT INTO annotation_interaction (id, feature_id, external_id, fingerprint, conversation_id, conversation_rank,
        user_hash, occurred_at, ingested_at, model_version, request_model, response_model, random_number, is_evaluation,
        clock_ahead_ms)
    SELECT {_ID}, %(feature)s, 'gen_' || lpad(n::text, 10, '0'), decode(md5(n::text), 'hex'), 'c' || n / 3, 1 + n %% 3,
        decode(md5((n %% 997)::text), 'hex'), %(began)s::timestamptz + n * interval '0.7 s',
        %(began)s::timestamptz + n * interval '0.7 s', 'drafts-' || 5 + n %% 4, '', '', 0.000001 + 0.999 * random(),
        false, 0
    {_NUMBERS}
    """,
    f"""
    INSERT INTO annotation_interactioncontent (interaction_id, input, output, metadata)
    SELECT {_ID}, jsonb_build_array(jsonb_build_object('role', 'user', 'content', 'Write to customer ' || n)),
        to_jsonb('Dear customer ' || n || ', your order has left.'), '{{"tenant": "t1"}}'
    {_NUMBERS}
    """,
    f"""
    INSERT INTO annotation_signal (id, interaction_id, external_id, kind, observed_at, ingested_at, is_late)
    SELECT {_ID}, {_ID}, 'sig_' || md5('s' || n), 'accepted', %(began)s::timestamptz + n * interval '0.7 s',
        %(began)s::timestamptz + n * interval '0.7 s', false
    {_NUMBERS}
    """,
    f"""
    INSERT INTO annotation_signalcontent (signal_id, details, facts)
    SELECT {_ID}, '{{"dwell_ms": 2100}}', '[]'
    {_NUMBERS}
    """,
    f"""
    INSERT INTO annotation_item (id, public_id, feature_id, queue_id, interaction_id, signal_id, signal_kind, purpose,
        status, weight, key, cohort_id, evidence_version, needed, extra, full_overlap, taken, queued_at, resolved_at)
    SELECT {_ID}, 'itm_' || lpad(n::text, 14, '0'), %(feature)s, %(queue)s, {_ID}, {_ID}, 'accepted', 'sample',
        'resolved', 1, 0.000001 + 0.999 * random(), %(cohort)s, 1, 1, 0, false, ARRAY[%(rater)s::bigint],
        %(began)s::timestamptz + n * interval '0.7 s', %(began)s::timestamptz + n * interval '0.7 s'
    {_NUMBERS}
    """,
)


def test_the_rate_at_many_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    feature = cast.feature()
    secret = cast.token("ingest")[1]
    with WebServer(tmp_path, settings={"RATE_LIMIT": "0"}) as server:
        _sent(server, secret, first=0, rows=FEW)
        _count()
        few, told = _sent(server, secret, first=FEW, rows=ROUND)
        lines = [f"at {FEW:,} rows {few:,.0f} rows/s; web processes {told}"]
        _fill(feature, first=FEW + ROUND, last=MANY - 1)
        for first in (MANY, MANY + ROUND):
            many, told = _sent(server, secret, first=first, rows=ROUND)
            lines.append(f"at {first:,} rows {many:,.0f} rows/s, {many / few:.2f} of that; web processes {told}")
    assert Interaction.objects.count() == MANY + 2 * ROUND
    with capsys.disabled():
        print("", *lines, sep="\nvolume: ")


def _sent(server: WebServer, secret: str, *, first: int, rows: int) -> tuple[float, str]:
    """Rows a second of the records with these numbers, and the memory of the web processes."""
    bodies = [
        orjson.dumps([record(number, size=SIZE) for number in range(start, start + BATCH)])
        for start in range(first, first + rows, BATCH)
    ]
    before = load.memory(server)
    began = time.perf_counter()
    stock.together(SENDERS, lambda body: load.post(server, secret, body), bodies)
    return rows / (time.perf_counter() - began), f"{before} MiB before, {load.memory(server)} MiB after"


def _fill(feature: Feature, *, first: int, last: int) -> None:
    queue = feature.queues.get(name=setup.DEFAULT_QUEUE)
    cohort = queue.cohorts.create(day=BEGAN.date())
    at: dict[str, Any] = {"feature": feature.pk, "queue": queue.pk, "cohort": cohort.pk, "rater": stock.rater().pk}
    with connection.cursor() as cursor:
        for start in range(first, last + 1, STEP):
            for statement in STATEMENTS:
                cursor.execute(statement, at | {"began": BEGAN, "first": start, "last": min(start + STEP - 1, last)})
        for table in ("interaction", "signal", "item"):
            name = f"annotation_{table}"
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}")
    _count()


def _count() -> None:
    """As autovacuum does within a minute."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
