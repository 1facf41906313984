"""Label, skip, flag, undo, adjudicate: nothing lost, nothing doubled, and each refusal says what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from annotation import loading
from annotation.labels import submit
from annotation.labels.submit import Answer
from annotation.models import AuditEvent, ConsensusRevision, Feature, Item, Label, LabelContent, Lease, Rater
from annotation.queues import lease
from tests import stock
from tests.cast import NOW

MINUTE = timedelta(minutes=1)


def answer(reason: str = "verified", **more: object) -> Answer:
    return Answer(reason_code=reason, submission_id=uuid4(), **more)  # type: ignore[arg-type]


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature()


@pytest.fixture
def ann(db: None) -> Rater:
    return stock.rater(1)


@pytest.fixture
def ben(db: None) -> Rater:
    return stock.rater(2)


def _take(rater: Rater, feature: Feature) -> Item:
    item = lease.take(rater=rater, queue=stock.queue(feature), now=NOW)
    assert item is not None
    return item


def _doubled(feature: Feature) -> Item:
    """One item that needs two labels."""
    (item,) = stock.items(feature, 1)
    Item.objects.filter(pk=item.pk).update(needed=2)
    return item


def test_a_label_resolves_the_item_and_ends_the_lease(drafts: Feature, ann: Rater) -> None:
    stock.items(drafts, 1)
    item = _take(ann, drafts)
    saved = submit.label(rater=ann, item=item, answer=answer(comment="Checked the date."), now=NOW + MINUTE)
    item.refresh_from_db()
    revision = ConsensusRevision.objects.get(item=item)
    assert (item.status, item.resolved_at, item.taken) == ("resolved", NOW + MINUTE, [ann.pk])
    assert (revision.reason.code, revision.method, revision.confidence, revision.label_ids) == (
        "verified",
        "single",
        None,
        [saved.pk],
    )
    assert LabelContent.objects.get(label=saved).comment == "Checked the date."
    assert not Lease.objects.exists()


def test_a_label_and_the_hold_on_the_next_item_are_one_transaction(drafts: Feature, ann: Rater) -> None:
    first, second, third = stock.items(drafts, 3)
    form = answer()
    saved, after = submit.label_and_take(rater=ann, item=_take(ann, drafts), answer=form, now=NOW)
    assert (saved.item, after) == (first, second)
    held = Lease.objects.get(item=second, rater=ann)
    assert held.shown_at == NOW
    statement = "SELECT l.xmin = h.xmin FROM annotation_label l, annotation_lease h WHERE l.id = %s AND h.id = %s"
    assert loading.fetched(statement, [saved.pk, held.pk]) == [(True,)]
    # Sent again: the same label, and what is held already.
    assert submit.label_and_take(rater=ann, item=saved.item, answer=form, now=NOW) == (saved, second)
    Item.objects.filter(pk=third.pk).update(status=Item.Status.WITHDRAWN)
    assert submit.label_and_take(rater=ann, item=second, answer=answer(), now=NOW)[1] is None


@pytest.mark.django_db(transaction=True)
def test_people_who_label_and_take_at_once_neither_wait_for_each_other_nor_share_an_item() -> None:
    """Each holds the lock of what they label while they take: no two may want what the other holds."""
    drafts = stock.feature()
    stock.items(drafts, 60)
    for number in range(10):
        stock.conversation(drafts, "accepted", "edited", "thumbs_down", name=f"c{number}")
    Item.objects.update(needed=2)
    worked = stock.together(8, lambda rater: _worked(rater, drafts), [stock.rater(number) for number in range(8)])
    assert sum(worked) == Label.objects.count() == 2 * 90
    assert Label.objects.values("item", "rater").distinct().count() == 2 * 90
    assert not Lease.objects.exists()


def _worked(rater: Rater, feature: Feature) -> int:
    """Label until nothing is left, and return how much that was. All give a reason that each kind has."""
    queue = stock.queue(feature)
    count, misses = 0, 3
    while misses:
        item = lease.take(rater=rater, queue=queue, now=NOW)
        misses -= item is None
        while item is not None:
            _, item = submit.label_and_take(rater=rater, item=item, answer=answer("slip"), now=NOW)
            count += 1
    return count


def test_the_same_form_twice_makes_one_label_and_shows_the_same_answer(drafts: Feature, ann: Rater) -> None:
    stock.items(drafts, 2)
    item = _take(ann, drafts)
    form = answer()
    first = submit.label(rater=ann, item=item, answer=form, now=NOW)
    again = submit.label(rater=ann, item=item, answer=replace(form, reason_code="unread"), now=NOW)
    assert (again.pk, again.reason.code, Label.objects.count()) == (first.pk, "verified", 1)
    with pytest.raises(submit.SubmissionReused):
        submit.label(rater=ann, item=_take(ann, drafts), answer=form, now=NOW)


def test_a_label_under_an_expired_lease_is_kept_if_the_item_still_needs_it(drafts: Feature, ann: Rater) -> None:
    stock.items(drafts, 1)
    item = _take(ann, drafts)
    lease.expire(now=NOW + 20 * MINUTE)
    submit.label(rater=ann, item=item, answer=answer(), now=NOW + 21 * MINUTE)
    item.refresh_from_db()
    assert (item.status, item.taken) == ("resolved", [ann.pk])


def test_and_refused_in_words_if_somebody_else_answered_meanwhile(drafts: Feature, ann: Rater, ben: Rater) -> None:
    stock.items(drafts, 1)
    item = _take(ann, drafts)
    lease.expire(now=NOW + 20 * MINUTE)
    submit.label(rater=ben, item=_take(ben, drafts), answer=answer(), now=NOW + 21 * MINUTE)
    with pytest.raises(submit.NoLongerNeeded, match="What you typed is still below"):
        submit.label(rater=ann, item=item, answer=answer("unread"), now=NOW + 22 * MINUTE)
    assert Label.objects.get().rater == ben


def test_changing_one_s_label_keeps_the_old_one_and_a_stale_change_is_refused(drafts: Feature, ann: Rater) -> None:
    stock.items(drafts, 1)
    item = _take(ann, drafts)
    first = submit.label(rater=ann, item=item, answer=answer(), now=NOW)
    second = submit.label(rater=ann, item=item, answer=answer("unread", replaces=first.pk), now=NOW + MINUTE)
    with pytest.raises(submit.StaleChange):
        submit.label(rater=ann, item=item, answer=answer("scaffold", replaces=first.pk), now=NOW + MINUTE)
    first.refresh_from_db()
    assert first.superseded_at == NOW + MINUTE
    assert [(one.number, one.reason.code) for one in ConsensusRevision.objects.order_by("number")] == [
        (1, "verified"),
        (2, "unread"),
    ]
    assert Label.objects.get(superseded_at=None) == second


def test_two_labels_that_differ_dispute_and_an_adjudicator_settles(drafts: Feature, ann: Rater, ben: Rater) -> None:
    item = _doubled(drafts)
    submit.label(rater=ann, item=_take(ann, drafts), answer=answer(), now=NOW)
    submit.label(rater=ben, item=_take(ben, drafts), answer=answer("unread"), now=NOW)
    item.refresh_from_db()
    assert item.status == "disputed"
    with pytest.raises(submit.OwnItem):
        submit.adjudicate(rater=ann, item=item, answer=answer(), now=NOW)
    judge = stock.rater(3)
    submit.adjudicate(rater=judge, item=item, answer=answer("scaffold"), now=NOW + MINUTE)
    item.refresh_from_db()
    revision = ConsensusRevision.objects.get(item=item, superseded_at=None)
    assert (item.status, revision.reason.code, revision.method) == ("resolved", "scaffold", "adjudicated")
    assert AuditEvent.objects.filter(verb="item.adjudicated", target_id=item.public_id).count() == 1
    with pytest.raises(submit.NotDisputed, match="it is resolved"):
        submit.adjudicate(rater=stock.rater(4), item=item, answer=answer(), now=NOW)


def test_two_skips_resolve_an_item_as_no_context(drafts: Feature, ann: Rater, ben: Rater) -> None:
    (item,) = stock.items(drafts, 1)
    for rater in (ann, ben):
        found = _take(rater, drafts)
        submit.skip(rater=rater, item=found, reason="language", submission_id=uuid4(), now=NOW)
    item.refresh_from_db()
    revision = ConsensusRevision.objects.get(item=item)
    assert (item.status, item.taken, revision.reason.code, revision.method, revision.label_source) == (
        "resolved",
        [],
        "no_context",
        "skipped",
        None,
    )


def test_a_flag_brings_no_withdrawn_item_back(drafts: Feature, ann: Rater) -> None:
    (item,) = stock.items(drafts, 1)
    Item.objects.filter(pk=item.pk).update(status="withdrawn")
    submit.flag(rater=ann, item=item, reason="garbled", comment="", submission_id=uuid4(), now=NOW)
    item.refresh_from_db()
    assert item.status == "withdrawn"


def test_a_flagged_item_is_offered_to_nobody_and_keeps_its_comment(drafts: Feature, ann: Rater, ben: Rater) -> None:
    stock.items(drafts, 1)
    item = _take(ann, drafts)
    form = uuid4()
    for _ in range(2):
        flagged = submit.flag(rater=ann, item=item, reason="garbled", comment="Cut off.", submission_id=form, now=NOW)
    item.refresh_from_db()
    assert (item.status, item.taken, flagged.content.comment) == ("flagged", [], "Cut off.")
    assert lease.take(rater=ben, queue=stock.queue(drafts), now=NOW) is None
    assert AuditEvent.objects.filter(verb="item.flagged").count() == 1


def test_undo_takes_the_label_back_and_holds_the_item_again(drafts: Feature, ann: Rater) -> None:
    stock.items(drafts, 2)
    item = _take(ann, drafts)
    submit.label(rater=ann, item=item, answer=answer(comment="Hm."), now=NOW)
    taken_back = submit.undo(rater=ann, item=item, now=NOW + MINUTE)
    item.refresh_from_db()
    assert taken_back is not None
    assert (item.status, item.taken, taken_back.content.comment) == ("open", [ann.pk], "Hm.")
    assert not ConsensusRevision.objects.filter(item=item, superseded_at=None).exists()
    assert _take(ann, drafts) == item
    assert submit.undo(rater=ann, item=item, now=NOW) is None
    submit.label(rater=ann, item=item, answer=answer("unread"), now=NOW + MINUTE)
    assert ConsensusRevision.objects.get(item=item, superseded_at=None).number == 2


def test_a_reason_of_another_kind_is_refused_with_those_that_fit(drafts: Feature, ann: Rater) -> None:
    stock.items(drafts, 1)
    item = _take(ann, drafts)
    with pytest.raises(submit.UnknownReason, match=r"no reason got_answer for accepted.*verified, adequate"):
        submit.label(rater=ann, item=item, answer=answer("got_answer"), now=NOW)


@pytest.mark.parametrize("model", [Label, ConsensusRevision])
def test_labels_and_consensus_are_append_only(drafts: Feature, ann: Rater, model: type) -> None:
    stock.items(drafts, 1)
    submit.label(rater=ann, item=_take(ann, drafts), answer=answer(), now=NOW)
    row = model.objects.get()  # type: ignore[attr-defined]
    other = row.reason.__class__.objects.get(signal_kind="accepted", code="unread")
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        model.objects.update(reason=other)  # type: ignore[attr-defined]
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        row.delete()
    model.objects.update(superseded_at=NOW)  # type: ignore[attr-defined]
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        model.objects.update(superseded_at=None)  # type: ignore[attr-defined]


def test_what_was_written_beside_a_label_can_t_be_changed(drafts: Feature, ann: Rater) -> None:
    stock.items(drafts, 1)
    submit.label(rater=ann, item=_take(ann, drafts), answer=answer(comment="Hm."), now=NOW)
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        LabelContent.objects.update(comment="Fine.")


@pytest.mark.django_db(transaction=True)
def test_eight_tabs_that_send_one_form_at_once_make_one_label() -> None:
    drafts = stock.feature()
    stock.items(drafts, 1)
    ann = stock.rater(1)
    item = _take(ann, drafts)
    form = answer()
    saved = stock.together(8, lambda _: submit.label(rater=ann, item=item, answer=form, now=NOW).pk, list(range(8)))
    assert len(set(saved)) == 1
    assert (Label.objects.count(), ConsensusRevision.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_of_eight_late_labels_for_one_place_one_is_kept_and_seven_are_told() -> None:
    drafts = stock.feature()
    (item,) = stock.items(drafts, 1)

    def late(number: int) -> str:
        try:
            submit.label(rater=stock.rater(number), item=item, answer=answer(), now=NOW)
        except submit.NoLongerNeeded:
            return "told"
        return "kept"

    results = stock.together(8, late, list(range(8)))
    assert sorted(results) == ["kept"] + ["told"] * 7
    assert Label.objects.count() == 1
