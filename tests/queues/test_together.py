"""Items on one interaction or conversation come to the same person, one after another, and starve nobody."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

import pytest

from annotation.labels import submit
from annotation.models import Cohort, Draft, Feature, Interaction, Item, Lease, Queue, Rater, Signal
from annotation.queues import cohorts, fill, lease
from tests import stock
from tests.cast import NOW
from tests.labels import world as people
from tests.queues.drain import Handed, drained

MINUTE = timedelta(minutes=1)


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature()


def _take(feature: Feature, rater: int = 1, *, after: timedelta = timedelta()) -> Item | None:
    return lease.take(rater=stock.rater(rater), queue=stock.queue(feature), now=NOW + after)


def _answered(*items: Item, rater: int = 1) -> None:
    """What a label does to a lease: it ends, and the place on the item stays taken."""
    Lease.objects.filter(item__in=items, rater=stock.rater(rater)).delete()


def _held(rater: int = 1) -> set[int]:
    return set(Lease.objects.filter(rater=stock.rater(rater)).values_list("item_id", flat=True))


def _second_signal(item: Item, kind: str) -> Item:
    signal = Signal.objects.create(
        interaction=item.interaction, external_id=f"s-{kind}", kind=kind, observed_at=NOW, ingested_at=NOW
    )
    fill.place(signals=[fill.stored(signal)], now=NOW)
    return Item.objects.get(signal=signal)


def test_a_conversation_comes_as_a_whole_in_its_order(drafts: Feature) -> None:
    turns = stock.conversation(drafts, "accepted", "edited", "thumbs_down")
    (other,) = stock.items(drafts, 1)
    Item.objects.filter(pk=other.pk).update(queued_at=NOW)
    handed = []
    for _ in turns:
        item = _take(drafts)
        assert item is not None
        handed.append(item)
        _answered(item)
    assert handed == turns
    assert _take(drafts) == other


def test_what_comes_alone_is_said_so_and_only_then(drafts: Feature) -> None:
    (lone,) = stock.items(drafts, 1)
    assert (item := _take(drafts)) == lone
    assert item is not None
    assert item.comes_alone
    again = _take(drafts)
    assert again == lone
    assert again is not None
    assert not again.comes_alone  # held already: who holds it may have begun


@pytest.mark.parametrize("beside", ["draft", "label", "signal", "turn"])
def test_what_was_begun_or_has_something_beside_it_does_not_come_alone(drafts: Feature, beside: str) -> None:
    if beside == "turn":
        stock.conversation(drafts, "accepted", "edited")
    else:
        (item,) = stock.items(drafts, 1)
        if beside == "signal":
            # Somebody else's already, and still of the same answer.
            Item.objects.filter(pk=_second_signal(item, "edited").pk).update(status="resolved")
        elif beside == "label":
            people.label(item, "verified", by=1)
            submit.undo(rater=stock.rater(), item=item, now=NOW)
            lease.release(rater=stock.rater(), item=item)
        else:
            Draft.objects.create(item=item, rater=stock.rater(), comment="I think", typed_at=NOW)
    found = _take(drafts)
    assert found is not None
    assert not found.comes_alone


def test_what_comes_along_is_held_and_not_yet_shown(drafts: Feature) -> None:
    first, second = stock.conversation(drafts, "accepted", "edited")
    stock.items(drafts, 3)
    Lease.objects.all().delete()
    lease.take_chosen(rater=stock.rater(1), item=second, now=NOW, together=True)
    first.refresh_from_db()
    assert _held() == {first.pk, second.pk}
    assert (first.first_shown_at, Lease.objects.get(item=first).shown_at) == (None, None)
    assert len(set(Lease.objects.values_list("lease_group", flat=True))) == 1


def test_two_signals_of_one_interaction_come_together(drafts: Feature) -> None:
    (item, *_) = stock.items(drafts, 3)
    other = _second_signal(item, "copied")
    assert _take(drafts) == item
    assert _held() == {item.pk, other.pk}


def test_what_others_hold_skipped_or_answered_stays_where_it_is(drafts: Feature) -> None:
    first, second, third = stock.conversation(drafts, "accepted", "edited", "copied")
    stock.items(drafts, 5)
    lease.take_chosen(rater=stock.rater(2), item=second, now=NOW)
    lease.take_chosen(rater=stock.rater(1), item=first, now=NOW, together=True)
    assert _held() == {first.pk, third.pk}


def test_another_queues_or_features_items_do_not_come_along(drafts: Feature) -> None:
    first, *_ = stock.conversation(drafts, "accepted")
    elsewhere = stock.feature("chat")
    stock.conversation(elsewhere, "accepted", "edited")
    stock.items(drafts, 3)
    lease.take_chosen(rater=stock.rater(1), item=first, now=NOW, together=True)
    assert _held() == {first.pk}


def test_at_most_eight_come_at_once_and_the_nearest(drafts: Feature) -> None:
    turns = stock.conversation(drafts, *["accepted"] * 20)
    lease.take_chosen(rater=stock.rater(1), item=turns[10], now=NOW, together=True)
    assert len(_held()) == 8
    assert _held() <= {turn.pk for turn in turns[6:15]}


def test_a_group_leaves_one_for_everybody_at_work(drafts: Feature) -> None:
    turns = stock.conversation(drafts, *["accepted"] * 6)
    (other,) = stock.items(drafts, 1)
    for number in (2, 3, 4):
        lease.take_chosen(rater=stock.rater(number), item=stock.items(drafts, 1)[0], now=NOW)
    Item.objects.filter(pk=other.pk).update(status="withdrawn")
    lease.take_chosen(rater=stock.rater(1), item=turns[0], now=NOW, together=True)
    # Six free, three others at work: the one asked for and two more.
    assert len(_held()) == 3


def test_the_whole_group_is_held_on_while_somebody_is_at_one_of_it(drafts: Feature) -> None:
    first, _second = stock.conversation(drafts, "accepted", "edited")
    stock.items(drafts, 3)
    lease.take_chosen(rater=stock.rater(1), item=first, now=NOW, together=True)
    lease.renew(rater=stock.rater(1), item=first, now=NOW + 10 * MINUTE)
    assert lease.expire(now=NOW + 20 * MINUTE) == 0
    assert lease.expire(now=NOW + 25 * MINUTE) == 2


def test_a_group_held_ahead_lapses_together_and_is_held_in_full_once_shown(drafts: Feature) -> None:
    (first,) = stock.items(drafts, 1)
    turns = stock.conversation(drafts, "accepted", "edited")
    stock.items(drafts, 5)
    lease.take_chosen(rater=stock.rater(1), item=first, now=NOW)
    Item.objects.exclude(pk__in=[turn.pk for turn in turns]).filter(taken=[]).update(signal_kind="copied")
    wanted = lease.Wanted(kind="accepted")
    queue = stock.queue(drafts)
    at = NOW + MINUTE
    assert lease.ahead(rater=stock.rater(1), queue=queue, now=at, beside=first, wanted=wanted) == turns[0]
    group = Lease.objects.filter(item__in=turns)
    lease.renew(rater=stock.rater(1), item=first, now=at)
    assert set(group.values_list("expires_at", flat=True)) == {at + 2 * MINUTE}
    lease.show(rater=stock.rater(1), item=turns[0], now=at + MINUTE)
    assert set(group.values_list("expires_at", flat=True)) == {at + 16 * MINUTE}
    assert Lease.objects.get(item=first).expires_at == at + 15 * MINUTE


def test_the_list_shows_which_are_answered_and_which_wait(drafts: Feature) -> None:
    first, second = stock.conversation(drafts, "accepted", "edited")
    stock.items(drafts, 3)
    lease.take_chosen(rater=stock.rater(1), item=first, now=NOW, together=True)
    listed = lease.together(rater=stock.rater(1), item=second, now=NOW)
    assert [(one.public_id, one.signal_kind, one.turn) for one in listed] == [
        (first.public_id, "accepted", 1),
        (second.public_id, "edited", 2),
    ]
    assert [one.public_id for one in lease.together(rater=stock.rater(2), item=first, now=NOW)] == [first.public_id]


def test_what_came_along_out_of_turn_does_not_move_the_threshold(drafts: Feature) -> None:
    """With smallest key 1 comes its conversation's turn of key 5; keys 3 and 4 were never reached."""
    items = stock.items(drafts, 5)
    for item in (items[0], items[4]):
        Interaction.objects.filter(pk=item.interaction_id).update(conversation_id="c1")
    for _ in range(3):
        taken = _take(drafts)
        assert taken is not None
        _answered(taken)
        Item.objects.filter(pk=taken.pk).update(status="resolved")
    cohorts.close_due(now=NOW + timedelta(days=9))
    threshold = Cohort.objects.get().threshold
    assert threshold == items[1].key
    chances = [cohorts.inclusion_probability(threshold=threshold, weight=one.weight, key=one.key) for one in items]
    assert chances == [items[1].key, None, None, None, None]


