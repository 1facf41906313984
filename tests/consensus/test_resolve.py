"""A label decides its item at once: by few statements, by what is known of people, and by whose labels count."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from annotation import taxonomy
from annotation.consensus import resolve
from annotation.labels import submit
from annotation.labels.imported import Sent, store
from annotation.models import ConsensusRevision, Feature, Item, Label, Rater, Skip
from annotation.queues import lease
from tests import stock
from tests.cast import NOW
from tests.consensus import world
from tests.consensus.world import A, B
from tests.labels.world import label

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature()


def says(item: Item, number: int, reason: str) -> None:
    """One of the world's people, whom a sender names."""
    sent = Sent(
        feature=item.feature,
        interaction_id=item.interaction.external_id,
        signal_kind=item.signal_kind,
        source="human",
        source_name=f"p{number}",
        reason=reason,
    )
    assert [type(one) for one in store(labels=[sent], now=LATER)] == [Label]
    item.refresh_from_db()


def set_aside(rater: Rater, standing: str) -> None:
    Rater.objects.filter(pk=rater.pk).update(standing=standing, standing_from=NOW if standing else None)


def again(item: Item) -> Item:
    item.refresh_from_db()
    resolve.item(item=item, version=taxonomy.current(), now=LATER)
    item.refresh_from_db()
    return item


@transaction.atomic
def take(table: str, pk: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"DELETE FROM annotation_{table} WHERE id = %s", [pk])


def free(item: Item) -> bool:
    return lease.take(rater=stock.rater(99), queue=item.queue, now=NOW) == item


def test_an_item_is_decided_by_one_statement_to_read_and_one_to_write(drafts: Feature) -> None:
    world.queue(drafts)
    (item,) = world.labeled(drafts, [[A, A]])
    version = taxonomy.current()
    with CaptureQueriesContext(connection) as asked:
        resolve.item(item=item, version=version, now=NOW)
    assert len(asked) == 2
    assert (item.status, item.resolved_at) == ("resolved", NOW)
    with CaptureQueriesContext(connection) as asked:
        resolve.item(item=item, version=version, now=LATER)
    assert len(asked) == 1


def test_a_first_label_is_decided_without_reading_more_as_it_is_by_reading_all(drafts: Feature) -> None:
    one, two = stock.items(drafts, 2)
    Item.objects.filter(pk=two.pk).update(needed=2)
    with CaptureQueriesContext(connection) as asked:
        label(one, "verified", by=1)
        label(two, "verified", by=1)
    assert not any("cardinality(i.taken) AS taken" in query["sql"] for query in asked.captured_queries)
    for item, status in ((one, "resolved"), (two, "open")):
        item.refresh_from_db()
        told = (item.status, item.needed, item.extra, item.resolved_at)
        assert item.status == status
        with CaptureQueriesContext(connection) as asked:
            again(item)
        assert not any("UPDATE annotation_item" in query["sql"] for query in asked.captured_queries)
        assert (item.status, item.needed, item.extra, item.resolved_at) == told


def test_what_was_said_before_is_read(drafts: Feature) -> None:
    undone, skipped, twice = stock.items(drafts, 3)
    label(undone, "verified", by=1)
    submit.undo(rater=stock.rater(1), item=undone, now=NOW)
    label(undone, "unread", by=1)
    assert list(undone.revisions.order_by("pk").values_list("number", flat=True)) == [1, 2]
    Skip.objects.create(item=skipped, rater=stock.rater(3), reason="cant_judge", skipped_at=NOW, submission_id=uuid4())
    label(skipped, "verified", by=1)
    assert ConsensusRevision.objects.get(item=skipped).reason.code == "verified"
    Item.objects.filter(pk=twice.pk).update(needed=2)
    label(twice, "verified", by=1)
    label(twice, "unread", by=2)
    twice.refresh_from_db()
    assert twice.status == "disputed"


@pytest.mark.django_db(transaction=True)
def test_a_label_is_weighed_at_once_by_what_the_last_run_found(drafts: Feature) -> None:
    queue = world.queue(drafts)
    world.known(drafts)
    world.ran(queue)
    (item,) = stock.items(drafts, 1)
    says(item, 0, A)
    assert (item.status, item.needed) == ("open", 2)
    says(item, 3, B)
    found = world.current(item)
    assert found is not None
    assert (found.reason.code, found.method, found.posterior and set(found.posterior)) == (A, "dawid_skene", {A, B})
    assert found.confidence == pytest.approx(found.posterior[A], abs=1e-6) if found.posterior else False


