"""What a change of a queue brings: told from what is stored, before it is made."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, F, Min, Q, Sum

from annotation import taxonomy
from annotation.models import Cohort, DelayedSignal, Feature, Item, Label, Lease, Queue, Rater, Signal
from annotation.models.queues import Cardinality
from annotation.queues import cohorts

WINDOW = timedelta(days=7)
A_DAY = timedelta(days=1)

ARRIVED = (Item.Purpose.SAMPLE, Item.Purpose.BACKFILL)


class Taker(NamedTuple):
    """A queue and the kinds of signals that it would take if it were asked first."""

    queue: Queue
    kinds: frozenset[str]


class Stock(NamedTuple):
    """Open items of one queue and kind, and the labels that they still ask for."""

    items: int
    labels: int


class Move(NamedTuple):
    """Signals of one kind that go elsewhere from now on; None: to or from no queue. `per_day` is null where it can't
    be known yet; `stay`: open items that stay where they are."""

    kind: str
    source: Queue | None
    target: Queue | None
    per_day: float | None
    stay: int


@dataclass(frozen=True, kw_only=True)
class Load:
    """Labels a day: what new items of the queue ask for before and after, what those of the whole feature ask for
    after, and what people give there (`pace`). Null where the last 7 days don't tell."""

    items: float | None
    before: float | None
    after: float | None
    feature_after: float | None
    pace: float | None
    missing: int

    @property
    def growth(self) -> float | None:
        """Labels a day by which the feature's backlog grows; below 0: shrinks."""
        if self.pace is None or self.feature_after is None:
            return None
        return self.feature_after - self.pace

    @property
    def drained_in(self) -> float | None:
        """Days until nothing is open in the feature, where that can be said and comes."""
        return None if self.growth is None or self.growth >= 0 else self.missing / -self.growth


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """`open`, `held`, `waiting`: items of the queue as it stands, and signals that wait for its delay. `unknown`: open
    items of kinds that the planned taxonomy version doesn't ask about."""

    moves: tuple[Move, ...]
    load: Load
    open: int
    held: int
    waiting: int
    unknown: int


def of(*, queue: Queue | None, planned: Queue, now: datetime) -> Outlook:
    """`queue` as it is stored (None: it is to be made), `planned` as it would be, not saved."""
    feature = planned.feature
    stored = takers(feature)
    others = [one for one in stored if queue is None or one.queue.pk != queue.pk]
    before, after = assigned(stored), assigned([*others, _taker(planned, {})])
    stock = _stock(feature)
    arrivals = _arrivals(feature, after.keys() - before.keys(), now)
    own = {kind: pair for (pk, kind), pair in stock.items() if queue is not None and pk == queue.pk}
    return Outlook(
        moves=tuple(_moves(before, after, stock, arrivals)),
        load=_load(
            planned.name,
            before,
            after,
            arrivals,
            missing=_missing(feature, stock, now),
            pace=_pace(feature, now),
        ),
        open=sum(pair.items for pair in own.values()),
        held=_held(Q(queue=queue), now) if queue else 0,
        waiting=_waiting(queue, before) if queue else 0,
        unknown=sum(pair.items for kind, pair in own.items() if kind not in _queued(planned, {})),
    )


def takers(feature: Feature) -> list[Taker]:
    """The feature's queues with their kinds, in the order in which they are asked."""
    known: dict[int, frozenset[str]] = {}
    queues = Queue.objects.filter(feature=feature).select_related("taxonomy_version", "feature")
    return [_taker(queue, known) for queue in queues.order_by("rank", "pk")]


def assigned(takers: Iterable[Taker]) -> dict[str, Queue]:
    """Which queue gets each kind: the first by rank that takes it, of equal ones the older."""
    found: dict[str, Queue] = {}
    for taker in sorted(takers, key=lambda one: (one.queue.rank, one.queue.pk or math.inf)):
        for kind in taker.kinds:
            found.setdefault(kind, taker.queue)
    return found


def labels_an_item(queue: Queue) -> float:
    """How many labels an item of this queue asks for, on average, its second look included."""
    share = queue.full_overlap_share if queue.overlap > 1 else 0.0
    return (1 - share) * queue.overlap + share * queue.overlap_max + queue.second_look_share


class Closing(NamedTuple):
    """Days of a queue that are open, those of them that a limit would close at once, and their items never shown."""

    open: int
    closing: int
    unreached: int


def closing(*, queue: Queue, limit_hours: int, now: datetime) -> Closing:
    """What a new limit would close with the next sweep."""
    found = list(Cohort.objects.filter(queue=queue, closed_at=None))
    limit = timedelta(hours=limit_hours)
    over = [one for one in found if one.day < (now - cohorts.GRACE).date() and cohorts.day_ends(one) + limit <= now]
    unreached = Item.objects.filter(cohort__in=over, status=Item.Status.OPEN, first_shown_at=None, taken=[])
    return Closing(open=len(found), closing=len(over), unreached=unreached.count())


def held_by(*, queue: Queue, users: Sequence[int], now: datetime) -> int:
    """How many items of the queue these people have on their desks."""
    return _held(Q(queue=queue, rater__user__in=users), now)


