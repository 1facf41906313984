"""The backlog's page at many open items beside few: what it reads is counted as items come and go."""

from __future__ import annotations

import os
import statistics
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from annotation import backlog
from annotation.models import BacklogCount, Feature, Queue, User
from annotation.queues import setup
from tests import stock
from tests.web import pages

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

FEW, MANY = 10_000, int(os.environ.get("FLYWHEEL_OPEN_ITEMS", "1000000"))
ASKED = 15
STEP = 100_000
PAGE = "/manage/backlog/"

# Four weeks of arrivals of five kinds, one of six resolved: by the same triggers as those that come over the API.
FILL = """
    INSERT INTO annotation_item
        (id, public_id, feature_id, queue_id, interaction_id, signal_id, signal_kind, purpose, status, evidence_version,
         needed, taken, queued_at, resolved_at)
    SELECT n, 'itm_' || n, %(feature)s, %(queue)s, n, n, (ARRAY['accepted','edited','copied','dismissed','abandoned'])[
            n %% 5 + 1], 'backfill', CASE WHEN n %% 6 = 0 THEN 'resolved' ELSE 'open' END, 1, 1, '{}', at.queued,
        CASE WHEN n %% 6 = 0 THEN at.queued + interval '3 hours' END
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
    CROSS JOIN LATERAL (
        SELECT %(now)s::timestamptz - interval '4 hours' - (n * 7919 %% 2419200) * interval '1 second' AS queued
    ) at
"""


def test_the_page_at_many_open_items_beside_few(admin: User, capsys: pytest.CaptureFixture[str]) -> None:
    feature = stock.feature()
    client = pages.sign_in(admin)
    took: dict[int, float] = {}
    for count in (FEW, MANY):
        filled = _fill(feature, count)
        began = time.perf_counter()
        while backlog.fold():
            pass
        folded = time.perf_counter() - began
        took[count] = _asked(client)
        rows = BacklogCount.objects.count()
        with capsys.disabled():
            print(f"\n{count:,}: filled in {filled:.0f} s, folded in {folded:.1f} s to {rows:,} rows")
            print(f"the page: {1e3 * took[count]:.0f} ms")
    with capsys.disabled():
        print(f"the page: {took[MANY] / took[FEW]:.2f} times that at {FEW:,}")


def _asked(client: Client) -> float:
    """The median of several, after one that warms up."""
    times = []
    for _ in range(ASKED + 1):
        began = time.perf_counter()
        assert client.get(PAGE).status_code == 200
        times.append(time.perf_counter() - began)
    return statistics.median(times[1:])


def _fill(feature: Feature, count: int) -> float:
    """Until six fifths of so many are there, so that about so many are open."""
    queue = Queue.objects.get(feature=feature, name=setup.DEFAULT_QUEUE)
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM annotation_item")
        there = cursor.fetchone()[0]
        wanted = count * 6 // 5
        for first in range(there + 1, wanted + 1, STEP):
            asked: dict[str, Any] = {
                "feature": feature.pk,
                "queue": queue.pk,
                "now": timezone.now() - timedelta(minutes=1),
            }
            cursor.execute(FILL, asked | {"first": first, "last": min(first + STEP - 1, wanted)})
        cursor.execute("ANALYZE annotation_item; ANALYZE annotation_backlogcount")
    return time.perf_counter() - began
