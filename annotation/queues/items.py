"""Which items of a queue somebody could take, or has answered: for lists, page by page, however many there are."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotation.models import Item, Label, Lease, Queue, Rater, Skip
from annotation.models.queues import Cardinality
from annotation.queues import lease, mixing


def held(*, rater: Rater, queue: Queue, now: datetime, wanted: lease.Wanted = lease.ALL) -> list[Item]:
    """What this person holds, in the order in which it was taken."""
    leases = Lease.objects.filter(rater=rater, queue=queue, expires_at__gt=now, is_ahead=False)
    items = _wanted(Item.objects.filter(leases__in=leases), wanted)
    return list(items.select_related("interaction").order_by("leases__leased_at", "leases__pk"))


def free(
    *, rater: Rater, queue: Queue, count: int, after: Item | None = None, wanted: lease.Wanted = lease.ALL
) -> list[Item]:
    """Items that this person could take, in the order in which they are served, from the one after `after` on.

    Copies of known answers are not among them: they would stand together at the end, where anybody could pick them out.
    """
    skipped = Skip.objects.filter(item=OuterRef("pk"), rater=rater)
    items = Item.objects.filter(queue=queue, status=Item.Status.OPEN, needed__gt=Cardinality("taken"))
    items = _wanted(items.exclude(taken__contains=[rater.pk]).exclude(Exists(skipped)), wanted)
    items = items.exclude(purpose=Item.Purpose.GOLD).exclude(mixing.not_for(rater)).select_related("interaction")
    found: list[Item] = []
    # Two ranges of the index, since what has no key comes after all that have one.
    if after is None or after.key is not None:
        found = list(_with_key(items, after).order_by("key", "pk")[:count])
    if len(found) < count:
        found += _without_key(items, after).order_by("pk")[: count - len(found)]
    return found


def labeled(
    *, rater: Rater, queue: Queue, count: int, after: Item | None = None, wanted: lease.Wanted = lease.ALL
) -> list[Label]:
    """This person's labels in the queue, the newest first, from the one after that of `after` on."""
    labels = Label.objects.filter(rater=rater, superseded_at=None, item__in=_wanted(_of(queue), wanted))
    last = Label.objects.filter(rater=rater, superseded_at=None, item=after).first() if after else None
    if last is not None:
        labels = labels.filter(Q(received_at=last.received_at, pk__lt=last.pk) | Q(received_at__lt=last.received_at))
    return list(labels.select_related("item__interaction", "reason").order_by("-received_at", "-pk")[:count])


def _of(queue: Queue) -> QuerySet[Item]:
    return Item.objects.filter(queue=queue)


def _wanted(items: QuerySet[Item], wanted: lease.Wanted) -> QuerySet[Item]:
    if wanted.kind:
        items = items.filter(signal_kind=wanted.kind)
    return items.filter(queued_at__lte=wanted.queued_by) if wanted.queued_by else items


def _with_key(items: QuerySet[Item], after: Item | None) -> QuerySet[Item]:
    items = items.filter(key__isnull=False)
    if after is None:
        return items
    return items.filter(Q(key__gt=after.key) | Q(pk__gt=after.pk), key__gte=after.key)


def _without_key(items: QuerySet[Item], after: Item | None) -> QuerySet[Item]:
    items = items.filter(key=None)
    return items if after is None or after.key is not None else items.filter(pk__gt=after.pk)
