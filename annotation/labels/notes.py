"""A label goes back to its annotator with a note, and comes again with an answer. The one door to both.

The item waits meanwhile: `waiting` are the notes that keep it out of review. One that nobody answers keeps it for
`WAIT` and no longer, so nothing is lost in somebody's holidays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from annotation import audit
from annotation.errors import Refusal
from annotation.labels import locked, submit
from annotation.models import Item, Label, LabelContent, Rater, ReviewNote, ReviewNoteContent

WAIT = timedelta(days=3)


class NoWords(Refusal):
    """Write what the annotator should look at again, then send it back. Nothing was sent."""

    code = "empty_note"
    status = 422


class NotAnswered(Refusal):
    """You keep your label: say in a few words why, so that whoever asked can follow you. Nothing was saved."""

    code = "empty_answer"
    status = 422


class NotCurrent(Refusal):
    """This label was changed or taken back since this page was opened. Reload the page to see what holds now."""

    code = "stale_note"
    status = 409


class NoAccount(Refusal):
    """This label came from another tool, whose annotator has no page here to find a note on. Settle the item yourself,
    or leave it."""

    code = "no_account"
    status = 409


class AlreadyAsked(Refusal):
    """A note about this label is waiting for its answer already. It comes back here with the answer, or in {days} days
    without."""

    code = "already_asked"
    status = 409


class Ended(Refusal):
    """This item was settled meanwhile, so the note needs no answer any more. What you typed is still here; nothing was
    saved."""

    code = "note_ended"
    status = 409


class AnsweredOtherwise(Refusal):
    """You answered this note already, from another window. Reload the page to see your answer."""

    code = "note_answered"
    status = 409


@transaction.atomic
def send_back(*, label: Label, text: str, by: Rater, submission_id: UUID, now: datetime) -> ReviewNote:
    """Ask the label's annotator to look again. The same form sent twice asks once.

    The caller has seen that `by` may review the item.
    """
    item = _lock(label.item_id)
    if sent := ReviewNote.objects.filter(submission_id=submission_id).select_related("rater__user").first():
        return sent
    _check(item, label, by, text, now)
    # One that waited too long, or whose label was changed by itself, makes room.
    ReviewNote.objects.filter(item=item, rater=label.rater, answered_at=None, ended_at=None).update(ended_at=now)
    note = ReviewNote.objects.create(
        item=item, label=label, rater=label.rater, sent_by=by, sent_at=now, submission_id=submission_id
    )
    ReviewNoteContent.objects.create(note=note, text=text)
    _audit("label.sent_back", note, by, now)
    return note


@transaction.atomic
def answer(*, note: ReviewNote, answer: submit.Answer, text: str, now: datetime) -> ReviewNote:
    """Answer one's note: choose one's own reason again and say why, or choose another, which changes the label.

    Sent again, the same form answers once.
    """
    _lock(note.item_id)
    found = ReviewNote.objects.select_related("rater__user", "item__feature", "content").get(pk=note.pk)
    own = current_label(found)
    if found.ended_at is not None:
        raise Ended
    if found.answered_at is not None:
        return _answered_before(found, answer, text)
    if own is None:
        raise NotCurrent
    if answer.reason_code == own.reason.code and not text:
        raise NotAnswered
    found.answer_label = own if _is_same(own, answer) else _changed(found, own, answer, now)
    found.answered_at = now
    found.save(update_fields=["answer_label", "answered_at"])
    ReviewNoteContent.objects.filter(note=found).update(answer=text)
    _audit("note.answered", found, found.rater, now)
    return found


def end(*, items: Iterable[Item], now: datetime) -> None:
    """The items are settled: nobody has to answer what was asked about them. The caller has locked them."""
    ReviewNote.objects.filter(item__in=items, answered_at=None, ended_at=None).update(ended_at=now)


def of_rater(rater: Rater) -> QuerySet[ReviewNote]:
    """The notes that a person still has to answer, oldest first."""
    return _open().filter(rater=rater).order_by("sent_at", "pk")


def waiting(*, now: datetime) -> QuerySet[ReviewNote]:
    """The notes that keep their items out of review: open, and not older than `WAIT`."""
    return _open().filter(sent_at__gt=now - WAIT)


def current_label(note: ReviewNote) -> Label | None:
    """What the annotator says now of the item that the note is about."""
    labels = Label.objects.filter(item_id=note.item_id, rater_id=note.rater_id, superseded_at=None)
    return labels.select_related("reason", "content").first()


def _open() -> QuerySet[ReviewNote]:
    """Open notes about labels that still stand as they were sent back, of interactions that were not erased.

    A label that its annotator changed or took back by themselves has answered for itself: the item is where that left
    it.
    """
    stands = Label.objects.filter(
        item=OuterRef("item"), rater=OuterRef("rater"), superseded_at=None, labeled_at__lte=OuterRef("sent_at")
    )
    notes = ReviewNote.objects.filter(answered_at=None, ended_at=None, item__interaction__erased_at=None)
    return notes.filter(Exists(stands)).exclude(item__status__in=[Item.Status.WITHDRAWN, Item.Status.FLAGGED])


def _lock(item_id: int) -> Item:
    item = locked.item(item_id)
    if locked.is_erased(item):
        raise submit.Erased
    return item


def _check(item: Item, label: Label, by: Rater, text: str, now: datetime) -> None:
    if not text:
        raise NoWords
    if Label.objects.filter(item=item, rater=by).exists():
        raise submit.OwnItem
    if label.rater.user_id is None:
        raise NoAccount
    if not Label.objects.filter(pk=label.pk, superseded_at=None, role=Label.Role.ANNOTATOR).exists():
        raise NotCurrent
    if waiting(now=now).filter(item=item, rater=label.rater).exists():
        raise AlreadyAsked(days=WAIT.days)


def _answered_before(note: ReviewNote, answer: submit.Answer, text: str) -> ReviewNote:
    """The same form again: it made the label that the note has, or said the words that the note has."""
    made = note.answer_label
    assert made is not None  # by the constraint review_note_answered_with_a_label
    if made.submission_id == answer.submission_id or note.content.answer == text:
        return note
    raise AnsweredOtherwise


def _is_same(own: Label, answer: submit.Answer) -> bool:
    """Whether this answer says again what the label says."""
    content = getattr(own, "content", None) or LabelContent()
    said = (own.reason.code, own.certainty, content.comment, content.correction, content.quote)
    return said == (answer.reason_code, answer.certainty, answer.comment, answer.correction, answer.quote)


def _changed(note: ReviewNote, own: Label, answer: submit.Answer, now: datetime) -> Label:
    return submit.label(rater=note.rater, item=note.item, answer=replace(answer, replaces=own.pk), now=now)


def _audit(verb: str, note: ReviewNote, by: Rater, now: datetime) -> None:
    data = {"note": note.pk, "label": note.label_id}
    if note.answer_label_id is not None:
        data["answer_label"] = note.answer_label_id
    audit.record(
        actor=audit.Actor(user=by.user),
        verb=verb,
        target=("item", note.item.public_id),
        now=now,
        feature=note.item.feature,
        data=data,
    )
