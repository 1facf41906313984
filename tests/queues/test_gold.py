"""Known answers are mixed into queues: as many as the queue asks for, and only to who hasn't answered about them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from annotation import audit, erasure
from annotation.consensus import agreement
from annotation.labels import gold, imported, review, submit
from annotation.models import AuditEvent, ConsensusRevision, Feature, Item, KnownAnswer, Label, Queue
from annotation.queues import gold as copies
from annotation.queues import items as listed
from annotation.queues import lease, progress
from tests import cast, stock
from tests.cast import NOW
from tests.labels import world
from tests.labels.rules.world import BY

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def feature(db: None) -> Feature:
    return stock.feature()


@pytest.fixture
def queue(feature: Feature) -> Queue:
    return stock.queue(feature, gold_share=0.5)


def known(feature: Feature, *reasons: str, by: int = 1) -> list[Item]:
    """Items that this person labeled, marked as known."""
    made = stock.items(feature, len(reasons))
    for item, reason in zip(made, reasons, strict=True):
        world.label(item, reason, by=by)
        item.refresh_from_db()
    assert gold.mark(items=made, **BY) == len(made)
    return made


def at_work(feature: Feature, *people: int) -> None:
    """They have labeled something in this queue lately, and so may be asked."""
    for number, item in zip(people, stock.items(feature, len(people)), strict=True):
        world.label(item, "verified", by=number)


def gold_items() -> list[Item]:
    return list(Item.objects.filter(purpose=Item.Purpose.GOLD).order_by("pk"))


def test_what_is_marked_is_copied_and_the_copy_is_resolved_by_the_known_answer(feature: Feature, queue: Queue) -> None:
    first, _ = known(feature, "unread", "verified")
    at_work(feature, 2)
    stock.items(feature, 10)
    assert copies.stock(now=LATER) == 2
    assert copies.stock(now=LATER) == 0
    copy = gold_items()[0]
    assert (copy.signal_id, copy.queue_id, copy.status, copy.needed) == (first.signal_id, queue.pk, "open", 1)
    assert (copy.weight, copy.key, copy.cohort_id, copy.design_id) == (None, None, None, None)
    before = ConsensusRevision.objects.get(item=first, superseded_at=None)

    label = world.label(copy, "verified", by=2, now=LATER)

    copy.refresh_from_db()
    decided = ConsensusRevision.objects.get(item=copy, superseded_at=None)
    assert (copy.status, decided.reason.code, decided.method, decided.label_source) == (
        "resolved",
        "unread",
        "gold",
        "gold",
    )
    assert (label.reason.code, ConsensusRevision.objects.get(item=first, superseded_at=None)) == ("verified", before)
    # Who answered wrong and changes it once they have seen the known answer was wrong all the same.
    submit.label(rater=stock.rater(2), item=copy, answer=world.answer("unread", replaces=label.pk), now=LATER)
    assert [(one.right.hits, one.right.n) for one in gold.asked(gold.known(feature).filter(item=first))] == [(0, 1)]
    told = agreement.with_gold(rater=stock.rater(2), since=NOW - timedelta(days=1))
    assert told.n == 1


def test_nobody_is_asked_who_labeled_skipped_or_settled_that_signal(feature: Feature, queue: Queue) -> None:
    (item,) = known(feature, "unread", by=1)
    disputed = world.disputed(feature, 3, 4)
    review.settle(rater=stock.rater(5), item=disputed, answer=world.answer("unread"), now=NOW)
    assert gold.feed(now=NOW) == 1
    assert gold.feed(now=NOW) == 0
    at_work(feature, 1, 2, 3, 4, 5, 6)
    stock.items(feature, 20)
    assert copies.stock(now=LATER) == 2
    mine, settled = sorted(gold_items(), key=lambda one: one.signal_id != item.signal_id)
    for who, copy in ((1, mine), (3, settled), (4, settled), (5, settled)):
        with pytest.raises(lease.LabeledBefore):
            lease.take_chosen(rater=stock.rater(who), item=copy, now=LATER)
    (theirs,) = progress.for_rater(rater=stock.rater(1), queues=Queue.objects.filter(pk=queue.pk), now=LATER)
    (others,) = progress.for_rater(rater=stock.rater(6), queues=Queue.objects.filter(pk=queue.pk), now=LATER)
    assert (theirs.open, others.open) == (21, 22)
    lease.take_chosen(rater=stock.rater(2), item=mine, now=LATER)
    submit.skip(rater=stock.rater(2), item=mine, reason="language", submission_id=uuid4(), now=LATER)
    world.label(mine, "unread", by=6, now=LATER)
    copies.stock(now=LATER)
    again = Item.objects.get(signal=mine.signal_id, purpose="gold", status="open")
    with pytest.raises(lease.LabeledBefore):
        lease.take_chosen(rater=stock.rater(2), item=again, now=LATER)
    # In the list of what is free they would stand together at its end, and give themselves away.
    assert {one.purpose for one in listed.free(rater=stock.rater(6), queue=queue, count=100)} == {"sample"}


def test_they_come_at_the_queue_s_share_and_one_person_meets_each_once(feature: Feature, queue: Queue) -> None:
    known(feature, *["unread"] * 20)
    at_work(feature, 2)
    stock.items(feature, 60)
    purposes, signals = [], []
    for number in range(30):
        if number % 5 == 0:
            copies.stock(now=LATER)
        item = lease.take(rater=stock.rater(2), queue=queue, now=LATER)
        assert item is not None
        purposes.append(item.purpose)
        signals.append(item.signal_id)
        submit.label(rater=stock.rater(2), item=item, answer=world.answer("verified"), now=LATER)
    # 15 expected; further than 4 standard deviations away is a defect.
    assert 4 <= purposes.count("gold") <= 26
    assert len(set(signals)) == 30


def test_a_queue_that_is_done_is_not_filled_up(feature: Feature, queue: Queue) -> None:
    known(feature, *["unread"] * 8)
    at_work(feature, 2)
    assert copies.stock(now=LATER) == 0
    stock.items(feature, 3)
    assert copies.stock(now=LATER) == 3
    for _ in range(6):
        item = lease.take(rater=stock.rater(2), queue=queue, now=LATER)
        assert item is not None
        submit.label(rater=stock.rater(2), item=item, answer=world.answer("verified"), now=LATER)
    assert copies.stock(now=LATER) == 0
    assert lease.take(rater=stock.rater(2), queue=queue, now=LATER) is None


def test_what_nobody_at_work_could_take_is_taken_back(feature: Feature, queue: Queue) -> None:
    known(feature, "unread")
    at_work(feature, 2)
    stock.items(feature, 5)
    assert copies.stock(now=LATER) == 1
    assert copies.stock(now=LATER + timedelta(days=40)) == 0
    assert gold_items()[0].status == "withdrawn"


def test_a_retired_answer_is_asked_no_more_and_can_be_marked_again(feature: Feature, queue: Queue) -> None:
    (item,) = known(feature, "unread")
    at_work(feature, 2)
    stock.items(feature, 5)
    copies.stock(now=LATER)
    answer = KnownAnswer.objects.select_related("item").get()
    for _ in range(2):
        gold.retire(answer=answer, **BY)
    assert gold_items()[0].status == "withdrawn"
    assert copies.stock(now=LATER) == 0
    assert gold.mark(items=[item], **BY) == 1
    assert copies.stock(now=LATER) == 1
    assert AuditEvent.objects.filter(verb="gold.retired").count() == 1


def test_an_answer_taken_back_opens_the_copy_as_it_would_any_item(feature: Feature, queue: Queue) -> None:
    known(feature, "unread")
    at_work(feature, 2)
    stock.items(feature, 5)
    copies.stock(now=LATER)
    (copy,) = gold_items()
    world.label(copy, "verified", by=2, now=LATER)
    undone = submit.undo(rater=stock.rater(2), item=copy, now=LATER)
    copy.refresh_from_db()
    assert undone is not None
    assert (copy.status, copy.taken) == ("open", [stock.rater(2).pk])
    assert lease.take_chosen(rater=stock.rater(2), item=copy, now=LATER) == copy
    submit.label(rater=stock.rater(2), item=copy, answer=world.answer("unread"), now=LATER)
    copy.refresh_from_db()
    assert copy.status == "resolved"
    assert Label.objects.filter(item=copy, rater__kind="gold", superseded_at=None).count() == 1
    # The first answer counts.
    assert [(one.right.hits, one.right.n) for one in gold.asked(gold.known(feature))] == [(0, 1)]


def test_gold_from_outside_is_taken_where_the_queue_wants_it_and_marking_needs_an_answer(feature: Feature) -> None:
    sent, open_item = stock.items(feature, 2)
    answer: dict[str, Any] = {
        "feature": feature,
        "interaction_id": sent.interaction.external_id,
        "signal_kind": "accepted",
    }
    one = imported.Sent(**answer, reason="unread", source="gold", source_name="experts")
    list(imported.store(labels=[one], now=NOW))
    assert gold.feed(now=NOW) == 0  # no queue mixes gold in
    stock.queue(feature, gold_share=0.05)
    assert gold.feed(now=NOW) == 1
    assert KnownAnswer.objects.get().source == "sent"
    with pytest.raises(gold.NotResolved, match="is open"):
        gold.mark(items=[open_item], **BY)


def test_what_was_erased_is_not_asked_about(feature: Feature, queue: Queue) -> None:
    (item,) = known(feature, "unread")
    at_work(feature, 2)
    stock.items(feature, 5)
    copies.stock(now=LATER)
    subject = erasure.interaction(feature=feature, interaction_id=item.interaction.external_id)
    erasure.erase(subject=subject, actor=audit.FLYWHEEL, clock=lambda: LATER)
    assert [one.status for one in gold_items()] == ["withdrawn"]
    assert copies.stock(now=LATER) == 0
    assert not gold.candidates(feature).filter(item=item).exists()


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_make_each_copy_once() -> None:
    feature = cast.feature("drafts")
    stock.queue(feature, gold_share=0.5)
    known(feature, *["unread"] * 6)
    at_work(feature, 2)
    stock.items(feature, 20)
    stock.together(4, lambda _number: copies.stock(now=LATER), list(range(4)))
    copies.stock(now=LATER)
    assert len(gold_items()) == len({one.signal_id for one in gold_items()}) == 6
