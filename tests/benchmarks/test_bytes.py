"""What an interaction takes on the disk, by table, and what a label adds: docs/scale.md is made of these."""

from __future__ import annotations

import pytest
from django.db import connection
from django.utils import timezone

from annotation.ingest import gathering, signatures
from annotation.models import Item
from tests import cast
from tests.benchmarks.records import record
from tests.exports import world

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

BATCH = 1_000
LABELS = 1_000

SIZES = """
    SELECT c.relname, pg_relation_size(c.oid), pg_indexes_size(c.oid),
           COALESCE(pg_total_relation_size(NULLIF(c.reltoastrelid, 0)), 0)
    FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
"""


@pytest.mark.parametrize(("name", "size", "rows"), [("short", 170, 20_000), ("2 KB", 1700, 10_000)])
def test_bytes_a_row(name: str, size: int, rows: int, capsys: pytest.CaptureFixture[str]) -> None:
    cast.feature()
    machine = cast.machine("ingest")
    empty = _sizes()
    for start in range(0, rows, BATCH):
        sent = [record(number, size=size) for number in range(start, start + BATCH)]
        assert machine.post("/interactions", sent).json()["accepted"] == BATCH
    while gathering.refresh(now=timezone.now()):
        pass
    while signatures.answer():
        pass
    stored = _sizes()
    with capsys.disabled():
        print(f"\nbytes an interaction with one signal and one item, texts {name}; {rows:,} rows:")
        _tell(empty, stored, rows)
    for item in Item.objects.select_related("queue__feature").order_by("key")[:LABELS]:
        world.label(item, "verified", now=timezone.now())
    labeled = _sizes()
    with capsys.disabled():
        print(f"bytes a label with its consensus; {LABELS:,} labels:")
        _tell(stored, labeled, LABELS)


def _sizes() -> dict[str, tuple[int, int, int]]:
    """Of each table: itself, its indexes, its long texts."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        cursor.execute(SIZES)
        return {name: (own, indexes, texts) for name, own, indexes, texts in cursor.fetchall()}


def _tell(before: dict[str, tuple[int, int, int]], after: dict[str, tuple[int, int, int]], rows: int) -> None:
    print(f"  {'table':<36}{'rows':>8}{'indexes':>9}{'texts':>8}{'sum':>8}")
    grown = {name: [new - old for new, old in zip(after[name], before[name], strict=True)] for name in after}
    for name, parts in sorted(grown.items(), key=lambda one: -sum(one[1])):
        if sum(parts) >= rows:
            own, indexes, texts = (part / rows for part in parts)
            print(f"  {name:<36}{own:>8.0f}{indexes:>9.0f}{texts:>8.0f}{own + indexes + texts:>8.0f}")
    print(f"  {'all':<36}{'':>25}{sum(map(sum, grown.values())) / rows:>8.0f}")
