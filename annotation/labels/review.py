"""What waits for an adjudicator: disputed items, and second looks that came out otherwise; and how each is settled."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import uuid5

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from annotation.access import Person, features_of
from annotation.labels import notes, order, second_looks, submit
from annotation.models import Item, Label, Rater

TO_SETTLE = (Item.Status.DISPUTED, Item.Status.RESOLVED)


def items(*, person: Person, rater: Rater, now: datetime) -> QuerySet[Item]:
    """The items that this person may settle, in the order of what they decide: without those whose signal they labeled
    themselves, and those that wait for an answer to a note."""
    asked = notes.waiting(now=now).filter(item__signal=OuterRef("signal"))
    return _in_review(person, rater).exclude(Exists(asked))


def asked(*, person: Person, rater: Rater, now: datetime) -> QuerySet[Item]:
    """The items that this person could settle, and that wait for an answer to a note."""
    waiting = notes.waiting(now=now).filter(item__signal=OuterRef("signal"))
    return _in_review(person, rater).filter(Exists(waiting))


@transaction.atomic
def settle(*, rater: Rater, item: Item, answer: submit.Answer, now: datetime) -> Label:
    """Settle an item in review. Of a second look that differs, both looks; notes that are open need no answer more."""
    # In the order of their ids, as everybody does who locks several items.
    list(Item.objects.select_for_update().filter(signal_id=item.signal_id).order_by("pk"))
    if Label.objects.filter(item__signal=item.signal_id, rater=rater, role=Label.Role.ANNOTATOR).exists():
        raise submit.OwnItem
    others = [one for one in _settled_with(item) if one.pk != item.pk]
    settles = TO_SETTLE if others else (Item.Status.DISPUTED,)
    saved = submit.adjudicate(rater=rater, item=item, answer=answer, now=now, settles=settles)
    for other in others:
        # Of its own, and the same each time that the form is sent.
        also = replace(answer, submission_id=uuid5(answer.submission_id, other.public_id))
        submit.adjudicate(rater=rater, item=other, answer=also, now=now, settles=TO_SETTLE)
    notes.end(items=[item, *others], now=now)
    return saved


def _settled_with(item: Item) -> list[Item]:
    """The looks at the item's signal that its settling decides; the item alone where it is of no differing pair."""
    looks = [one for one in second_looks.pair(item) if one.status == Item.Status.RESOLVED]
    seconds = [one for one in looks if one.purpose == Item.Purpose.SECOND_LOOK]
    differs = item in looks and any(second_looks.is_differing(one) for one in seconds)
    return looks if differs else [item]


def _in_review(person: Person, rater: Rater) -> QuerySet[Item]:
    own = Label.objects.filter(item__signal=OuterRef("signal"), rater=rater, role=Label.Role.ANNOTATOR)
    features = list(features_of(person))
    # Asked first: the planner finds disputed items and a few ids by their indexes, and the question itself by none.
    differing = list(second_looks.differing(features).values_list("pk", flat=True))
    wanted = Q(status=Item.Status.DISPUTED) | Q(pk__in=differing)
    found = Item.objects.filter(wanted, feature__in=features).exclude(Exists(own))
    return order.by_what_they_decide(found.select_related("feature", "queue__taxonomy_version"))