def test_what_came_along_and_was_never_shown_holds_the_threshold_below_it(drafts: Feature) -> None:
    items = stock.items(drafts, 4)
    for item in (items[0], items[1]):
        Interaction.objects.filter(pk=item.interaction_id).update(conversation_id="c1")
    stock.items(drafts, 3, kind="copied", now=NOW + timedelta(days=1))
    assert _take(drafts) == items[0]
    assert items[1].pk in _held()
    lease.take_chosen(rater=stock.rater(2), item=items[2], now=NOW)
    cohorts.close_due(now=NOW + timedelta(days=8, hours=1))
    assert Cohort.objects.get(day=NOW.date()).threshold == items[0].key


@pytest.mark.django_db(transaction=True)
def test_conversations_are_shared_out_to_no_more_people_than_each_item_needs() -> None:
    """8 people in two tabs, conversations of five turns with overlap 2, two kinds of filters, all at once."""
    drafts = stock.feature()
    for number in range(12):
        stock.conversation(drafts, "accepted", "edited", "accepted", "edited", "copied", name=f"c{number}")
    Item.objects.update(needed=2)
    queue = stock.queue(drafts)
    everybody = [(stock.rater(number % 8), kind) for number, kind in enumerate(["", "edited", "accepted", ""] * 4)]
    worked = stock.together(16, lambda one: _work(one[0], queue, one[1]), everybody)
    takers = defaultdict(set)
    for item, rater in [pair for pairs in worked for pair in pairs]:
        takers[item].add(rater)
    assert {len(people) for people in takers.values()} == {2}
    assert len(takers) == 60
    assert set(Item.objects.values_list("taken__len", flat=True)) == {2}
    assert not Lease.objects.exists()


def _work(rater: Rater, queue: Queue, kind: str) -> list[Handed]:
    def take() -> Item | None:
        item = lease.take(rater=rater, queue=queue, now=NOW, wanted=lease.Wanted(kind=kind))
        assert item is None or not kind or item.signal_kind == kind
        return item

    return drained(rater, take, kind=kind)
