"""New signals become items, in the transaction that stores them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, Protocol

from django.conf import settings
from django.db import connection, transaction

from annotation import copying
from annotation.lib import keyed, public_ids
from annotation.models import DelayedSignal, Item, Signal
from annotation.queues import routes, weighing
from annotation.queues.routes import Route, Routes

DUE_BATCH = 1000
COLUMNS = {
    "public_id": "text",
    "feature_id": "int8",
    "queue_id": "int8",
    "interaction_id": "int8",
    "signal_id": "int8",
    "signal_kind": "text",
    "purpose": "text",
    "status": "text",
    "weight": "float8",
    "key": "float8",
    "cohort_id": "int8",
    "design_id": "int8",
    "evidence_version": "int4",
    "needed": "int2",
    "full_overlap": "bool",
    "taken": "int8[]",
    "queued_at": "timestamptz",
}

NOTE_EVIDENCE = """
UPDATE annotation_item i SET evidence_version = latest.version
FROM unnest(%s::bigint[], %s::int[]) AS latest (signal_id, version) WHERE i.signal_id = latest.signal_id
"""

_KEY = settings.HASH_KEY  # read once: every item asks
_SAMPLE, _BACKFILL, _OPEN = Item.Purpose.SAMPLE.value, Item.Purpose.BACKFILL.value, Item.Status.OPEN.value


class Placed(Protocol):
    """A signal, as far as a queue needs to know it. `random_number` is the interaction's, in (0, 1)."""

    @property
    def interaction_id(self) -> int: ...
    @property
    def feature_id(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def random_number(self) -> float: ...
    @property
    def is_late(self) -> bool: ...


class Stored(NamedTuple):
    """One that was stored before."""

    interaction_id: int
    feature_id: int
    kind: str
    random_number: float
    is_late: bool


Numbered = tuple[int, Placed]
"""With the id of its row."""

_Routed = tuple[int, Placed, Route]


def stored(signal: Signal) -> Numbered:
    """A signal that is read together with its interaction, as `place` takes it."""
    interaction = signal.interaction
    shown = Stored(interaction.pk, interaction.feature_id, signal.kind, interaction.random_number, signal.is_late)
    return signal.pk, shown


def place(*, signals: Sequence[Numbered], now: datetime, asked: Callable[[], Routes] | None = None) -> int:
    """Make one item for each signal that a queue takes, and return how many.

    Call it inside the transaction that stored the signals. A signal goes to the first queue of its feature by rank
    that takes its kind; where that queue has a delay, it waits until it is due.

    `asked`: `routes.asking` of the signals' features and of the day, where that was asked before.
    """
    routed = _routed(signals, now, asked)
    later = [one for one in routed if one[2].delay_hours]
    if later:
        _delay(later, now)
        routed = [one for one in routed if not one[2].delay_hours]
    _insert(routed, now)
    return len(routed)


@transaction.atomic
def due(*, now: datetime) -> int:
    """Make the items of signals whose queue's delay has passed. Returns how many; call again until it is 0."""
    waiting = list(
        DelayedSignal.objects.filter(due_at__lte=now)
        .select_related("signal__interaction")
        .order_by("due_at")
        .select_for_update(skip_locked=True, of=("self",))[:DUE_BATCH]
    )
    signals = [stored(delayed.signal) for delayed in waiting]
    _insert(_routed(signals, now), now)
    DelayedSignal.objects.filter(pk__in=[delayed.pk for delayed in waiting]).delete()
    return len(waiting)


def has_evidence(*, versions: Mapping[int, int]) -> None:
    """Note on the items of these signals the version of their evidence that is the latest now."""
    if versions:
        with connection.cursor() as cursor:
            cursor.execute(NOTE_EVIDENCE, [list(versions), list(versions.values())])


def _routed(signals: Sequence[Numbered], now: datetime, asked: Callable[[], Routes] | None = None) -> list[_Routed]:
    """The signals that a queue takes, each with the first one that does."""
    found = asked() if asked else routes.of({signal.feature_id for _, signal in signals}, day=now.date())
    pairs = {(signal.feature_id, signal.kind) for _, signal in signals}
    takes = {pair: routes.first(found.get(pair[0], ()), pair[1]) for pair in pairs}
    return [
        (pk, signal, route) for pk, signal in signals if (route := takes[signal.feature_id, signal.kind]) is not None
    ]


def _delay(later: Iterable[_Routed], now: datetime) -> None:
    DelayedSignal.objects.bulk_create(
        DelayedSignal(signal_id=pk, due_at=now + timedelta(hours=route.delay_hours)) for pk, _, route in later
    )


def _insert(routed: Sequence[_Routed], now: datetime) -> None:
    if not routed:
        return
    sampled = {route.queue_id: route for _, signal, route in routed if not signal.is_late}
    cohorts = routes.cohorts(sampled.values(), day=now.date())
    weighed = [
        weighing.Asked(pk, signal.feature_id, signal.kind, route)
        for pk, signal, route in routed
        if _may_weigh(signal, route)
    ]
    weights = weighing.weights(weighed) if weighed else {}
    rows = [_row(pk, signal, route, cohorts, weights.get(pk, 1.0), now) for pk, signal, route in routed]
    copying.rows("annotation_item", COLUMNS, rows, is_counted=True)


def _may_weigh(signal: Placed, route: Route) -> bool:
    """Whether the item's weight may be another one than 1."""
    return route.mix < 1 and route.mean_u is not None and not signal.is_late


def _row(
    signal_id: int, signal: Placed, route: Route, cohorts: dict[int, int], weight: float, now: datetime
) -> tuple[object, ...]:
    is_sample = not signal.is_late
    purpose = _SAMPLE if is_sample else _BACKFILL
    queue_id = route.queue_id
    is_full = is_full_overlap(route=route, signal_id=signal_id)
    return (
        public_id(signal_id=signal_id, queue_id=queue_id, purpose=purpose),
        signal.feature_id,
        queue_id,
        signal.interaction_id,
        signal_id,
        signal.kind,
        purpose,
        _OPEN,
        weight if is_sample else None,
        signal.random_number / weight if is_sample else None,
        cohorts[queue_id] if is_sample else None,
        route.design_id if is_sample else None,
        1,
        # How many people the item asks for, at first.
        route.overlap_max if is_full else route.overlap,
        is_full,
        [],
        now,
    )


def public_id(*, signal_id: int, queue_id: int, purpose: str) -> str:
    return public_ids.numbered("itm", signal_id, _digests(queue_id, purpose)(str(signal_id)))


@lru_cache(maxsize=1024)
def _digests(queue_id: int, purpose: str) -> Callable[..., bytes]:
    """For all items of a queue: what they share is hashed once."""
    return keyed.digests(_KEY, str(queue_id), purpose, purpose="item-id", size=4)


def is_full_overlap(*, route: Route, signal_id: int) -> bool:
    """Whether the item is one of the random share that all of `overlap_max` label, whatever is known before.

    The share is drawn by a hash of its own, so that agreement is measured on items that nobody chose.
    """
    return route.overlap > 1 and _draw(signal_id) < route.full_overlap_share


def _draw(signal_id: int) -> float:
    return keyed.unit_interval(_KEY, str(signal_id), purpose="full-overlap")
