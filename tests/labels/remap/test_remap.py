"""Labels brought to a new version: what is mapped, what is asked again, and what must not move."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from annotation import audit
from annotation.labels import imported, submit
from annotation.labels.remap import effects, request
from annotation.models import AuditEvent, Cohort, ConsensusRevision, Feature, Item, Label, Queue, Relabel, Remap
from annotation.queues import cohorts, lease
from annotation.taxonomy import editing
from tests import stock, worlds
from tests.cast import NOW
from tests.erasure import world as erasures
from tests.taxonomy import world
from tests.taxonomy.world import BY

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature()


def label(item: Item, reason: str, *, by: int = 1, **written: Any) -> Label:
    rater = stock.rater(by)
    lease.take_chosen(rater=rater, item=item, now=NOW)
    answer = submit.Answer(reason_code=reason, submission_id=uuid4(), **written)
    return submit.label(rater=rater, item=item, answer=answer, now=NOW)


def current(item: Item, by: int = 1) -> Label:
    return Label.objects.select_related("reason", "content").get(item=item, rater=stock.rater(by), superseded_at=None)


def consensus(item: Item) -> ConsensusRevision:
    return ConsensusRevision.objects.select_related("reason").get(item=item, superseded_at=None)


def test_a_renamed_reason_takes_its_labels_along_with_all_that_was_written(drafts: Feature) -> None:
    (item,) = stock.items(drafts, 1)
    origin = label(item, "verified", comment="Read it.", correction="Dear Ann", quote="thank", certainty=3)
    draft = world.draft()
    world.changed(world.reason(draft, "verified"), code="checked", title="Checked")
    decided = consensus(item)

    remap = world.worked(world.published(draft))

    heir = current(item)
    assert (remap.status, remap.mapped, remap.again, remap.labels_total) == ("done", 1, 0, 1)
    assert (heir.reason.code, heir.taxonomy_version, heir.mapped_from) == ("checked", draft, origin)
    assert (heir.labeled_at, heir.received_at, heir.certainty) == (origin.labeled_at, origin.received_at, 3)
    assert (heir.content.comment, heir.content.correction, heir.content.quote) == ("Read it.", "Dear Ann", "thank")
    origin.refresh_from_db()
    assert (origin.reason.code, origin.superseded_at) == ("verified", NOW)
    told = consensus(item)
    assert (told.number, told.reason.code, told.label_ids) == (2, "checked", [heir.pk])
    # When people decided is not when their words were mapped.
    assert told.resolved_at == decided.resolved_at
    item.refresh_from_db()
    assert (item.status, item.taken) == ("resolved", [stock.rater(1).pk])


def test_what_lives_on_is_left_as_it_was_said(drafts: Feature) -> None:
    (item,) = stock.items(drafts, 1)
    said = label(item, "verified")
    draft = world.draft()
    world.changed(world.reason(draft, "verified"), title="Truly verified", key="t")
    assert effects.of(draft).kept == 1
    assert world.published(draft) is None
    assert current(item) == said


def test_other_uses_or_another_outcome_count_for_labels_that_are_there(drafts: Feature) -> None:
    (item,) = stock.items(drafts, 1)
    label(item, "verified")
    draft = world.draft()
    world.changed(world.reason(draft, "verified"), uses=["kto+"])
    world.worked(world.published(draft))
    assert consensus(item).reason.uses == ["kto+"]


def test_merging_settles_what_was_disputed_only_in_words(drafts: Feature) -> None:
    stock.queue(drafts, overlap=2)
    (item,) = stock.items(drafts, 1)
    label(item, "verified", by=1)
    label(item, "adequate", by=2)
    item.refresh_from_db()
    assert item.status == "disputed"
    draft = world.draft()
    world.merge(draft, "verified", into="adequate")
    world.worked(world.published(draft))
    item.refresh_from_db()
    assert (item.status, consensus(item).reason.code, consensus(item).method) == ("resolved", "adequate", "majority")


def test_what_was_split_is_asked_again_and_the_place_is_free(drafts: Feature) -> None:
    (item,) = stock.items(drafts, 1)
    former = label(item, "scaffold", comment="Half of it.")
    draft = world.draft()
    world.split(draft, "scaffold", world.spec("start", "t"), world.spec("outline", "r"))
    remap = world.worked(world.published(draft))

    assert (remap.mapped, remap.again) == (0, 1)
    assert Relabel.objects.get().label == former
    item.refresh_from_db()
    assert (item.status, item.taken, item.resolved_at) == ("open", [], None)
    assert not ConsensusRevision.objects.filter(item=item, superseded_at=None).exists()
    assert lease.take(rater=stock.rater(1), queue=stock.queue(drafts), now=NOW) == item
    again = label(item, "outline")
    assert (again.mapped_from, consensus(item).reason.code, consensus(item).number) == (None, "outline", 2)


def test_of_two_labels_only_the_one_without_successor_goes(drafts: Feature) -> None:
    stock.queue(drafts, overlap=2)
    (item,) = stock.items(drafts, 1)
    label(item, "scaffold", by=1)
    stays = label(item, "verified", by=2)
    draft = world.draft()
    editing.retire(reason=world.reason(draft, "scaffold"), **BY)
    world.worked(world.published(draft))
    item.refresh_from_db()
    assert (item.status, item.taken) == ("open", [stock.rater(2).pk])
    assert list(Label.objects.filter(item=item, superseded_at=None)) == [stays]
    # Whoever stays has answered already; anybody else may.
    assert lease.take(rater=stock.rater(2), queue=stock.queue(drafts), now=NOW) is None
    assert lease.take(rater=stock.rater(3), queue=stock.queue(drafts), now=NOW) == item


def test_labels_go_through_all_the_versions_that_came_since(drafts: Feature) -> None:
    one, two = stock.items(drafts, 2)
    label(one, "verified")
    label(two, "adequate")
    second = world.draft()
    world.changed(world.reason(second, "verified"), code="checked")
    remap = world.published(second)
    assert remap is not None
    request.cancel(remap=remap, **BY)
    third = world.draft()
    world.merge(third, "adequate", into="checked")
    assert effects.of(third).mapped == 2
    world.worked(world.published(third))
    assert {current(one).reason.code, current(two).reason.code} == {"checked"}
    assert {current(one).taxonomy_version, current(two).taxonomy_version} == {third}


def test_a_queue_that_is_bound_to_its_version_keeps_its_labels(drafts: Feature) -> None:
    (item,) = stock.items(drafts, 1)
    said = label(item, "verified")
    draft = world.draft()
    Queue.objects.update(taxonomy_version=said.taxonomy_version)
    world.changed(world.reason(draft, "verified"), code="checked")
    assert world.published(draft) is None
    assert current(item) == said
    # Once the queue follows the newest again, what was left is mapped on request.
    Queue.objects.update(taxonomy_version=None)
    world.worked(request.start(**BY))
    assert current(item).reason.code == "checked"
    with pytest.raises(request.NothingToMap, match="No label is left"):
        request.start(**BY)


def test_a_word_that_settled_a_dispute_is_given_again_by_the_same_person(drafts: Feature) -> None:
    stock.queue(drafts, overlap=2)
    (item,) = stock.items(drafts, 1)
    label(item, "verified", by=1)
    label(item, "adequate", by=2)
    settle(item, "scaffold")
    draft = world.draft()
    editing.retire(reason=world.reason(draft, "scaffold"), **BY)
    world.worked(world.published(draft))
    item.refresh_from_db()
    assert item.status == "disputed"
    settle(item, "adequate")
    assert consensus(item).method == "adjudicated"


def settle(item: Item, reason: str) -> None:
    answer = submit.Answer(reason_code=reason, submission_id=uuid4())
    submit.adjudicate(rater=stock.rater(9), item=item, answer=answer, now=NOW)


def test_gold_and_rules_are_mapped_too(drafts: Feature) -> None:
    (item,) = stock.items(drafts, 1)
    for source in ("gold", "rule"):
        sent = imported.Sent(
            feature=drafts,
            interaction_id=item.interaction.external_id,
            signal_kind="accepted",
            source=source,
            source_name="set",
            reason="verified",
            confidence=0.7,
        )
        list(imported.store(labels=[sent], now=NOW))
    draft = world.draft()
    world.changed(world.reason(draft, "verified"), code="checked")
    assert world.worked(world.published(draft)).mapped == 2
    assert set(Label.objects.filter(superseded_at=None).values_list("reason__code", "confidence")) == {("checked", 0.7)}
    assert (consensus(item).reason.code, consensus(item).method) == ("checked", "gold")


def test_an_erased_item_is_asked_of_nobody(drafts: Feature) -> None:
    (item,) = stock.items(drafts, 1)
    said = label(item, "scaffold")
    erasures.erase(drafts, interaction_id=item.interaction.external_id)
    draft = world.draft()
    editing.retire(reason=world.reason(draft, "scaffold"), **BY)
    assert world.published(draft) is None
    assert Label.objects.get(superseded_at=None) == said


def test_changing_a_label_from_a_page_that_showed_its_origin_changes_its_heir(drafts: Feature) -> None:
    (item,) = stock.items(drafts, 1)
    origin = label(item, "verified")
    draft = world.draft()
    world.changed(world.reason(draft, "verified"), code="checked")
    world.worked(world.published(draft))
    answer = submit.Answer(reason_code="adequate", submission_id=uuid4(), replaces=origin.pk)
    submit.label(rater=stock.rater(1), item=item, answer=answer, now=NOW)
    assert current(item).reason.code == "adequate"
    stale = submit.Answer(reason_code="adequate", submission_id=uuid4())
    with pytest.raises(submit.StaleChange):
        submit.label(rater=stock.rater(1), item=item, answer=stale, now=NOW)


def test_a_closed_cohort_keeps_its_threshold_and_who_is_in_its_sample(drafts: Feature) -> None:
    items = stock.items(drafts, 6)
    for item in items[:4]:
        label(item, "scaffold")
    later = NOW + timedelta(days=30)
    cohorts.close_due(now=later)
    before = list(Item.objects.order_by("pk").values_list("key", "weight", "cohort", "first_shown_at"))
    threshold = Cohort.objects.get().threshold
    draft = world.draft()
    editing.retire(reason=world.reason(draft, "scaffold"), **BY)
    world.worked(world.published(draft))
    cohorts.close_due(now=later)
    assert list(Item.objects.order_by("pk").values_list("key", "weight", "cohort", "first_shown_at")) == before
    assert Cohort.objects.get().threshold == threshold


def test_an_open_cohort_closes_with_the_threshold_that_it_would_have_had(drafts: Feature) -> None:
    """An item that was labeled from outside was reached by nothing but its label."""
    items = stock.items(drafts, 6)
    sent = [
        imported.Sent(
            feature=drafts,
            interaction_id=item.interaction.external_id,
            signal_kind="accepted",
            source="human",
            source_name="crowd",
            reason="scaffold",
        )
        for item in items[:4]
    ]
    list(imported.store(labels=sent, now=NOW))
    threshold = cohorts.threshold(Item.objects.all())
    draft = world.draft()
    editing.retire(reason=world.reason(draft, "scaffold"), **BY)
    world.worked(world.published(draft))
    assert threshold == cohorts.threshold(Item.objects.all()) == items[3].key


def test_while_labels_are_mapped_nothing_is_published_and_nothing_mapped_twice(drafts: Feature) -> None:
    worlds.labeled(drafts)
    draft = world.draft()
    world.changed(world.reason(draft, "verified"), code="checked")
    remap = world.published(draft)
    assert remap is not None
    third = world.draft()
    world.changed(world.reason(third, "checked"), code="read")
    with pytest.raises(request.RemapRunning, match="0 of 1 so far"):
        world.published(third)
    with pytest.raises(request.RemapRunning):
        request.start(**BY)
    with pytest.raises(DatabaseError), transaction.atomic():
        Remap.objects.create(taxonomy_version=draft, created_at=NOW, labels_total=1)


def test_a_remap_that_is_cancelled_keeps_what_it_has_done_and_its_rest_is_mapped_later(drafts: Feature) -> None:
    item = worlds.labeled(drafts)
    draft = world.draft()
    world.changed(world.reason(draft, "verified"), code="checked")
    remap = world.published(draft)
    assert remap is not None
    Remap.objects.update(status="running", attempt=1)
    request.cancel(remap=remap, **BY)
    assert world.worked(remap).status == "cancelled"
    assert world.worked(request.start(**BY)).status == "done"
    assert current(item).reason.code == "checked"
    with pytest.raises(request.RemapEnded, match="cancelled"):
        request.cancel(remap=remap, **BY)


def test_who_asked_and_what_came_of_it_is_in_the_audit(drafts: Feature) -> None:
    worlds.labeled(drafts)
    draft = world.draft()
    world.changed(world.reason(draft, "verified"), code="checked")
    remap = world.worked(world.published(draft))
    events = AuditEvent.objects.filter(target_type="remap", target_id=str(remap.pk)).order_by("pk")
    assert [event.verb for event in events] == ["remap.asked", "remap.finished"]
    assert events.last().data == {"version": 2, "mapped": 1, "again": 0}  # type: ignore[union-attr]
    assert audit.FLYWHEEL.user is None
