"""How much waits, how old it is, and how much came and went: read from what is counted, however many items there are.

To the hour: an item counts as queued when its hour began.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from annotation import loading
from annotation.models import BacklogCount, Queue

DAYS: Final = 28

# Youngest first: an item belongs to the first band that it is younger than.
AGES: Final = (
    ("under a day", timedelta(days=1)),
    ("1 to 7 days", timedelta(days=7)),
    ("7 to 30 days", timedelta(days=30)),
    ("over 30 days", timedelta.max),
)

# An item is past its limit when the hour in which it was queued has ended so long ago.
STOCK: Final = """
WITH stock AS (
    SELECT queue_id, signal_kind, what, hour, sum(number) AS number FROM annotation_backlogcount
    WHERE feature_id = ANY($1::bigint[]) AND what IN ('open', 'disputed', 'flagged')
    GROUP BY 1, 2, 3, 4 HAVING sum(number) <> 0
), dated AS (
    SELECT stock.*, what = 'open' AS is_open, hour + 1 + queue.limit_hours - $2::float8 AS hours_left
    FROM stock JOIN annotation_queue queue ON queue.id = stock.queue_id
)
SELECT queue_id, signal_kind,
    sum(number) FILTER (WHERE is_open AND hour > $3),
    sum(number) FILTER (WHERE is_open AND hour <= $3 AND hour > $4),
    sum(number) FILTER (WHERE is_open AND hour <= $4 AND hour > $5),
    sum(number) FILTER (WHERE is_open AND hour <= $5),
    sum(number) FILTER (WHERE what = 'disputed'), sum(number) FILTER (WHERE what = 'flagged'),
    sum(number) FILTER (WHERE is_open AND hours_left <= 0),
    sum(number) FILTER (WHERE is_open AND hours_left > 0 AND hours_left <= 24),
    sum(number) FILTER (WHERE is_open AND hours_left > 0 AND hours_left <= 168),
    min(hour) FILTER (WHERE is_open)
FROM dated GROUP BY 1, 2
"""

FLOWS: Final = """
SELECT queue_id, what, hour / 24, sum(number) FROM annotation_backlogcount
WHERE feature_id = ANY($1::bigint[]) AND what IN ('came', 'done') AND hour >= $2 GROUP BY 1, 2, 3
"""

BEGAN: Final = """
SELECT queue.id, (
    SELECT c.hour FROM annotation_backlogcount c
    WHERE c.feature_id = queue.feature_id AND c.what = 'came' AND c.queue_id = queue.id ORDER BY c.hour LIMIT 1
)
FROM annotation_queue queue WHERE queue.feature_id = ANY($1::bigint[])
"""

FULLEST: Final = """
SELECT feature_id FROM annotation_backlogcount WHERE feature_id = ANY($1::bigint[]) AND what = 'open'
GROUP BY 1 HAVING sum(number) > 0 ORDER BY sum(number) DESC, 1 LIMIT 1
"""

# The oldest lies in the hour that the counts name: what was queued before, however much, is finished.
OLDEST: Final = """
SELECT named.queue_id, found.id, found.queued_at
FROM unnest($1::bigint[], $2::timestamptz[]) AS named (queue_id, since)
JOIN annotation_queue queue ON queue.id = named.queue_id
CROSS JOIN LATERAL (
    SELECT item.id, item.queued_at FROM annotation_item item
    WHERE item.feature_id = queue.feature_id AND item.queued_at >= named.since
        AND item.queued_at < named.since + interval '1 hour' AND item.queue_id = queue.id AND item.status = 'open'
    ORDER BY item.queued_at, item.id LIMIT 1
) found
"""


class Oldest(NamedTuple):
    item_id: int
    queued_at: datetime


class Stock(NamedTuple):
    """Of one queue and kind. `due_day`, `due_week`: open items whose limit ends in the next 24 hours and 7 days."""

    queue_id: int
    signal_kind: str
    by_age: tuple[int, ...]
    disputed: int
    flagged: int
    past_limit: int
    due_day: int
    due_week: int
    oldest: datetime | None

    @property
    def open(self) -> int:
        return sum(self.by_age)


@dataclass(frozen=True, kw_only=True)
class Day:
    """One UTC day: items queued, and items resolved for the first time."""

    day: date
    arrived: int
    completed: int


@dataclass(frozen=True, kw_only=True)
class Flow:
    """`days`: the last 28 whole days and today, oldest first. `known`: how many of the whole ones there are since the
    first item came."""

    days: tuple[Day, ...]
    known: int

    @property
    def whole(self) -> list[tuple[int, int]]:
        """What came and what went on each whole day that is known, oldest first."""
        return [(day.arrived, day.completed) for day in self.days[DAYS - self.known : DAYS]]


def stocks(*, features: Collection[int], now: datetime) -> list[Stock]:
    """Of each queue and kind of which something is unfinished."""
    ages = [_hours(now - age) for _band, age in AGES[:-1]]
    rows = loading.asked(STOCK, [list(features), now.timestamp() / 3600, *ages])
    return [_stock(queue_id, kind, [int(one or 0) for one in counts], hour) for queue_id, kind, *counts, hour in rows]


def fullest(*, features: Collection[int]) -> int | None:
    """The feature with most open items, of these; None where nothing is open."""
    found = loading.asked(FULLEST, [list(features)])
    return found[0][0] if found else None


def kinds(*, queue: Queue) -> list[str]:
    """Those of its unfinished items, by name."""
    rows = BacklogCount.objects.filter(feature=queue.feature_id, queue=queue, what=BacklogCount.What.OPEN)
    return list(rows.values_list("signal_kind", flat=True).distinct().order_by("signal_kind"))


def oldest(stocks: Iterable[Stock]) -> dict[int, Oldest]:
    """The open item that waits longest, by the queue's id."""
    since: dict[int, datetime] = {}
    for one in stocks:
        if one.oldest is not None:
            since[one.queue_id] = min(one.oldest, since.get(one.queue_id, one.oldest))
    rows = loading.asked(OLDEST, [list(since), list(since.values())])
    return {queue_id: Oldest(item_id, at) for queue_id, item_id, at in rows}


