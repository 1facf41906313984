"""Move open items to another queue of their feature: a job, since they may be many.

An item that moves keeps its day, its random number and its weight: it stays in the cohort in which it arrived, whoever
labels it, so that the chance of each to be in the sample is known as before. So does the limit of that day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from annotation import audit, jobs, loading, taxonomy
from annotation.errors import Refusal
from annotation.jobs import Clock
from annotation.models import Item, ItemMove, Queue
from annotation.models.queues import Cardinality

BATCH: Final = 1_000

MOVABLE: Final = (Item.Purpose.SAMPLE, Item.Purpose.BACKFILL)
"""Copies of known answers and second looks belong to the queue that asks for them."""

# In the order of their ids, as everybody locks who locks several; who is at one keeps it.
NEXT: Final = """
    SELECT id FROM annotation_item
    WHERE feature_id = %(feature)s AND status = 'open' AND id > %(after)s AND queue_id = %(source)s
        AND cardinality(taken) = 0 AND purpose IN ('sample', 'backfill') AND queued_at <= %(until)s
        AND (%(kind)s = '' OR signal_kind = %(kind)s)
    ORDER BY id LIMIT %(batch)s FOR UPDATE SKIP LOCKED
"""


class SameQueue(Refusal):
    """These items are in that queue already. Choose another one."""

    code = "same_queue"
    status = 422
    loc = ("target",)


class OtherFeature(Refusal):
    """That queue is of another feature. Items move between the queues of one feature."""

    code = "other_feature"
    status = 422
    loc = ("target",)


class NotAsked(Refusal):
    """The queue {target} asks by a taxonomy version that doesn't know signals of the kind {kind}. Choose another queue,
    or another kind."""

    code = "kind_not_asked"
    status = 422
    loc = ("target",)


class NothingToMove(Refusal):
    """No item is left to move: all that fit are held or have been labeled by somebody, or none does."""

    code = "nothing_to_move"
    status = 409


class StillMoving(Refusal):
    """Items of this queue are being moved already. Wait until that is done."""

    code = "still_moving"
    status = 409


class DiedTooOften(Refusal):
    """Flywheel began to move these items {attempts} times and its worker died each time. What it moved until then stays
    moved. Ask who runs the server to look at the worker's log."""


class Defect(Refusal):
    """Flywheel failed at moving these items ({kind}). What it moved until then stays moved. Ask who runs the server to
    look at the worker's log."""


@dataclass(frozen=True, kw_only=True)
class Move:
    """Which items go where. `kind`: of signals; empty: every kind."""

    source: Queue
    target: Queue
    queued_until: datetime
    kind: str = ""


def count(move: Move) -> int:
    """How many items would go now. Raises SameQueue, OtherFeature, NotAsked."""
    if move.target.pk == move.source.pk:
        raise SameQueue
    if move.target.feature_id != move.source.feature_id:
        raise OtherFeature
    asked = taxonomy.queued_kinds(taxonomy.of_queue(move.target))
    kinds = set(_items(move).values_list("signal_kind", flat=True).distinct())
    for kind in sorted(kinds - asked):
        raise NotAsked(target=move.target.name, kind=kind)
    return _items(move).count()


@transaction.atomic
def ask(*, move: Move, actor: audit.Actor, now: datetime) -> ItemMove:
    """Move them; the caller rings. Raises as `count`, NothingToMove, StillMoving."""
    items = count(move)
    if not items:
        raise NothingToMove
    feature = move.source.feature
    try:
        with transaction.atomic():
            job = ItemMove.objects.create(
                feature=feature,
                source=move.source,
                target=move.target,
                signal_kind=move.kind,
                queued_until=move.queued_until,
                asked_by=actor.user,
                created_at=now,
            )
    except IntegrityError as error:
        raise StillMoving from error
    data = {"to": move.target.pk, "kind": move.kind, "until": move.queued_until.isoformat(), "items": items}
    target = ("queue", move.source.pk)
    audit.record(actor=actor, verb="items.move_asked", target=target, feature=feature, now=now, data=data)
    return job


def run(*, move_id: int, by: str, clock: Clock) -> None:
    rows = ItemMove.objects.select_related("feature", "asked_by")
    jobs.bring_to_end(rows, move_id, by=by, clock=clock, work=_work, end=_end, defect=Defect, died=DiedTooOften)


def latest(*, features: Any, count: int) -> list[ItemMove]:
    """The newest moves within these features."""
    rows = ItemMove.objects.filter(feature__in=features).select_related("source__feature", "target", "asked_by")
    return list(rows.order_by("-pk")[:count])


def _items(move: Move) -> QuerySet[Item]:
    items = Item.objects.filter(
        queue=move.source, status=Item.Status.OPEN, needed__gt=Cardinality("taken"), purpose__in=MOVABLE, taken=[]
    ).filter(queued_at__lte=move.queued_until)
    return items.filter(signal_kind=move.kind) if move.kind else items


def _work(job: ItemMove, attempt: int, clock: Clock) -> None:
    after: int | None = job.last_item
    while after is not None:
        after = _batch(job, attempt, after)
    _end(job, attempt, clock, ItemMove.Status.DONE, "")


@transaction.atomic
def _batch(job: ItemMove, attempt: int, after: int) -> int | None:
    """Move the next ones. Returns the last of them; None where none is left."""
    asked = {
        "feature": job.feature_id,
        "source": job.source_id,
        "after": after,
        "until": job.queued_until,
        "kind": job.signal_kind,
        "batch": BATCH,
    }
    ids = [pk for (pk,) in loading.fetched(NEXT, asked)]
    if not ids:
        return None
    Item.objects.filter(pk__in=ids).update(queue=job.target_id)
    jobs.write(job, attempt, last_item=ids[-1], items_moved=F("items_moved") + len(ids))
    return int(ids[-1])


@transaction.atomic
def _end(job: ItemMove, attempt: int, clock: Clock, status: str, error: str) -> None:
    jobs.end(job, attempt, clock, status, error)
    moved = ItemMove.objects.values_list("items_moved", flat=True).get(pk=job.pk)
    audit.record(
        actor=audit.FLYWHEEL,
        verb="items.moved",
        target=("queue", job.source_id),
        feature=job.feature,
        now=clock(),
        data={"to": job.target_id, "items": moved, "status": status},
    )
