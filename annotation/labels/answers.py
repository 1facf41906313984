"""What a person answered last in a queue, to be looked at and taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from annotation.models import Item, Label, Queue, Rater, Skip

LAST: Final = 10


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A label or a skip that stands. `name` tells it from all others; `outcome` is empty for a skip."""

    name: str
    item: Item
    title: str
    outcome: str
    at: datetime
    comment: str = ""


def last(*, rater: Rater, queue: Queue, count: int = LAST) -> list[Answered]:
    """The last answers of this person in this queue that stand, the newest first."""
    labels = Label.objects.filter(rater=rater, superseded_at=None, role=Label.Role.ANNOTATOR, item__queue=queue)
    labels = labels.select_related("reason", "item__queue", "content").order_by("-received_at", "-pk")
    skips = Skip.objects.filter(rater=rater, item__queue=queue).select_related("item__queue")
    skips = skips.order_by("-skipped_at", "-pk")
    found = [_of_label(label) for label in labels[:count]] + [_of_skip(skip) for skip in skips[:count]]
    return sorted(found, key=lambda one: one.at, reverse=True)[:count]


def _of_label(label: Label) -> Answered:
    return Answered(
        name=f"label-{label.pk}",
        item=label.item,
        title=label.reason.title,
        outcome=label.reason.outcome,
        at=label.received_at,
        comment=label.content.comment if hasattr(label, "content") else "",
    )


def _of_skip(skip: Skip) -> Answered:
    return Answered(
        name=f"skip-{skip.pk}", item=skip.item, title=skip.get_reason_display(), outcome="", at=skip.skipped_at
    )
