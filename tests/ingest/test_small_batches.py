"""Few records at once take another way to the tables than many, and end the same."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from annotation import copying
from annotation.ingest import store
from annotation.models import Feature, Interaction, Item, Signal, Tombstone
from tests import cast
from tests.cast import NOW
from tests.ingest.sent import interaction, later, signal

COUNT = copying.FEW + 10


def _records(prefix: str) -> list[dict[str, Any]]:
    return [
        interaction(
            f"{prefix}-{number}",
            conversation_id=f"{prefix}-c{number // 3}",
            occurred_at=f"2026-03-02T08:{number:02}:00Z",
            user_key=f"u{number}",
            metadata={"n": number, "list": [1.5, None, "é"]},
            exposure={"set_id": "s", "rank": 1, "of": 2, "propensity": 0.5} if number % 2 else None,
            final_text="Dear Ann, bye." if number % 3 else None,
            signals=[signal("accepted", details={"dwell_ms": number}), signal("copied")] if number % 4 else None,
        )
        for number in range(COUNT)
    ]


def _stored(prefix: str) -> list[tuple[Any, ...]]:
    rows = Interaction.objects.filter(external_id__startswith=f"{prefix}-").order_by("occurred_at")
    told = rows.select_related("content").prefetch_related("signals__content", "signals__items")
    return [(_plain(one, prefix), _plain(one.content, prefix), _signals(one, prefix)) for one in told]


def _signals(one: Interaction, prefix: str) -> list[tuple[Any, ...]]:
    return [
        (found.kind, found.observed_at, found.content.details, found.content.facts, *map(_item, found.items.all()))
        for found in sorted(one.signals.all(), key=lambda found: found.kind)
    ]


def _item(item: Item) -> tuple[Any, ...]:
    return item.signal_kind, item.purpose, item.status, item.weight, item.cohort_id, item.needed, item.taken


def _plain(row: Any, prefix: str) -> dict[str, Any]:
    own = {"id", "interaction_id", "random_number", "fingerprint"}
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return {name: str(value).replace(f"{prefix}-", "") for name, value in values.items() if name not in own}


def test_one_by_one_or_all_at_once_the_same_is_stored(feature: Feature) -> None:
    together = store.interactions(records=list(enumerate(_records("many"))), now=NOW)
    for one in _records("few"):
        assert store.interactions(records=[(0, one)], now=NOW).accepted == 1
    assert together.accepted == COUNT
    assert _stored("few") == _stored("many")


def test_one_record_takes_few_statements(feature: Feature, monkeypatch: pytest.MonkeyPatch) -> None:
    inserted: list[int] = []
    honest = copying._insert

    def counted(parts: Sequence[Any]) -> None:
        inserted.append(len(parts))
        honest(parts)

    monkeypatch.setattr(copying, "_insert", counted)
    _, first, second = _records("few")[:3]
    store.interactions(records=[(0, first)], now=NOW)
    with CaptureQueriesContext(connection) as queries:
        store.interactions(records=[(0, second)], now=NOW)
    assert len(inserted) == 2, "one statement for the rows of all tables"
    assert len(queries) <= 11


def test_one_record_may_bring_a_thousand_signals(feature: Feature) -> None:
    many = [signal("copied", id=f"s-{number}") for number in range(1000)]
    assert store.interactions(records=[(0, interaction(signals=many))], now=NOW).accepted == 1
    assert Signal.objects.count() == Item.objects.count() == 1000


def test_a_small_batch_of_which_nothing_is_new_writes_nothing(feature: Feature) -> None:
    for expected in (1, 0):
        assert store.interactions(records=[(0, interaction(signals=[signal()]))], now=NOW).accepted == expected
    before = _ids_taken()
    with CaptureQueriesContext(connection) as queries:
        store.interactions(records=[(0, interaction(signals=[signal()]))], now=NOW)
    assert not [one for one in queries if "INSERT" in one["sql"]]
    assert _ids_taken() == before
    with CaptureQueriesContext(connection) as queries:
        store.interactions(records=[(0, interaction("gen_2", signals=[signal()]))], now=NOW)
    assert [one for one in queries if "INSERT" in one["sql"]]
    assert _ids_taken() == [taken + 1 for taken in before]


def _ids_taken() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT last_value FROM annotation_interaction_id_seq), last_value FROM annotation_signal_id_seq"
        )
        return list(cursor.fetchone())


def test_signals_that_wait_attach_whichever_way_their_interaction_comes(feature: Feature) -> None:
    store.signals(records=[(0, later("gen_1")), (1, later("gen_2", "copied"))], now=NOW)
    store.interactions(records=[(0, interaction("gen_1"))], now=NOW)
    store.interactions(records=[(0, interaction("gen_2"))], now=NOW)
    assert set(Signal.objects.values_list("interaction__external_id", "kind")) == {
        ("gen_1", "accepted"),
        ("gen_2", "copied"),
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("count", [1, COUNT])
def test_what_is_stored_within_another_transaction_ends_with_that_one(count: int) -> None:
    cast.feature()
    with contextlib.suppress(ZeroDivisionError), transaction.atomic():
        assert store.interactions(records=list(enumerate(_records("a")[:count])), now=NOW).accepted == count
        raise ZeroDivisionError
    assert Interaction.objects.count() == 0
    assert store.interactions(records=list(enumerate(_records("a")[:count])), now=NOW).accepted == count
    assert transaction.get_autocommit()
    with psycopg.connect(connection.connection.info.dsn, password=connection.connection.info.password) as other:
        assert other.execute("SELECT count(*) FROM annotation_interaction").fetchone() == (count,)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("count", [1, COUNT])
def test_what_is_refused_at_the_end_of_a_transaction_leaves_nothing_and_a_connection_that_works(count: int) -> None:
    columns = {"feature_id": "int8", "external_id_hash": "bytea", "erased_at": "timestamptz"}
    of_no_feature = (404, b"1" * 16, NOW)  # PostgreSQL looks for the feature when it commits.
    with pytest.raises(IntegrityError), copying.together(count):
        copying.rows("annotation_tombstone", columns, [of_no_feature])
    assert transaction.get_autocommit()
    assert not Tombstone.objects.exists()
