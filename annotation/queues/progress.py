"""How much there is to label, for the one who is about to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet

from annotation.access import ADMIN, ANNOTATOR, Person, features_of
from annotation.models import Item, Label, Lease, Queue, Rater, Skip
from annotation.models.queues import Cardinality


@dataclass(frozen=True, kw_only=True)
class QueueProgress:
    """`open`: items that this rater could take now. `held_by_others`: open ones that are all taken for the moment."""

    queue: Queue
    open: int
    held_by_others: int
    labeled_today: int
    oldest_queued_at: datetime | None


def queues_of(person: Person) -> QuerySet[Queue]:
    """The queues that a person may label: of the person's features, and where a queue names members, as one."""
    if not person.has(ANNOTATOR):
        return Queue.objects.none()
    queues = Queue.objects.filter(feature__in=features_of(person)).select_related("feature", "taxonomy_version")
    if ADMIN in person.roles:
        return queues
    return queues.filter(Q(members=None) | Q(members=person.user)).distinct()


def for_rater(*, rater: Rater, queues: QuerySet[Queue], now: datetime) -> list[QueueProgress]:
    """One line a queue, in the queues' order."""
    chosen = list(queues)
    open_items = _open(rater, chosen)
    today = _labeled_today(rater, chosen, now)
    nothing = {"open": 0, "held": 0, "oldest": None}
    return [
        QueueProgress(
            queue=queue,
            open=(found := open_items.get(queue.pk, nothing))["open"],
            held_by_others=found["held"],
            labeled_today=today.get(queue.pk, 0),
            oldest_queued_at=found["oldest"],
        )
        for queue in chosen
    ]


def _open(rater: Rater, queues: list[Queue]) -> dict[int, dict[str, object]]:
    free = Q(needed__gt=Cardinality("taken")) | Exists(Lease.objects.filter(item=OuterRef("pk"), rater=rater))
    rows = (
        Item.objects.filter(queue__in=queues, status=Item.Status.OPEN)
        .exclude(Exists(Skip.objects.filter(item=OuterRef("pk"), rater=rater)))
        .exclude(Exists(Label.objects.filter(item=OuterRef("pk"), rater=rater, superseded_at=None)))
        .values("queue_id")
        .annotate(open=Count("pk", filter=free), held=Count("pk", filter=~free), oldest=Min("queued_at"))
    )
    return {row["queue_id"]: row for row in rows}


def _labeled_today(rater: Rater, queues: list[Queue], now: datetime) -> dict[int, int]:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = (
        Label.objects.filter(rater=rater, received_at__gte=midnight, superseded_at=None, item__queue__in=queues)
        .values(queue=F("item__queue_id"))
        .annotate(labels=Count("pk"))
    )
    return {row["queue"]: row["labels"] for row in rows}
