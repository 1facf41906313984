"""Next item and label over HTTP, as a share of bare inserts of a label's row by as many connections."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from django.db import connection

from annotation import access, audit
from annotation.models import Label, User
from tests import cast, stock
from tests.web_server import Visitor, WebServer, label_form

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

ITEMS = int(os.environ.get("ITEMS", "100000"))
"""By hand also ITEMS=1000000, whose rates should be much the same."""
SECONDS = 10.0
INSERTS = 2000
QUEUE = "/annotate/email-drafts.default/"


@pytest.mark.parametrize("people", [1, 8, 32])
def test_next_item_and_label(people: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    feature = cast.feature()
    for _ in range(ITEMS // 2000):
        stock.items(feature, 2000)
    users = [User.objects.create_user(email=f"person{number}@example.com") for number in range(people)]
    for user in users:
        access.give(user=user, roles=[access.ANNOTATOR], features=[feature], actor=audit.FLYWHEEL, now=cast.NOW)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as autovacuum does within a minute of so many new rows
    limit = _inserts(people)
    with WebServer(tmp_path) as server:
        spans = [span for spans in stock.together(people, lambda user: _label(server, user), users) for span in spans]
    assert Label.objects.count() == len(spans)
    spans.sort()
    p50, p95 = (spans[int(len(spans) * share)] * 1000 for share in (0.5, 0.95))
    with capsys.disabled():
        rate = len(spans) / SECONDS
        print(
            f"\nlabel: {ITEMS:,} items, {people} people, {rate:,.0f} cycles/s, p50 {p50:.0f} ms, p95 {p95:.0f} ms; "
            f"bare inserts {limit:,.0f}/s, ratio {rate / limit:.3f}"
        )


def _label(server: WebServer, user: User) -> list[float]:
    visitor = Visitor(server, user)
    form = label_form(visitor.get(QUEUE).text)
    spans = []
    until = time.perf_counter() + SECONDS
    while form and time.perf_counter() < until:
        began = time.perf_counter()
        form = label_form(visitor.post(f"{QUEUE}label/", form | {"reason": "verified"}).text)
        spans.append(time.perf_counter() - began)
    return spans


def _inserts(people: int) -> float:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bare_label (id bigserial PRIMARY KEY, item bigint, reason text)")
    began = time.perf_counter()
    stock.together(people, _insert, list(range(INSERTS)))
    rate = INSERTS / (time.perf_counter() - began)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bare_label")
    return rate


def _insert(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bare_label (item, reason) VALUES (%s, 'verified')", [number])
