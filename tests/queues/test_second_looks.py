"""A random share of what people decided is given to somebody else."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from annotation import audit, erasure
from annotation.labels import imported, submit
from annotation.models import Feature, Item, Label, Queue
from annotation.queues import lease, progress, second_looks, setup
from tests import stock
from tests.cast import NOW

pytestmark = pytest.mark.django_db

SOON = NOW + timedelta(minutes=11)


@pytest.fixture
def feature(db: None) -> Feature:
    return stock.feature()


@pytest.fixture
def queue(feature: Feature) -> Queue:
    """A queue that gives every item a second look, and that the sweep has seen."""
    made = stock.queue(feature, second_look_share=1)
    second_looks.make(now=NOW)
    return made


def label(queue: Queue, number: int = 1, *, reason: str = "verified", by: int = 1) -> list[Item]:
    """What this person labels next."""
    done = []
    for _ in range(number):
        item = lease.take(rater=stock.rater(by), queue=queue, now=NOW)
        assert item is not None
        answer = submit.Answer(reason_code=reason, submission_id=uuid4())
        submit.label(rater=stock.rater(by), item=item, answer=answer, now=NOW)
        done.append(item)
    return done


def test_what_is_resolved_gets_one_further_item_of_the_same_signal_once(feature: Feature, queue: Queue) -> None:
    stock.items(feature, 3)
    (first,) = label(queue)
    assert second_looks.make(now=SOON) == 1
    assert second_looks.make(now=SOON + timedelta(minutes=1)) == 0
    look = Item.objects.get(purpose=Item.Purpose.SECOND_LOOK)
    assert (look.signal_id, look.queue_id, look.status, look.needed) == (first.signal_id, queue.pk, "open", 1)
    assert (look.weight, look.key, look.cohort, look.design) == (None, None, None, None)


def test_a_label_can_be_taken_back_before_a_second_look_is_asked_for(feature: Feature, queue: Queue) -> None:
    stock.items(feature, 1)
    (item,) = label(queue)
    assert second_looks.make(now=NOW + timedelta(minutes=9)) == 0
    submit.undo(rater=stock.rater(), item=item, now=NOW + timedelta(minutes=9))
    assert second_looks.make(now=SOON) == 0


def test_what_is_decided_anew_gets_no_second_second_look(feature: Feature, queue: Queue) -> None:
    stock.items(feature, 1)
    (item,) = label(queue)
    assert second_looks.make(now=SOON) == 1
    mine = Label.objects.get()
    answer = submit.Answer(reason_code="adequate", submission_id=uuid4(), replaces=mine.pk)
    submit.label(rater=stock.rater(), item=item, answer=answer, now=SOON)
    assert second_looks.make(now=SOON + timedelta(hours=1)) == 0


def test_the_second_look_goes_to_somebody_else_on_every_way(feature: Feature, queue: Queue) -> None:
    stock.items(feature, 1)
    label(queue)
    second_looks.make(now=SOON)
    look = Item.objects.get(purpose=Item.Purpose.SECOND_LOOK)
    assert lease.take(rater=stock.rater(1), queue=queue, now=SOON) is None
    with pytest.raises(lease.LabeledBefore):
        lease.take_chosen(rater=stock.rater(1), item=look, now=SOON)
    queues = Queue.objects.filter(pk=queue.pk)
    (mine,) = progress.for_rater(rater=stock.rater(1), queues=queues, now=SOON)
    (others,) = progress.for_rater(rater=stock.rater(2), queues=queues, now=SOON)
    assert (mine.open, mine.held_by_others, others.open) == (0, 0, 1)
    taken = lease.take(rater=stock.rater(2), queue=queue, now=SOON)
    assert taken == look


def test_second_looks_are_mixed_in_at_the_queue_s_share(feature: Feature, queue: Queue) -> None:
    stock.items(feature, 60)
    label(queue, 30)
    assert second_looks.make(now=SOON) == 30
    half = stock.queue(feature, second_look_share=0.5)
    purposes = []
    for _ in range(30):
        item = lease.take(rater=stock.rater(2), queue=half, now=SOON)
        assert item is not None
        purposes.append(item.purpose)
        answer = submit.Answer(reason_code="verified", submission_id=uuid4())
        submit.label(rater=stock.rater(2), item=item, answer=answer, now=SOON)
    # 15 expected; further than 4 standard deviations away is a defect.
    assert 4 <= purposes.count("second_look") <= 26


def test_the_share_is_drawn_by_signals_and_stays_as_it_was_drawn(feature: Feature) -> None:
    drawn = {number for number in range(4000) if second_looks.is_drawn(signal_id=number, share=0.1)}
    assert 320 <= len(drawn) <= 480
    assert drawn <= {number for number in range(4000) if second_looks.is_drawn(signal_id=number, share=0.2)}


def test_what_gold_decided_or_all_skipped_has_no_first_look(feature: Feature, queue: Queue) -> None:
    gold, skipped = stock.items(feature, 2)
    sent = imported.Sent(
        feature=feature,
        interaction_id=gold.interaction.external_id,
        signal_kind="accepted",
        reason="verified",
        source="gold",
        source_name="expert",
        labeled_at=NOW,
    )
    assert len(list(imported.store(labels=[sent], now=NOW))) == 1
    for by in (1, 2):
        submit.skip(rater=stock.rater(by), item=skipped, reason="unsure", submission_id=uuid4(), now=NOW)
    assert Item.objects.filter(status=Item.Status.RESOLVED).count() == 2
    assert second_looks.make(now=SOON) == 0


def test_what_was_resolved_while_there_were_none_never_gets_one(feature: Feature) -> None:
    queue = stock.queue(feature)
    stock.items(feature, 2)
    label(queue)
    day = NOW + timedelta(days=1)
    setup.change_queue(queue=queue, wanted={"second_look_share": 1.0}, actor=audit.FLYWHEEL, now=day)
    assert second_looks.make(now=day) == 0
    assert second_looks.make(now=day + timedelta(minutes=20)) == 0


def test_after_a_day_without_a_worker_the_rest_is_made_step_by_step(feature: Feature, queue: Queue) -> None:
    stock.items(feature, 1)
    label(queue)
    assert [second_looks.make(now=NOW + timedelta(hours=20)) for _ in range(4)] == [1, 0, 0, 0]
    queue.refresh_from_db()
    assert queue.second_looks_until == NOW + timedelta(hours=20) - second_looks.REST


def test_nothing_is_asked_anew_about_what_was_erased(feature: Feature, queue: Queue) -> None:
    stock.items(feature, 1)
    (item,) = label(queue)
    forgotten = erasure.interaction(feature=feature, interaction_id=item.interaction.external_id)
    erasure.erase(subject=forgotten, actor=audit.FLYWHEEL, clock=timezone.now)
    assert second_looks.make(now=SOON) == 0
