"""Few records that arrive at once are stored together, and each sender hears of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from django.db import OperationalError, connections
from django.utils import timezone

from annotation.access import recent
from annotation.ingest import joining, store
from annotation.ingest.joining import Joining
from annotation.ingest.outcome import Outcome
from annotation.ingest.store import Batch
from annotation.models import ApiToken, Feature, Interaction, Signal
from tests import cast, stock
from tests.cast import NOW
from tests.ingest.sent import interaction, signal
from tests.workers import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)

Together = Callable[..., list[Outcome]]


def batch(*records: dict[str, Any], only: Feature | None = None) -> Batch:
    return Batch(list(enumerate(records)), only)


class Held:
    """Stands for `store.together`: the first call waits until it is let go, and the size of each is noted."""

    def __init__(self, honest: Together) -> None:
        self.honest = honest
        self.sizes: list[int] = []
        self.is_in = threading.Event()
        self.may_go = threading.Event()

    def __call__(self, *, batches: Sequence[Batch], now: datetime) -> list[Outcome]:
        self.sizes.append(len(batches))
        if len(self.sizes) == 1:
            self.is_in.set()
            assert self.may_go.wait(PATIENCE)
        return self.honest(batches=batches, now=now)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Held:
    stands = Held(store.together)
    monkeypatch.setattr(store, "together", stands)
    return stands


def sent_meanwhile(held: Held, batches: Sequence[Batch], *, counts: Sequence[int] = ()) -> list[Future[Outcome]]:
    """One record is being written; these batches come, in this order; then all goes on."""
    here = Joining()

    def send(one: Batch, count: int) -> Outcome:
        try:
            return here.interactions(batch=one, count=count, now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(batches) + 1) as pool:
        first = pool.submit(send, batch(interaction("first")), 1)
        assert held.is_in.wait(PATIENCE)
        futures = []
        for place, one in enumerate(batches):
            futures.append(pool.submit(send, one, counts[place] if counts else 1))
            while len(here._waiting) <= place:
                pass
        held.may_go.set()
    assert first.result().accepted == 1
    return futures


def test_what_comes_meanwhile_is_written_at_once_and_each_hears_of_its_own(feature: Feature, held: Held) -> None:
    other = cast.feature("support-chat")
    came = sent_meanwhile(
        held,
        [
            batch(interaction("a", signals=[signal()])),
            batch(interaction("a", signals=[signal()])),
            batch(interaction("a", output="Something else.")),
            batch(interaction("b"), {"feature": "nobody"}, interaction("c"), only=other),
            batch({"id": "broken"}, interaction("d")),
        ],
    )
    assert held.sizes == [1, 5]
    told = [one.result() for one in came]
    assert [(one.accepted, one.duplicates, len(one.refused)) for one in told] == [
        (1, 0, 0),
        (0, 1, 0),
        (0, 0, 1),
        (0, 0, 3),
        (1, 0, 1),
    ]
    assert [(one.index, one.code) for one in told[2].refused] == [(0, "conflicting_duplicate")]
    assert [(one.index, one.code) for one in told[3].refused] == [
        (0, "forbidden_feature"),
        (1, "missing_field"),
        (2, "forbidden_feature"),
    ]
    assert [(one.index, one.id) for one in told[4].refused] == [(0, "broken")]
    assert set(Interaction.objects.values_list("external_id", flat=True)) == {"first", "a", "d"}
    assert Signal.objects.count() == 1


def test_no_more_are_written_at_once_than_few(feature: Feature, held: Held) -> None:
    came = sent_meanwhile(held, [batch(interaction(f"g{n}")) for n in range(3)], counts=[12, 12, 3])
    assert held.sizes == [1, 1, 2]
    assert [one.result().accepted for one in came] == [1, 1, 1]


def test_an_error_that_one_brings_about_is_not_the_others(
    feature: Feature, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = store._checked

    def breaks(records: Any, *more: Any) -> Any:
        if any(value["id"] == "bad" for _, value in records):
            raise ZeroDivisionError
        return honest(records, *more)

    monkeypatch.setattr(store, "_checked", breaks)
    came = sent_meanwhile(held, [batch(interaction(name)) for name in ("a", "bad", "b")])
    assert [one.result().accepted for one in (came[0], came[2])] == [1, 1]
    with pytest.raises(ZeroDivisionError):
        came[1].result()
    assert set(Interaction.objects.values_list("external_id", flat=True)) == {"first", "a", "b"}


def test_a_changed_token_stops_its_own_sender_alone(feature: Feature, held: Held) -> None:
    token, secret = cast.token("ingest")
    found = recent.reading_of(secret=secret, now=timezone.now())
    ApiToken.objects.filter(pk=token.pk).update(revoked_at=NOW)
    came = sent_meanwhile(
        held, [batch(interaction("a")), batch(interaction("b"))._replace(reading=found), batch(interaction("c"))]
    )
    assert [one.result().accepted for one in (came[0], came[2])] == [1, 1]
    with pytest.raises(recent.Changed):
        came[1].result()
    assert set(Interaction.objects.values_list("external_id", flat=True)) == {"first", "a", "c"}


def test_without_the_database_all_are_told_so_and_the_next_is_stored(
    feature: Feature, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = store._written

    def away(*given: Any, count: int, **more: Any) -> Any:
        if count > 1:
            raise OperationalError("the database is away")
        return honest(*given, count=count, **more)

    monkeypatch.setattr(store, "_written", away)
    came = sent_meanwhile(held, [batch(interaction("a")), batch(interaction("b"))])
    for one in came:
        with pytest.raises(OperationalError, match="away"):
            one.result()
    assert held.sizes == [1, 2]
    assert store.interactions(records=[(0, interaction("a"))], now=NOW).accepted == 1


def test_who_writes_next_waits_for_as_many_as_came_of_late_and_who_is_alone_for_nobody(
    feature: Feature, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "COMPANY_SECONDS", PATIENCE)
    here = Joining()

    def send(name: str) -> Outcome:
        try:
            return here.interactions(batch=batch(interaction(name)), count=1, now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        futures = [pool.submit(send, "a")]
        assert held.is_in.wait(PATIENCE)
        futures.append(pool.submit(send, "b"))
        while not here._waiting:
            pass
        held.may_go.set()
        assert futures[0].result(PATIENCE).accepted == 1
        # It has its turn, and goes only once another one is here.
        with pytest.raises(TimeoutError):
            futures[1].result(0.2)
        futures.append(pool.submit(send, "c"))
        assert [one.result(PATIENCE).accepted for one in futures[1:]] == [1, 1]
    # Who was expected may be gone: then it is waited for once.
    monkeypatch.setattr(joining, "COMPANY_SECONDS", 0.01)
    assert here.interactions(batch=batch(interaction("d")), count=1, now=NOW).accepted == 1
    monkeypatch.setattr(joining, "COMPANY_SECONDS", PATIENCE)
    assert here.interactions(batch=batch(interaction("e")), count=1, now=NOW).accepted == 1
    assert held.sizes == [1, 2, 1, 1]


def test_many_senders_at_once_store_each_record_once(feature: Feature) -> None:
    here = Joining()

    def send(sender: int) -> tuple[int, int]:
        told = [here.interactions(batch=batch(interaction(f"g{sender // 2}-{n}")), count=1, now=NOW) for n in range(25)]
        return sum(one.accepted for one in told), sum(one.duplicates for one in told)

    told = stock.together(8, send, list(range(8)))
    assert Interaction.objects.count() == 100
    assert (sum(new for new, _ in told), sum(known for _, known in told)) == (100, 100)
