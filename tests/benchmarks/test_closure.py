"""What keeping the figures of closure costs: senders, by the mark that each leaves; and those who count and read."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection, transaction

from annotation import closure
from annotation.closure.kept import refreshing
from annotation.models import ClosureCell, ClosureMark, Feature
from tests import stock
from tests.closure import bulk
from tests.worlds import day

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

INTERACTIONS = 100_000
BATCHES = 40
BATCH = 1000
TABLES = ("annotation_interaction", "annotation_item")

# As a batch of records is stored: interactions and their items, in one transaction.
STORE = (
    """
    INSERT INTO annotation_interaction
        (id, feature_id, external_id, fingerprint, conversation_rank, occurred_at, ingested_at, model_version,
         request_model, response_model, random_number, is_evaluation, clock_ahead_ms)
    SELECT n, %(feature)s, 'sent_' || n, decode(lpad(to_hex(n), 32, '0'), 'hex'), 1, %(at)s, %(at)s, 'v1', '', '', 0.5,
           false, 0
    FROM generate_series(%(first)s, %(first)s + 999) n
    """,
    """
    INSERT INTO annotation_item
        (id, public_id, feature_id, queue_id, interaction_id, signal_id, signal_kind, purpose, status, evidence_version,
         needed, taken, queued_at)
    SELECT n, 'itm_sent_' || n, %(feature)s, 1, n, n, 'accepted', 'backfill', 'open', 1, 1, '{}', %(at)s
    FROM generate_series(%(first)s, %(first)s + 999) n
    """,
)


def test_a_mark_costs_a_batch_next_to_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    feature = stock.feature()
    took: dict[bool, list[float]] = {True: [], False: []}
    for number in range(2 * BATCHES):
        is_marked = number % 2 == 0
        _switch(is_marked)
        took[is_marked].append(_seconds(partial(_store, feature, 10_000_000 + number * BATCH)))
    with_, without = (statistics.median(took[is_marked]) for is_marked in (True, False))
    with capsys.disabled():
        print(f"\na batch: {1e3 * with_:.1f} ms with marks, {1e3 * without:.1f} without: {with_ / without:.3f}")


def test_counting_and_reading_at_scale(capsys: pytest.CaptureFixture[str]) -> None:
    feature = stock.feature()
    bulk.fill(feature, count=INTERACTIONS)
    ClosureMark.objects.all().delete()
    now = day(30)
    whole = _seconds(lambda: closure.full(now=now))
    one = _seconds(lambda: refreshing.count([(feature.pk, day(9).date())]))
    read = _seconds(lambda: closure.speed(feature=feature, now=now))
    funnel = _seconds(lambda: closure.funnel(feature=feature, now=now))
    with capsys.disabled():
        print(
            f"\n{INTERACTIONS:,} interactions in {ClosureCell.objects.count():,} cells: all {whole:.1f} s, a day of 28 "
            f"{one:.2f} s; read: speed {read * 1e3:.0f} ms, funnel {funnel * 1e3:.0f} ms"
        )


def _store(feature: Feature, first: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in STORE:
            cursor.execute(statement, {"feature": feature.pk, "first": first, "at": day(1)})


def _switch(is_on: bool) -> None:
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE 'pgtrigger_closure%%'",
                [table],
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f"ALTER TABLE {table} {'ENABLE' if is_on else 'DISABLE'} TRIGGER {name}")


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
