"""Further items of a signal that has its item already: second looks, and copies of items whose answer is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from annotation.models import Interaction, Item, Queue
from annotation.queues import fill


class Resolved(NamedTuple):
    """An item that is decided."""

    signal_id: int
    signal_kind: str
    interaction_id: int
    feature_id: int
    evidence_version: int


def make(*, queue: Queue, of: Sequence[Resolved], purpose: str, now: datetime, turns: Mapping[int, int] = {}) -> int:
    """Make one open item of each, where it isn't there yet, and return how many. The caller holds the queue.

    `turns`: by signal, how many such items it has had; the next one is another one then.
    """
    # Erasure locks an interaction before its items: what it has, or had, is left alone.
    kept = Interaction.objects.filter(pk__in=[one.interaction_id for one in of], erased_at=None)
    there = set(kept.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    items = [_item(queue, one, purpose, turns.get(one.signal_id, 0), now) for one in of if one.interaction_id in there]
    known = set(Item.objects.filter(public_id__in=[item.public_id for item in items]).values_list("public_id"))
    new = [item for item in items if (item.public_id,) not in known]
    Item.objects.bulk_create(new)
    return len(new)


def _item(queue: Queue, one: Resolved, purpose: str, turn: int, now: datetime) -> Item:
    named = f"{purpose}-{turn}" if turn else purpose
    return Item(
        **one._asdict(),
        public_id=fill.public_id(signal_id=one.signal_id, queue_id=queue.pk, purpose=named),
        queue=queue,
        purpose=purpose,
        queued_at=now,
    )