def flows(*, features: Collection[int], now: datetime) -> dict[int, Flow]:
    """By the queue's id, of all queues of these features."""
    first = now.astimezone(UTC).date() - timedelta(days=DAYS)
    midnight = datetime(first.year, first.month, first.day, tzinfo=UTC)
    counts: Counter[tuple[int, str, int]] = Counter()
    for queue_id, what, day, number in loading.asked(FLOWS, [list(features), _hours(midnight)]):
        counts[queue_id, what, day] = int(number)
    began = loading.asked(BEGAN, [list(features)])
    return {queue_id: _flow(queue_id, hour, counts, first) for queue_id, hour in began}


def together(flows: Iterable[Flow], *, now: datetime) -> Flow:
    """Several queues as one."""
    found = list(flows)
    first = now.astimezone(UTC).date() - timedelta(days=DAYS)
    days = (
        Day(
            day=first + timedelta(days=place),
            arrived=sum(one.days[place].arrived for one in found),
            completed=sum(one.days[place].completed for one in found),
        )
        for place in range(DAYS + 1)
    )
    return Flow(days=tuple(days), known=max((one.known for one in found), default=0))


def _stock(queue_id: int, kind: str, counts: list[int], hour: int | None) -> Stock:
    *by_age, disputed, flagged, past_limit, due_day, due_week = counts
    oldest = None if hour is None else datetime.fromtimestamp(hour * 3600, UTC)
    return Stock(queue_id, kind, tuple(by_age), disputed, flagged, past_limit, due_day, due_week, oldest)


def _flow(queue_id: int, began: int | None, counts: Counter[tuple[int, str, int]], first: date) -> Flow:
    number = (first - date(1970, 1, 1)).days
    days = tuple(
        Day(
            day=first + timedelta(days=place),
            arrived=counts[queue_id, "came", number + place],
            completed=counts[queue_id, "done", number + place],
        )
        for place in range(DAYS + 1)
    )
    return Flow(days=days, known=0 if began is None else max(0, min(DAYS, number + DAYS - began // 24)))


def _hours(at: datetime) -> int:
    """The hour in which it lies."""
    return int(at.timestamp() // 3600)
