"""What is held stays held while somebody is at work on it, and comes free otherwise."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from annotation import loading
from annotation.lib import public_ids
from annotation.models import Item, Lease, Rater
from annotation.queues.lease import statements
from annotation.queues.lease.refusals import LeaseLost

EXPIRE_BATCH = 500


def hold(*, item: Item, rater: Rater, now: datetime) -> Lease:
    """Write the lease of an item whose row the caller has locked and found free for this rater."""
    item.taken = [*item.taken, rater.pk] if rater.pk not in item.taken else item.taken
    item.first_shown_at = item.first_shown_at or now
    item.save(update_fields=["taken", "first_shown_at"])
    return Lease.objects.create(
        item=item,
        rater=rater,
        queue_id=item.queue_id,
        lease_group=public_ids.new("lg", now_ms=int(now.timestamp() * 1000)),
        leased_at=now,
        shown_at=now,
        expires_at=now + timedelta(minutes=item.queue.lease_minutes),
    )


def renew(*, rater: Rater, item: Item, now: datetime) -> datetime:
    """Hold the item in sight for another full lease, with what belongs together with it, and return until when.

    A lease that nobody swept yet is renewed too.
    """
    expires_at = now + timedelta(minutes=item.queue.lease_minutes)
    parameters: dict[str, Any] = {"item": item.pk, "rater": rater.pk, "now": now, "expires_at": expires_at}
    if not loading.asked_by_name(statements.renew(), parameters):
        raise LeaseLost
    return expires_at


@transaction.atomic
def release(*, rater: Rater, item: Item) -> None:
    """Give the item back unlabeled. Harmless when it isn't held."""
    found = Item.objects.select_for_update().get(pk=item.pk)
    if Lease.objects.filter(item=found, rater=rater).delete()[0]:
        found.taken = [one for one in found.taken if one != rater.pk]
        found.save(update_fields=["taken"])


def expire(*, now: datetime, rater: Rater | None = None) -> int:
    """Give back what is held past its time, of one rater or of all, and return how many items came free."""
    parameters = {"now": now, "rater": rater.pk if rater else None, "batch": EXPIRE_BATCH}
    return len(loading.asked_by_name(statements.EXPIRE, parameters))
