"""Copies of items whose answer is known, for people to answer who haven't seen them: a share of what a queue serves.

Each known answer has at most one open copy. There are as many copies as the queue's open items ask for at its share,
so that a queue that is done is not filled up by them.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from annotation.models import Item, KnownAnswer, Label, Queue, Rater
from annotation.queues import further
from annotation.queues.further import Resolved

MOST = 50
"""Open copies of one queue."""

LOOKED_AT = 500
"""Known answers that are considered at once: those that were asked least."""

AT_WORK = timedelta(days=28)
"""Who labeled in the queue within so long may be asked."""


def stock(*, now: datetime) -> int:
    """Make copies where queues are short of them, and return how many."""
    queues = Queue.objects.filter(Q(gold_share__gt=0) | Q(pk__in=_copies().values("queue"))).values_list(
        "pk", flat=True
    )
    return sum(_of_queue(pk, now) for pk in list(queues))


def withdraw(*, answers: Collection[KnownAnswer]) -> int:
    """Take back the open copies of these known answers that nobody holds, and return how many."""
    signals = [one.item.signal_id for one in answers]
    copies = _copies().filter(signal__in=signals, taken=[]).order_by("pk").select_for_update()
    return Item.objects.filter(pk__in=[one.pk for one in copies]).update(status=Item.Status.WITHDRAWN)


def _copies() -> QuerySet[Item]:
    return Item.objects.filter(purpose=Item.Purpose.GOLD, status=Item.Status.OPEN)


@transaction.atomic
def _of_queue(pk: int, now: datetime) -> int:
    """Two workers at one queue never meet: the second passes by."""
    queue = Queue.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=pk).first()
    if queue is None:
        return 0
    answers = _answers(queue)
    wanted_by = _not_answered_by(queue, answers, now)
    open_signals = set(_copies().filter(queue=queue).values_list("signal_id", flat=True))
    withdraw(answers=[one for one in answers if one.item.signal_id in open_signals - wanted_by.keys()])
    there = len(open_signals & wanted_by.keys())
    free = [one for one in answers if one.item.signal_id in wanted_by.keys() - open_signals]
    chosen = free[: max(0, _wanted(queue) - there)]
    found = [Resolved(*(getattr(one.item, name) for name in Resolved._fields)) for one in chosen]
    return further.make(queue=queue, of=found, purpose=Item.Purpose.GOLD, now=now, turns=_turns(queue, found))


def _wanted(queue: Queue) -> int:
    """How many copies the open items of the queue ask for at its share."""
    share = queue.gold_share
    if not share:
        return 0
    arrived = Item.objects.filter(queue=queue, status=Item.Status.OPEN).exclude(purpose=Item.Purpose.GOLD).count()
    asked = math.inf if share >= 1 else arrived * share / (1 - share)
    return math.ceil(min(MOST, asked)) if arrived else 0


def _answers(queue: Queue) -> list[KnownAnswer]:
    """Those that can be asked, the least asked first."""
    copies = Q(item__signal__items__purpose=Item.Purpose.GOLD, item__signal__items__queue=queue)
    known = KnownAnswer.objects.filter(
        queue=queue, retired_at=None, item__status=Item.Status.RESOLVED, item__interaction__erased_at=None
    )
    asked = known.annotate(asked=Count("item__signal__items", filter=copies)).order_by("asked", "pk")
    return list(asked.select_related("item")[:LOOKED_AT])


def _not_answered_by(queue: Queue, answers: Collection[KnownAnswer], now: datetime) -> dict[int, set[int]]:
    """By signal, who is at work in the queue and has not answered about it; signals of nobody are left out."""
    lately = Label.objects.filter(rater=OuterRef("pk"), item__queue=queue, received_at__gt=now - AT_WORK)
    people = Rater.objects.filter(Exists(lately), kind=Rater.Kind.HUMAN, user__is_active=True)
    at_work = set(people.values_list("pk", flat=True))
    signals = [one.item.signal_id for one in answers]
    answered: dict[int, set[int]] = defaultdict(set)
    for signal, rater in Label.objects.filter(item__signal__in=signals).values_list("item__signal", "rater"):
        answered[signal].add(rater)
    return {signal: left for signal in signals if (left := at_work - answered[signal])}


def _turns(queue: Queue, found: Collection[Resolved]) -> Counter[int]:
    """By signal, how many copies it has had."""
    signals = [one.signal_id for one in found]
    had = Item.objects.filter(queue=queue, purpose=Item.Purpose.GOLD, signal__in=signals)
    return Counter(had.values_list("signal_id", flat=True))
