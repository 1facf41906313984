"""People who take and answer until nothing is left, for tests of what is handed to whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from annotation.models import Item, Lease, Rater

Handed = tuple[int, int]
"""An item and the rater who had it."""


def drained(
    rater: Rater,
    take: Callable[[], Item | None],
    *,
    misses: int = 3,
    also: Callable[[Item], Iterable[Item]] = lambda item: (),
) -> list[Handed]:
    """Take, and put aside as an answer does, until nothing came so many times. `also`: what else came with an item."""
    handed: list[Handed] = []
    while misses:
        item = take()
        if item is None:
            misses -= 1
            continue
        handed += [(one.pk, rater.pk) for one in (item, *also(item))]
        answered(item, rater)
    return handed


def answered(item: Item, rater: Rater) -> None:
    """What a label does to a lease: it ends, and the place on the item stays taken."""
    Lease.objects.filter(item=item, rater=rater).delete()