def _taker(queue: Queue, known: dict[int, frozenset[str]]) -> Taker:
    queued = _queued(queue, known)
    return Taker(queue, queued & frozenset(queue.signal_kinds) if queue.signal_kinds else queued)


def _queued(queue: Queue, known: dict[int, frozenset[str]]) -> frozenset[str]:
    version = taxonomy.of_queue(queue)
    if version.pk not in known:
        known[version.pk] = taxonomy.queued_kinds(version)
    return known[version.pk]


def _moves(
    before: Mapping[str, Queue], after: Mapping[str, Queue], stock: Mapping[tuple[int, str], Stock], arrivals: Arrivals
) -> Iterable[Move]:
    for kind in sorted(before.keys() | after.keys()):
        source, target = before.get(kind), after.get(kind)
        if (source and source.name) != (target and target.name):
            stay = stock.get((source.pk, kind), Stock(0, 0)).items if source else 0
            yield Move(kind=kind, source=source, target=target, per_day=arrivals.per_day(kind), stay=stay)


class Arrivals(NamedTuple):
    """What arrived in `days` days, by kind; `days` is null while the feature is younger than one."""

    counts: Counter[str]
    days: float | None

    def per_day(self, kind: str) -> float | None:
        return None if self.days is None else self.counts[kind] / self.days


def _arrivals(feature: Feature, unasked: Iterable[str], now: datetime) -> Arrivals:
    """`unasked`: kinds that no queue takes, so that no item tells how many come."""
    items = Item.objects.filter(feature=feature)
    recent = items.filter(queued_at__gte=now - WINDOW, queued_at__lte=now, purpose__in=ARRIVED)
    counts = Counter(dict(recent.values_list("signal_kind").annotate(Count("pk")).order_by()))
    if new := [kind for kind in unasked if kind not in counts]:
        signals = Signal.objects.filter(
            interaction__feature=feature, interaction__ingested_at__gte=now - WINDOW, kind__in=new
        )
        counts.update(dict(signals.values_list("kind").annotate(Count("pk")).order_by()))
    first: datetime | None = items.aggregate(first=Min("queued_at"))["first"]
    return Arrivals(counts, _days(first, now))


def _days(first: datetime | None, now: datetime) -> float | None:
    """How many days of the window are known; None: too few to speak of a day."""
    if first is None or now - first < A_DAY:
        return None
    return min(WINDOW, now - first) / A_DAY


def _load(
    name: str,
    before: Mapping[str, Queue],
    after: Mapping[str, Queue],
    arrivals: Arrivals,
    *,
    missing: int,
    pace: float | None,
) -> Load:
    return Load(
        items=_sum(arrivals, after, name, weighed=False),
        before=_sum(arrivals, before, name),
        after=_sum(arrivals, after, name),
        feature_after=_sum(arrivals, after),
        pace=pace,
        missing=missing,
    )


def _sum(
    arrivals: Arrivals, by_kind: Mapping[str, Queue], name: str | None = None, *, weighed: bool = True
) -> float | None:
    """Labels a day that the queue of this name asks for (no name: all queues); not weighed: items a day."""
    if arrivals.days is None:
        return None
    counts = (
        arrivals.counts[kind] * (labels_an_item(queue) if weighed else 1)
        for kind, queue in by_kind.items()
        if name is None or queue.name == name
    )
    total: float = sum(counts)
    return total / arrivals.days


def _stock(feature: Feature) -> dict[tuple[int, str], Stock]:
    rows = (
        Item.objects.filter(feature=feature, status=Item.Status.OPEN)
        .values_list("queue_id", "signal_kind")
        .annotate(items=Count("pk"), asked=Sum(F("needed") - Cardinality("taken")))
    )
    return {(queue_id, kind): Stock(items, labels) for queue_id, kind, items, labels in rows}


def _missing(feature: Feature, stock: Mapping[tuple[int, str], Stock], now: datetime) -> int:
    """What is held is not labeled yet."""
    return sum(pair.labels for pair in stock.values()) + _held(Q(queue__feature=feature), now)


def _held(which: Q, now: datetime) -> int:
    return Lease.objects.filter(which, expires_at__gt=now, item__status=Item.Status.OPEN).count()


def _pace(feature: Feature, now: datetime) -> float | None:
    """Labels a day that people gave in this feature in the last 7 days; None: none."""
    found = Label.objects.filter(
        received_at__gte=now - WINDOW,
        rater__kind=Rater.Kind.HUMAN,
        role=Label.Role.ANNOTATOR,
        superseded_at=None,
        item__feature=feature,
    ).aggregate(labels=Count("pk"), first=Min("received_at"))
    if not found["labels"]:
        return None
    return float(found["labels"] / max(1.0, (now - found["first"]) / A_DAY))


def _waiting(queue: Queue, before: Mapping[str, Queue]) -> int:
    kinds = [kind for kind, one in before.items() if one.pk == queue.pk]
    return DelayedSignal.objects.filter(signal__interaction__feature=queue.feature_id, signal__kind__in=kinds).count()
