"""Many labels of many people, as rows: for tests of what is reckoned from labels, not of how they are given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from annotation import taxonomy
from annotation.models import Feature, Item, Label, Queue, Rater, Reason
from tests import stock
from tests.cast import NOW


def labeled(
    of: Feature,
    said: Sequence[Sequence[str]],
    *,
    by: Sequence[Rater] | None = None,
    kind: str = "accepted",
    now: datetime = NOW,
    apart: timedelta = timedelta(),
    duration_ms: int | None = None,
) -> list[Item]:
    """A new item for each list of reasons, the first of which the first rater gave, and so on; "": that one gave none.

    Each item is `apart` from the one before it. Nothing is decided.
    """
    raters = by or [stock.rater(number) for number in range(1, max(map(len, said)) + 1)]
    items = stock.items(of, len(said), kind=kind, now=now)
    reasons = _reasons(kind)
    Label.objects.bulk_create(
        label(item, rater, reasons[code], now=now + place * apart, duration_ms=duration_ms)
        for place, (item, codes) in enumerate(zip(items, said, strict=True))
        for rater, code in zip(raters, codes, strict=False)
        if code
    )
    return items


def gold(items: Iterable[Item], code: str, *, now: datetime = NOW) -> None:
    """The known reason of these items."""
    rater, _ = Rater.objects.get_or_create(kind=Rater.Kind.GOLD, name="checks", user=None)
    Label.objects.bulk_create(label(item, rater, _reasons(item.signal_kind)[code], now=now) for item in items)


def label(item: Item, rater: Rater, reason: Reason, *, now: datetime = NOW, **more: Any) -> Label:
    """Not stored yet."""
    return Label(
        item=item,
        rater=rater,
        reason=reason,
        taxonomy_version=reason.taxonomy_version,
        labeled_at=now,
        received_at=now,
        submission_id=uuid4(),
        **more,
    )


def fixed(of: Feature, overlap: int) -> Queue:
    """Each new item is for just so many people."""
    return stock.queue(of, overlap=overlap, overlap_max=overlap)


def _reasons(kind: str) -> dict[str, Reason]:
    found = taxonomy.reasons(version=taxonomy.current(), kind=kind)
    return {one.code: one for one in found}
