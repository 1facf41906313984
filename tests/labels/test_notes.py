"""A label sent back with a note: the item waits, the annotator answers, and nothing is lost on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from annotation import access, audit
from annotation.labels import notes, raters, review, submit
from annotation.models import AuditEvent, ConsensusRevision, Feature, Item, Label, Rater, ReviewNote, ReviewNoteContent
from tests import stock
from tests.cast import NOW
from tests.labels import world

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = NOW + 2 * HOUR


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature()


@pytest.fixture
def cleo(drafts: Feature) -> Rater:
    """An adjudicator of the feature."""
    rater = stock.rater(9)
    assert rater.user is not None
    access.give(user=rater.user, roles=["adjudicator"], features=[drafts], actor=audit.FLYWHEEL, now=NOW)
    return rater


def in_review(cleo: Rater, now: object = LATER) -> list[Item]:
    assert cleo.user is not None
    return list(review.items(person=access.Person(cleo.user), rater=cleo, now=now))  # type: ignore[arg-type]


def test_an_item_waits_while_its_label_is_away_and_comes_back_with_the_answer(drafts: Feature, cleo: Rater) -> None:
    item = world.disputed(drafts)
    note = world.sent_back(item, to=2)
    assert in_review(cleo) == []
    assert list(notes.of_rater(stock.rater(2))) == [note]
    assert list(notes.of_rater(stock.rater(1))) == []
    notes.answer(note=note, answer=_again(item, 2), text="It took two seconds.", now=LATER)
    note.refresh_from_db()
    assert (note.is_kept, note.answer_label, note.content.answer) == (
        True,
        world.said(item, 2),
        "It took two seconds.",
    )
    assert in_review(cleo) == [item]
    assert not notes.of_rater(stock.rater(2)).exists()
    assert Label.objects.count() == 2


def test_a_changed_label_can_settle_the_dispute(drafts: Feature, cleo: Rater) -> None:
    item = world.disputed(drafts)
    note = world.sent_back(item, to=2)
    notes.answer(note=note, answer=world.answer("verified"), text="", now=LATER)
    item.refresh_from_db()
    revision = ConsensusRevision.objects.get(item=item, superseded_at=None)
    assert (item.status, revision.method, revision.reason.code) == ("resolved", "majority", "verified")
    note.refresh_from_db()
    assert (note.is_kept, note.answer_label) == (False, world.said(item, 2))
    assert in_review(cleo) == []


def test_a_note_that_nobody_answers_brings_its_item_back_after_three_days(drafts: Feature, cleo: Rater) -> None:
    item = world.disputed(drafts)
    note = world.sent_back(item, to=2)
    assert in_review(cleo, note.sent_at + 3 * DAY - HOUR) == []
    assert in_review(cleo, note.sent_at + 3 * DAY + HOUR) == [item]
    assert list(notes.of_rater(stock.rater(2))) == [note]
    again = notes.send_back(
        label=world.said(item, 2), text="Please.", by=cleo, submission_id=uuid4(), now=note.sent_at + 4 * DAY
    )
    assert list(notes.of_rater(stock.rater(2))) == [again]
    assert in_review(cleo, note.sent_at + 5 * DAY) == []


def test_a_label_that_its_annotator_changed_or_took_back_needs_no_answer(drafts: Feature, cleo: Rater) -> None:
    one, other = world.disputed(drafts), world.disputed(drafts)
    for item in (one, other):
        world.sent_back(item, to=2)
    own = world.said(one, 2)
    submit.label(rater=stock.rater(2), item=one, answer=replace(world.answer("scaffold"), replaces=own.pk), now=LATER)
    submit.undo(rater=stock.rater(2), item=other, now=LATER)
    assert not notes.of_rater(stock.rater(2)).exists()
    assert in_review(cleo) == [one]


def test_settling_ends_the_note_and_an_answer_then_is_refused_in_words(drafts: Feature, cleo: Rater) -> None:
    item = world.disputed(drafts)
    note = world.sent_back(item, to=2)
    review.settle(rater=cleo, item=item, answer=world.answer("scaffold"), now=LATER)
    assert not notes.of_rater(stock.rater(2)).exists()
    with pytest.raises(notes.Ended, match="settled meanwhile"):
        notes.answer(note=note, answer=world.answer("verified"), text="But no.", now=LATER)
    assert world.said(item, 2).reason.code == "unread"


def test_keeping_a_label_needs_a_word_and_a_note_needs_one_too(drafts: Feature, cleo: Rater) -> None:
    item = world.disputed(drafts)
    with pytest.raises(notes.NoWords):
        world.sent_back(item, to=2, text="")
    note = world.sent_back(item, to=2)
    with pytest.raises(notes.NotAnswered, match="why"):
        notes.answer(note=note, answer=_again(item, 2), text="", now=LATER)


def test_the_same_forms_twice_ask_once_and_answer_once(drafts: Feature, cleo: Rater) -> None:
    item = world.disputed(drafts)
    form = uuid4()
    first, second = (
        notes.send_back(label=world.said(item, 2), text="Hm?", by=cleo, submission_id=form, now=NOW) for _ in range(2)
    )
    assert first == second
    changed = world.answer("verified")
    for _ in range(2):
        notes.answer(note=first, answer=changed, text="Yes.", now=LATER)
    assert Label.objects.filter(item=item).count() == 3
    with pytest.raises(notes.AnsweredOtherwise):
        notes.answer(note=first, answer=world.answer("scaffold"), text="No.", now=LATER)
    assert [event.verb for event in AuditEvent.objects.filter(target_id=item.public_id).order_by("pk")] == [
        "label.sent_back",
        "note.answered",
    ]


def test_who_asks_is_told_why_a_label_can_not_go_back(drafts: Feature, cleo: Rater) -> None:
    item = world.disputed(drafts)
    elsewhere = raters.named(kind="human", name="from another tool")
    foreign = Label.objects.create(
        item=item,
        rater=elsewhere,
        taxonomy_version=world.said(item, 1).taxonomy_version,
        reason=world.said(item, 1).reason,
        labeled_at=NOW,
        received_at=NOW,
        submission_id=uuid4(),
    )
    old = world.said(item, 1)
    submit.label(rater=stock.rater(1), item=item, answer=world.answer("scaffold", replaces=old.pk), now=NOW)
    world.sent_back(item, to=2)
    for label, by, refusal in (
        (foreign, cleo, notes.NoAccount),
        (old, cleo, notes.NotCurrent),
        (world.said(item, 2), cleo, notes.AlreadyAsked),
        (world.said(item, 2), stock.rater(1), submit.OwnItem),
    ):
        with pytest.raises(refusal):
            notes.send_back(label=label, text="Hm?", by=by, submission_id=uuid4(), now=LATER)
    assert ReviewNote.objects.count() == 1


def test_what_was_asked_can_t_be_changed(drafts: Feature, cleo: Rater) -> None:
    note = world.sent_back(world.disputed(drafts))
    for change in (
        lambda: ReviewNoteContent.objects.update(text="never said"),
        lambda: ReviewNote.objects.update(sent_at=LATER),
        lambda: note.delete(),
    ):
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
            change()


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_ask_at_once_one_asks_and_seven_are_told() -> None:
    item = world.disputed(stock.feature())
    label = world.said(item, 2)

    def ask(number: int) -> str:
        try:
            notes.send_back(label=label, text="Hm?", by=stock.rater(number), submission_id=uuid4(), now=LATER)
        except notes.AlreadyAsked:
            return "told"
        return "asked"

    assert sorted(stock.together(8, ask, list(range(10, 18)))) == ["asked"] + ["told"] * 7
    assert ReviewNote.objects.count() == 1


def _again(item: Item, by: int) -> submit.Answer:
    """What the form of this person's label sends where nothing was changed in it."""
    own = world.said(item, by)
    return world.answer(own.reason.code, comment=own.content.comment)
