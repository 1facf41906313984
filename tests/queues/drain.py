"""People who take and answer until nothing is left, for tests of what is handed to whom."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from django.db.models import F, Q

from annotation.models import Item, Lease, Rater
from tests.workers import PATIENCE

Handed = tuple[int, int]
"""An item and the rater who had it."""


def drained(
    rater: Rater,
    take: Callable[[], Item | None],
    *,
    kind: str = "",
    also: Callable[[Item], Iterable[Item]] = lambda item: (),
) -> list[Handed]:
    """Take, and put aside as an answer does, until nothing is left for this rater. `kind`: they take of no other.
    `also`: what else came with an item."""
    kinds = Q(signal_kind=kind) if kind else Q()
    left = Item.objects.filter(kinds, taken__len__lt=F("needed")).exclude(taken__contains=[rater.pk])
    handed: list[Handed] = []
    end = time.monotonic() + PATIENCE
    # What somebody else is at in this moment is passed over: nothing may come although something is left.
    while (item := take()) or left.exists():
        assert time.monotonic() < end, "what is left is handed to nobody"
        if item:
            handed += [(one.pk, rater.pk) for one in (item, *also(item))]
            answered(item, rater)
    return handed


def answered(item: Item, rater: Rater) -> None:
    """What a label does to a lease: it ends, and the place on the item stays taken."""
    Lease.objects.filter(item=item, rater=rater).delete()
