"""What PostgreSQL promises, with real senders at once, each on a connection of its own."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from annotation.ingest import found, store
from annotation.ingest.outcome import Outcome
from annotation.models import Feature, Interaction, InteractionContent, Item, Signal, SignalContent, WaitingSignal
from tests import stock
from tests.cast import NOW
from tests.ingest.sent import interaction, later, signal

pytestmark = pytest.mark.django_db(transaction=True)

SENDERS = 4


def batch(number: int, size: int = 50, **changes: Any) -> list[dict[str, Any]]:
    return [interaction(f"b{number}-{n:03}", signals=[signal(), signal("copied")], **changes) for n in range(size)]


def send(records: list[dict[str, Any]]) -> Outcome:
    return store.interactions(records=list(enumerate(records)), now=NOW)


def send_signals(records: list[dict[str, Any]]) -> Outcome:
    return store.signals(records=list(enumerate(records)), now=NOW)


def assert_no_orphan() -> None:
    """What no database constraint watches, for speed."""
    assert not InteractionContent.objects.exclude(interaction__in=Interaction.objects.all()).exists()
    assert not Interaction.objects.exclude(pk__in=InteractionContent.objects.values("interaction_id")).exists()
    assert not SignalContent.objects.exclude(signal__in=Signal.objects.all()).exists()
    assert not Item.objects.exclude(interaction__in=Interaction.objects.all()).exists()
    assert not Interaction.objects.exclude(feature__in=Feature.objects.all()).exists()


def test_four_senders_posting_the_same_batches_store_exactly_one_copy(feature: Feature) -> None:
    batches = [batch(number) for number in range(5)]
    outcomes = stock.together(SENDERS, send, [one for one in batches for _ in range(SENDERS)])
    assert sum(outcome.accepted for outcome in outcomes) == 250
    assert sum(outcome.duplicates for outcome in outcomes) == 250 * (SENDERS - 1)
    assert not any(outcome.refused for outcome in outcomes)
    assert (Interaction.objects.count(), Signal.objects.count(), Item.objects.count()) == (250, 500, 500)
    assert_no_orphan()


def test_batches_that_overlap_in_every_order_end_without_a_deadlock(feature: Feature) -> None:
    records = batch(0, 120)
    shuffled = [records[start:] + records[:start] for start in (0, 30, 60, 90)] + [records[::-1]]
    outcomes = stock.together(SENDERS, send, shuffled * 2)
    assert sum(outcome.accepted for outcome in outcomes) == 120
    assert Signal.objects.count() == Item.objects.count() == 240


def test_of_two_contents_under_one_id_one_stays_and_the_others_hear_it(feature: Feature) -> None:
    outcomes = stock.together(SENDERS, send, [batch(0, output=f"Answer {n}") for n in range(SENDERS)])
    assert sorted(outcome.accepted for outcome in outcomes)[-1] == sum(outcome.accepted for outcome in outcomes) == 50
    refused = [one.code for outcome in outcomes for one in outcome.refused]
    assert refused == ["conflicting_duplicate"] * 150


def test_the_same_signals_sent_at_once_are_there_once(feature: Feature) -> None:
    send([interaction(f"g{n}") for n in range(50)])
    outcomes = stock.together(SENDERS, send_signals, [[later(f"g{n}") for n in range(50)]] * 8)
    assert sum(outcome.accepted for outcome in outcomes) == 50
    assert sum(outcome.duplicates for outcome in outcomes) == 350
    assert Signal.objects.count() == Item.objects.count() == 50


def test_a_signal_and_its_interaction_in_flight_at_once_always_meet(feature: Feature) -> None:
    def either(work: tuple[str, list[dict[str, Any]]]) -> Outcome:
        return (send if work[0] == "interactions" else send_signals)(work[1])

    work = []
    for n in range(60):
        work += [("signals", [later(f"g{n}")]), ("interactions", [interaction(f"g{n}")])]
    stock.together(SENDERS, either, work)
    assert not WaitingSignal.objects.exists()
    assert Signal.objects.count() == Item.objects.count() == 60


def test_turns_of_one_conversation_sent_at_once_get_different_ranks(feature: Feature) -> None:
    turns = [[interaction(f"t{n:02}", conversation_id="c", occurred_at=f"2026-03-02T08:{n:02}:00Z")] for n in range(30)]
    stock.together(SENDERS, send, turns[::-1])
    ranks = Interaction.objects.order_by("external_id").values_list("conversation_rank", flat=True)
    assert list(ranks) == list(range(1, 31))


def test_a_batch_that_breaks_off_leaves_nothing_half(feature: Feature, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks_off(**_: object) -> int:
        raise ConnectionError("the process ends here")

    with monkeypatch.context() as patch:
        patch.setattr("annotation.queues.fill.place", breaks_off)
        with pytest.raises(ConnectionError):
            send(batch(0))
    assert not Interaction.objects.exists()
    assert not InteractionContent.objects.exists()
    assert not Signal.objects.exists()
    assert send(batch(0)).accepted == 50


def test_who_meets_another_sender_each_time_ends_by_having_the_gate_alone(
    feature: Feature, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sender that always comes in between: what the look-up didn't see is there when the rows are written."""
    honest = found.opening
    blinded: list[int] = []

    def blind(
        keys: list[found.Key], feature_ids: list[int], **ids: int
    ) -> tuple[dict[found.Key, found.Known], found.Kept]:
        blinded.append(1)
        known, kept = honest(keys, feature_ids, **ids)
        return ({} if len(blinded) <= store.TRIES else known), kept

    send([interaction()])
    monkeypatch.setattr(found, "opening", blind)
    outcome = send([interaction(), interaction("gen_2")])
    assert (outcome.accepted, outcome.duplicates) == (1, 1)
    assert len(blinded) == store.TRIES + 1
    assert Interaction.objects.count() == 2


def test_another_error_of_the_database_is_not_taken_for_a_meeting(
    feature: Feature, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> int:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO annotation_tombstone (feature_id) VALUES (1)")
        return 0

    monkeypatch.setattr("annotation.queues.fill.place", broken)
    with pytest.raises(Exception, match="null value"):
        store.interactions(records=[(0, interaction(signals=[signal()]))], now=timezone.now())
    assert not Interaction.objects.exists()


def test_turns_of_one_conversation_by_many_senders_get_their_ranks(feature: Feature) -> None:
    turns = [
        interaction(f"t-{turn:03}", conversation_id="c", occurred_at=f"2026-03-02T0{turn % 8}:{turn % 60:02}:00Z")
        for turn in range(200)
    ]
    stock.together(8, send, [turns[start::40] for start in range(40)])
    ranks = Interaction.objects.order_by("occurred_at", "external_id").values_list("conversation_rank", flat=True)
    assert list(ranks) == list(range(1, 201))


def test_ranks_that_add_up_and_are_wrong_all_the_same_are_set_right(feature: Feature) -> None:
    send([interaction(f"t-{turn}", conversation_id="c") for turn in range(3)])
    Interaction.objects.filter(external_id="t-0").update(conversation_rank=2)
    send([interaction("t-1", conversation_id="c")])
    assert list(Interaction.objects.order_by("external_id").values_list("conversation_rank", flat=True)) == [1, 2, 3]
