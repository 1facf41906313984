"""How much there is to label, for the one who is about to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from annotation import loading, taxonomy
from annotation.access import ADMIN, ANNOTATOR, Person
from annotation.models import Feature, Item, Label, Lease, Queue, Rater, Skip, TaxonomyVersion
from annotation.models.queues import Cardinality
from annotation.queues import mixing


@dataclass(frozen=True, kw_only=True)
class QueueProgress:
    """`open`: items that this rater could take now. `held_by_others`: open ones that are all taken for the moment."""

    queue: Queue
    open: int
    held_by_others: int
    labeled_today: int
    oldest_queued_at: datetime | None


# The ids of the queues that a member of features may label: where a queue names members, as one of them.
_OPEN_TO: Final = """
SELECT q.id FROM annotation_queue q JOIN annotation_membership m ON m.feature_id = q.feature_id
WHERE m.user_id = {user} AND (
    NOT EXISTS (SELECT FROM annotation_queue_members n WHERE n.queue_id = q.id)
    OR EXISTS (SELECT FROM annotation_queue_members n WHERE n.queue_id = q.id AND n.user_id = {user})
)
"""

_NAMED: Final = f"""
annotation_queue q
JOIN annotation_feature f ON f.id = q.feature_id
JOIN annotation_taxonomyversion v ON v.id = coalesce(q.taxonomy_version_id, ({taxonomy.CURRENT}))
LEFT JOIN annotation_item i ON i.public_id = $3 AND i.queue_id = q.id
WHERE f.slug = $1 AND q.name = $2
"""


def queues_of(person: Person) -> QuerySet[Queue]:
    """The queues that a person may label: of the person's features, and where a queue names members, as one."""
    if not person.has(ANNOTATOR):
        return Queue.objects.none()
    queues = Queue.objects.select_related("feature", "taxonomy_version")
    if ADMIN in person.roles:
        return queues
    user = person.user.pk
    return queues.filter(pk__in=RawSQL(_OPEN_TO.format(user="%s"), [user, user]))  # noqa: S611 - our own text


def queue_of(
    person: Person, *, feature: str, name: str, item: str = ""
) -> tuple[Queue, TaxonomyVersion, Item | None] | None:
    """The one of `queues_of` with this name, the version by which it asks now (`taxonomy.of_queue`), and its item with
    this id, if there is one."""
    if not person.has(ANNOTATOR):
        return None
    is_theirs: str = ""
    parameters: list[Any] = [feature, name, item]
    if ADMIN not in person.roles:
        is_theirs = f"AND q.id IN ({_OPEN_TO.format(user='$4')})"
        parameters.append(person.user.pk)
    models = {"q": Queue, "f": Feature, "v": TaxonomyVersion, "i": Item}
    for queue, its_feature, version, its_item in loading.joined(models, _NAMED + is_theirs, parameters):
        queue.feature = its_feature
        return queue, version, its_item
    return None


def for_rater(*, rater: Rater, queues: QuerySet[Queue], now: datetime) -> list[QueueProgress]:
    """One line a queue, in the queues' order."""
    chosen = list(queues)
    counted = {counts.queue_id: counts for counts in _count(rater, chosen)}
    today = _labeled_today(rater, chosen, now)
    return [
        QueueProgress(
            queue=queue,
            open=(counts := counted.get(queue.pk, NOTHING)).free,
            held_by_others=counts.unfinished - counts.free,
            labeled_today=today.get(queue.pk, 0),
            oldest_queued_at=counts.oldest,
        )
        for queue in chosen
    ]


class Counts(NamedTuple):
    queue_id: int
    unfinished: int
    free: int
    oldest: datetime | None


NOTHING = Counts(0, 0, 0, None)


def _count(rater: Rater, queues: list[Queue]) -> list[Counts]:
    """Open items that this rater has neither skipped nor labeled; `free`: not all taken, or held by the rater."""
    mine = Lease.objects.filter(item=OuterRef("pk"), rater=rater)
    skipped = Skip.objects.filter(item=OuterRef("pk"), rater=rater)
    labeled = Label.objects.filter(item=OuterRef("pk"), rater=rater, superseded_at=None)
    rows = (
        Item.objects.filter(queue__in=queues, status=Item.Status.OPEN)
        .exclude(Exists(skipped))
        .exclude(Exists(labeled))
        .exclude(mixing.not_for(rater))
        .values("queue_id")
        .annotate(
            unfinished=Count("pk"),
            free=Count("pk", filter=Q(needed__gt=Cardinality("taken")) | Q(Exists(mine))),
            oldest=Min("queued_at"),
        )
    )
    return [Counts(**row) for row in rows]


def _labeled_today(rater: Rater, queues: list[Queue], now: datetime) -> dict[int, int]:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = (
        Label.objects.filter(rater=rater, received_at__gte=midnight, superseded_at=None, item__queue__in=queues)
        .values(queue=F("item__queue_id"))
        .annotate(labels=Count("pk"))
    )
    return {row["queue"]: row["labels"] for row in rows}
