"""What waits for people: how much, how old, how fast it comes and goes, when it is empty, and who works on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from annotation.backlog import outlook, people, stock
from annotation.backlog.outlook import Outlook, Work
from annotation.backlog.people import Labeler
from annotation.backlog.stock import Day, Flow, Oldest, Stock
from annotation.models import Feature, Item, Queue


@dataclass(frozen=True, kw_only=True)
class OpenItems:
    """Open items of one feature and signal kind. `by_age` has a count for each band of `AGES`."""

    feature: Feature
    signal_kind: str
    by_age: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.by_age)


@dataclass(frozen=True, kw_only=True)
class QueueState:
    """`held`: of the open items, those that somebody holds. `past_limit`: open items older than the queue's limit;
    `due_day`, `due_week`: those whose limit ends in the next 24 hours and 7 days."""

    queue: Queue
    open: int = 0
    held: int = 0
    disputed: int = 0
    flagged: int = 0
    past_limit: int = 0
    due_day: int = 0
    due_week: int = 0
    oldest_queued_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Summary:
    """`days`: the last 28 whole days and today, oldest first. `oldest`: the open item that waits longest. `outlook`: of
    all together, `outlooks`: by the queue's id."""

    open: tuple[OpenItems, ...]
    days: tuple[Day, ...]
    labelers: tuple[Labeler, ...]
    queues: tuple[QueueState, ...]
    oldest: Item | None
    outlook: Outlook
    outlooks: Mapping[int, Outlook]

    @property
    def total(self) -> int:
        return sum(items.total for items in self.open)

    @property
    def arrived(self) -> int:
        return sum(day.arrived for day in self.days)

    @property
    def completed(self) -> int:
        return sum(day.completed for day in self.days)


def summary(*, features: Iterable[Feature], now: datetime) -> Summary:
    """The backlog of these features together."""
    chosen = {feature.pk: feature for feature in features}
    found = list(Queue.objects.filter(feature__in=chosen).select_related("feature"))
    stocks = stock.stocks(features=chosen, now=now)
    flows = stock.flows(features=chosen, now=now)
    worked = people.of(features=chosen, now=now)
    oldest = stock.oldest(stocks)
    states = _states(found, stocks, oldest, now)
    outlooks = {one.queue.pk: _outlook([one], flows[one.queue.pk], worked.hours) for one in states}
    whole = stock.together(flows.values(), now=now)
    return Summary(
        open=_open(found, stocks),
        days=whole.days,
        labelers=worked.labelers,
        queues=states,
        oldest=_oldest(oldest.values()),
        outlook=_outlook(states, whole, worked.hours),
        outlooks=outlooks,
    )


def queues(*, features: Iterable[Feature], now: datetime) -> tuple[QueueState, ...]:
    """How each queue of these features stands, by feature and rank."""
    chosen = {feature.pk: feature for feature in features}
    found = list(Queue.objects.filter(feature__in=chosen).select_related("feature"))
    stocks = stock.stocks(features=chosen, now=now)
    return _states(found, stocks, stock.oldest(stocks), now)


def _open(queues: Iterable[Queue], stocks: Iterable[Stock]) -> tuple[OpenItems, ...]:
    features = {queue.pk: queue.feature for queue in queues}
    found: dict[tuple[Feature, str], list[tuple[int, ...]]] = {}
    for one in stocks:
        if one.open:
            found.setdefault((features[one.queue_id], one.signal_kind), []).append(one.by_age)
    lines = [
        OpenItems(feature=feature, signal_kind=kind, by_age=tuple(map(sum, zip(*ages, strict=True))))
        for (feature, kind), ages in found.items()
    ]
    return tuple(sorted(lines, key=lambda items: (-items.total, items.feature.slug, items.signal_kind)))


def _states(
    queues: Iterable[Queue], stocks: Iterable[Stock], oldest: Mapping[int, Oldest], now: datetime
) -> tuple[QueueState, ...]:
    by_queue: dict[int, list[Stock]] = {queue.pk: [] for queue in queues}
    for one in stocks:
        by_queue[one.queue_id].append(one)
    held = people.held_in_queues(queues=by_queue, now=now)
    return tuple(_state(queue, by_queue[queue.pk], held.get(queue.pk, 0), oldest.get(queue.pk)) for queue in queues)


def _state(queue: Queue, kinds: list[Stock], held: int, oldest: Oldest | None) -> QueueState:
    return QueueState(
        queue=queue,
        open=sum(one.open for one in kinds),
        held=held,
        disputed=sum(one.disputed for one in kinds),
        flagged=sum(one.flagged for one in kinds),
        past_limit=sum(one.past_limit for one in kinds),
        due_day=sum(one.due_day for one in kinds),
        due_week=sum(one.due_week for one in kinds),
        oldest_queued_at=oldest.queued_at if oldest else None,
    )


def _outlook(states: Iterable[QueueState], flow: Flow, hours: Mapping[int, float]) -> Outlook:
    chosen = list(states)
    work = Work(hours=sum(hours.get(one.queue.pk, 0) for one in chosen), done=sum(day.completed for day in flow.days))
    return outlook.of(
        stock=sum(one.open for one in chosen), due=sum(one.due_week for one in chosen), flow=flow, work=work
    )


def _oldest(found: Iterable[Oldest]) -> Item | None:
    first = min(found, key=lambda one: (one.queued_at, one.item_id), default=None)
    return Item.objects.select_related("feature", "queue__feature").get(pk=first.item_id) if first else None