@pytest.mark.django_db(transaction=True)
def test_who_was_not_there_at_the_last_run_is_unknown_and_two_of_them_are_counted(drafts: Feature) -> None:
    queue = world.queue(drafts)
    world.known(drafts)
    world.ran(queue)
    strangers, divided = stock.items(drafts, 2)
    for number in (7, 8):
        says(strangers, number, A)
    found = world.current(strangers)
    assert found is not None
    assert (found.method, found.confidence, found.posterior) == ("majority", 1, None)
    says(divided, 7, A)
    says(divided, 8, B)
    assert (divided.status, divided.needed) == ("open", 3)
    assert free(divided)


def test_the_overlap_grows_one_by_one_and_ends_in_a_dispute(drafts: Feature) -> None:
    world.queue(drafts, overlap_max=4)
    (item,) = stock.items(drafts, 1)
    seen = []
    for number, reason in enumerate((A, B, "slip", "unread")):
        label(item, reason, by=number + 1)
        item.refresh_from_db()
        seen.append((item.status, item.needed))
    assert seen == [("open", 2), ("open", 3), ("open", 4), ("disputed", 4)]


def test_the_share_for_full_overlap_is_asked_about_as_often_as_may_be_and_marked(drafts: Feature) -> None:
    world.queue(drafts, full_overlap_share=1, overlap_max=3)
    (item,) = stock.items(drafts, 1)
    assert (item.full_overlap, item.needed) == (True, 3)
    for number in (1, 2):
        label(item, A, by=number)
    item.refresh_from_db()
    assert item.status == "open"
    world.queue(drafts, full_overlap_share=0)
    (other,) = stock.items(drafts, 1)
    assert (other.full_overlap, other.needed) == (False, 2)


def test_a_quarantined_person_s_labels_count_for_nothing_and_the_item_asks_for_another(drafts: Feature) -> None:
    (item,) = stock.items(drafts, 1)
    set_aside(stock.rater(1), "quarantined")
    label(item, B, by=1)
    item.refresh_from_db()
    assert (item.status, item.needed, item.extra, world.current(item)) == ("open", 2, 1, None)
    label(item, A, by=2)
    assert world.answers([item]) == [A]
    set_aside(stock.rater(1), "")
    assert (again(item).status, item.needed, item.extra) == ("disputed", 2, 1)
    set_aside(stock.rater(1), "quarantined")
    assert (again(item).status, item.needed, item.extra) == ("resolved", 2, 1)


def test_what_was_received_before_the_quarantine_counts(drafts: Feature) -> None:
    (item,) = stock.items(drafts, 1)
    label(item, B, by=1, now=NOW - timedelta(seconds=1))
    set_aside(stock.rater(1), "quarantined")
    assert again(item).status == "resolved"


def test_an_item_that_was_resolved_by_who_is_set_aside_later_is_asked_about_again(drafts: Feature) -> None:
    (item,) = stock.items(drafts, 1)
    label(item, B, by=1)
    set_aside(stock.rater(1), "quarantined")
    assert (again(item).status, item.needed, item.taken) == ("open", 2, [stock.rater(1).pk])
    assert free(item)


def test_a_person_who_is_double_labeled_makes_each_item_ask_for_one_more(drafts: Feature) -> None:
    (item,) = stock.items(drafts, 1)
    set_aside(stock.rater(1), "double_labeled")
    label(item, A, by=1)
    item.refresh_from_db()
    assert (item.status, item.needed, item.extra) == ("open", 2, 1)
    label(item, A, by=2)
    found = world.current(item)
    assert found is not None
    assert (found.method, found.confidence) == ("majority", 1)


def test_what_is_decided_keeps_its_item_and_its_reason_by_the_database_itself(drafts: Feature) -> None:
    """A revision has no foreign keys of the database: the labels or skips that made it do."""
    items = world.labeled(drafts, [[A, A], []])
    for number in (1, 2):
        Skip.objects.create(
            item=items[1], rater=world.person(number), reason="cant_judge", skipped_at=NOW, submission_id=uuid4()
        )
    for item in items:
        resolve.item(item=item, version=taxonomy.current(), now=NOW)
    assert world.answers(items) == [A, "no_context"]
    reasons = ConsensusRevision.objects.values_list("reason_id", flat=True)
    gone = [("item", item.pk) for item in items] + [("reason", pk) for pk in reasons]
    for table, pk in gone:
        with pytest.raises(DatabaseError, match=r"violates foreign key|frozen|Cannot delete"):
            take(table, pk)
