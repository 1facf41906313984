"""What an admin does with a queue and with what people hold: pause it, free it, hand it over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from annotation import access, audit
from annotation.labels import raters, submit
from annotation.models import AuditEvent, Feature, Item, Lease, Queue
from annotation.queues import lease, pausing
from tests import cast, stock, worlds
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def drafts() -> Feature:
    return stock.feature()


def _paused(of: Feature) -> Queue:
    pausing.pause(queue=stock.queue(of), actor=audit.FLYWHEEL, now=NOW)
    return stock.queue(of)


def test_a_paused_queue_gives_nothing_new_and_lets_people_finish(drafts: Feature) -> None:
    stock.items(drafts, 4)
    me = stock.rater(1)
    mine = lease.take(rater=me, queue=stock.queue(drafts), now=NOW)
    assert mine is not None
    queue = _paused(drafts)
    again = lease.take(rater=me, queue=queue, now=NOW)
    assert again == mine
    assert lease.ahead(rater=me, queue=queue, now=NOW, beside=mine) is None
    assert lease.take(rater=stock.rater(2), queue=queue, now=NOW) is None
    free = Item.objects.select_related("queue").filter(taken=[])[0]
    with pytest.raises(lease.Paused):
        lease.take_chosen(rater=stock.rater(2), item=free, now=NOW)
    worlds.label(mine, on=0)
    assert lease.take(rater=me, queue=queue, now=NOW) is None
    pausing.resume(queue=queue, actor=audit.FLYWHEEL, now=NOW)
    assert lease.take(rater=me, queue=stock.queue(drafts), now=NOW) is not None
    pausing.resume(queue=queue, actor=audit.FLYWHEEL, now=NOW)
    verbs = AuditEvent.objects.filter(verb__in=["queue.paused", "queue.resumed"]).values_list("verb", flat=True)
    assert sorted(verbs) == ["queue.paused", "queue.resumed"]


def test_what_is_freed_goes_to_whoever_comes_next_and_what_was_typed_is_kept(drafts: Feature) -> None:
    stock.items(drafts, 3)
    queue = stock.queue(drafts)
    held = [lease.take(rater=stock.rater(number), queue=queue, now=NOW) for number in (1, 2)]
    assert lease.give_back(queues=[queue.pk], rater=stock.rater(1), actor=audit.FLYWHEEL, now=NOW) == 1
    assert list(Lease.objects.values_list("rater", flat=True)) == [stock.rater(2).pk]
    assert lease.give_back(queues=[queue.pk], actor=audit.FLYWHEEL, now=NOW) == 1
    assert not Item.objects.exclude(taken=[]).exists()
    assert held[0] is not None
    assert lease.take(rater=stock.rater(3), queue=queue, now=NOW) == held[0]
    assert held[1] is not None
    answer = submit.Answer(reason_code="verified", submission_id=uuid4())
    assert submit.label(rater=stock.rater(2), item=held[1], answer=answer, now=NOW)
    assert [event.data["items"] for event in AuditEvent.objects.filter(verb="items.given_back")] == [1, 1]


def test_what_is_handed_over_waits_for_that_person(drafts: Feature) -> None:
    stock.items(drafts, 5)
    queue = stock.queue(drafts)
    item = lease.take(rater=stock.rater(1), queue=queue, now=NOW)
    taker = raters.for_user(cast.person("tess", roles=[access.ANNOTATOR], features=[drafts]))
    assert item is not None
    hand: dict[str, Any] = {"giver": stock.rater(1), "taker": taker, "queue": queue, "actor": audit.FLYWHEEL}
    assert lease.hand_over(**hand, now=NOW) == 1
    item.refresh_from_db()
    assert item.taken == [taker.pk]
    later = NOW + timedelta(hours=7)
    lease.expire(now=later)
    assert lease.take(rater=taker, queue=queue, now=later) == item
    stranger = raters.for_user(cast.person("stan", roles=[access.ANNOTATOR]))
    with pytest.raises(lease.NotInQueue):
        lease.hand_over(**hand | {"giver": taker, "taker": stranger}, now=later)
    assert AuditEvent.objects.get(verb="items.handed_over").data["to"] == taker.pk


def test_what_the_other_answered_or_skipped_before_stays(drafts: Feature) -> None:
    (item,) = stock.items(drafts, 1)
    Item.objects.filter(pk=item.pk).update(needed=2)
    taker = raters.for_user(cast.person("tess", roles=[access.ANNOTATOR], features=[drafts]))
    lease.take_chosen(rater=taker, item=item, now=NOW)
    answer = submit.Answer(reason_code="verified", submission_id=uuid4())
    submit.label(rater=taker, item=item, answer=answer, now=NOW)
    lease.take_chosen(rater=stock.rater(1), item=item, now=NOW)
    queue = stock.queue(drafts)
    assert not lease.hand_over(giver=stock.rater(1), taker=taker, queue=queue, actor=audit.FLYWHEEL, now=NOW)
    assert Lease.objects.get().rater == stock.rater(1)
