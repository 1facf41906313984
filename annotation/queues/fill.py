"""New signals become items, in the transaction that stores them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from annotation import taxonomy
from annotation.lib import keyed, public_ids
from annotation.models import Cohort, DelayedSignal, Item, Queue, SamplingDesign, Signal

DUE_BATCH = 1000
COLUMNS = (
    "public_id",
    "feature_id",
    "queue_id",
    "interaction_id",
    "signal_id",
    "signal_kind",
    "purpose",
    "status",
    "weight",
    "key",
    "cohort_id",
    "design_id",
    "evidence_version",
    "needed",
    "taken",
    "queued_at",
)


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A stored signal, as far as a queue needs to know it. `random_number` is the interaction's, in (0, 1)."""

    signal_id: int
    interaction_id: int
    feature_id: int
    kind: str
    random_number: float
    is_late: bool

    @classmethod
    def of(cls, signal: Signal) -> Placed:
        return cls(
            signal_id=signal.pk,
            interaction_id=signal.interaction_id,
            feature_id=signal.interaction.feature_id,
            kind=signal.kind,
            random_number=signal.interaction.random_number,
            is_late=signal.is_late,
        )


@dataclass(frozen=True, kw_only=True)
class Route:
    """A queue, and what its new sample items share."""

    queue: Queue
    kinds: frozenset[str]
    design_id: int


def place(*, signals: Sequence[Placed], now: datetime) -> int:
    """Make one item for each signal that a queue takes, and return how many.

    Call it inside the transaction that stored the signals. A signal goes to the first queue of its feature by rank
    that takes its kind; where that queue has a delay, it waits until it is due.
    """
    routes = _routes({signal.feature_id for signal in signals})
    routed = [(signal, route) for signal in signals if (route := _first(routes[signal.feature_id], signal.kind))]
    at_once = [(signal, route) for signal, route in routed if not route.queue.delay_hours]
    _delay([(signal, route) for signal, route in routed if route.queue.delay_hours], now)
    _insert(at_once, now)
    return len(at_once)


@transaction.atomic
def due(*, now: datetime) -> int:
    """Make the items of signals whose queue's delay has passed. Returns how many; call again until it is 0."""
    waiting = list(
        DelayedSignal.objects.filter(due_at__lte=now)
        .select_related("signal__interaction")
        .order_by("due_at")
        .select_for_update(skip_locked=True, of=("self",))[:DUE_BATCH]
    )
    signals = [Placed.of(delayed.signal) for delayed in waiting]
    routes = _routes({signal.feature_id for signal in signals})
    pairs = [(signal, route) for signal in signals if (route := _first(routes[signal.feature_id], signal.kind))]
    _insert(pairs, now)
    DelayedSignal.objects.filter(pk__in=[delayed.pk for delayed in waiting]).delete()
    return len(waiting)


def _routes(feature_ids: set[int]) -> dict[int, list[Route]]:
    of_features = SamplingDesign.objects.filter(ended_at=None, queue__feature_id__in=feature_ids)
    designs = dict(of_features.values_list("queue_id", "pk"))
    latest = taxonomy.current()
    queued: dict[int, frozenset[str]] = {}
    routes: dict[int, list[Route]] = defaultdict(list)
    queues = Queue.objects.filter(feature_id__in=feature_ids).select_related("taxonomy_version")
    for queue in queues.order_by("rank", "id"):
        version = queue.taxonomy_version or latest
        if version.pk not in queued:
            queued[version.pk] = taxonomy.queued_kinds(version)
        known = queued[version.pk]
        kinds = known & frozenset(queue.signal_kinds) if queue.signal_kinds else known
        routes[queue.feature_id].append(Route(queue=queue, kinds=kinds, design_id=designs[queue.pk]))
    return routes


def _first(routes: Iterable[Route], kind: str) -> Route | None:
    return next((route for route in routes if kind in route.kinds), None)


def _delay(pairs: list[tuple[Placed, Route]], now: datetime) -> None:
    DelayedSignal.objects.bulk_create(
        DelayedSignal(signal_id=signal.signal_id, due_at=now + timedelta(hours=route.queue.delay_hours))
        for signal, route in pairs
    )


def _insert(pairs: list[tuple[Placed, Route]], now: datetime) -> None:
    if not pairs:
        return
    cohorts = _cohorts({route.queue.pk for signal, route in pairs if not signal.is_late}, now.date())
    sql = f"COPY annotation_item ({', '.join(COLUMNS)}) FROM STDIN"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(sql) as copy:
        for signal, route in pairs:
            copy.write_row(_row(signal, route, cohorts, now))


def _row(signal: Placed, route: Route, cohorts: dict[int, int], now: datetime) -> tuple[object, ...]:
    is_sample = not signal.is_late
    purpose = (Item.Purpose.SAMPLE if is_sample else Item.Purpose.BACKFILL).value
    weight = 1.0
    return (
        public_id(signal_id=signal.signal_id, queue_id=route.queue.pk, purpose=purpose),
        signal.feature_id,
        route.queue.pk,
        signal.interaction_id,
        signal.signal_id,
        signal.kind,
        purpose,
        Item.Status.OPEN.value,
        weight if is_sample else None,
        signal.random_number / weight if is_sample else None,
        cohorts[route.queue.pk] if is_sample else None,
        route.design_id if is_sample else None,
        1,
        needed(queue=route.queue, signal_id=signal.signal_id),
        "{}",
        now,
    )


def public_id(*, signal_id: int, queue_id: int, purpose: str) -> str:
    digest = keyed.digest(settings.HASH_KEY, str(signal_id), str(queue_id), purpose, purpose="item-id", size=4)
    return public_ids.numbered("itm", signal_id, digest)


def needed(*, queue: Queue, signal_id: int) -> int:
    """How many people an item asks for: the queue's overlap, or all of `overlap_max` for a random share of items.

    The share is drawn by a hash of its own, so that agreement is measured on items that nobody chose.
    """
    if queue.overlap > 1 and _draw(signal_id) < queue.full_overlap_share:
        return queue.overlap_max
    return queue.overlap


def _draw(signal_id: int) -> float:
    return keyed.unit_interval(settings.HASH_KEY, str(signal_id), purpose="full-overlap")


def _cohorts(queue_ids: set[int], day: date) -> dict[int, int]:
    """The day's cohort of each queue; made by the first item of the day."""
    Cohort.objects.bulk_create(
        [Cohort(queue_id=queue_id, day=day) for queue_id in sorted(queue_ids)], ignore_conflicts=True
    )
    return dict(Cohort.objects.filter(queue_id__in=queue_ids, day=day).values_list("queue_id", "pk"))
