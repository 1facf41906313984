"""Take, renew, release, expire: an item is held by at most as many people as it needs, and nobody waits for anybody.

What a taker changes stands on the item's own row (`taken`, `needed`), since `SKIP LOCKED` checks conditions again
only on the row that it locks. Every statement locks the item before its leases: the other order deadlocks.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.db import connection, transaction

from annotation.errors import Refusal
from annotation.lib import public_ids
from annotation.models import Item, Label, Lease, Queue, Rater
from annotation.queues import second_looks

TRIES = 3
EXPIRE_BATCH = 500

TAKE = """
WITH mine AS (
    SELECT l.item_id FROM annotation_lease l JOIN annotation_item i ON i.id = l.item_id
    WHERE l.rater_id = %(rater)s AND l.queue_id = %(queue)s AND l.expires_at > %(now)s AND i.status = 'open'
    ORDER BY l.leased_at LIMIT 1
), pick AS (
    SELECT i.id FROM annotation_item i
    WHERE i.queue_id = %(queue)s AND i.status = 'open' AND cardinality(i.taken) < i.needed
        AND NOT i.taken @> ARRAY[%(rater)s::bigint]
        AND NOT EXISTS (SELECT FROM annotation_skip s WHERE s.item_id = i.id AND s.rater_id = %(rater)s)
        AND NOT EXISTS (SELECT FROM mine)
        AND (i.purpose <> 'second_look' OR NOT EXISTS (
            SELECT FROM annotation_item o JOIN annotation_label b ON b.item_id = o.id
            WHERE o.signal_id = i.signal_id AND o.id <> i.id AND b.rater_id = %(rater)s
        ))
    ORDER BY i.key, i.id LIMIT 1
    FOR UPDATE OF i SKIP LOCKED
), held AS (
    INSERT INTO annotation_lease (item_id, rater_id, queue_id, lease_group, leased_at, shown_at, expires_at)
    SELECT id, %(rater)s, %(queue)s, %(lease_group)s, %(now)s, %(now)s, %(expires_at)s FROM pick
    ON CONFLICT DO NOTHING RETURNING item_id
), picked AS (
    UPDATE annotation_item i
    SET taken = i.taken || %(rater)s::bigint, first_shown_at = coalesce(i.first_shown_at, %(now)s)
    FROM held WHERE i.id = held.item_id RETURNING i.id
)
SELECT item_id FROM mine UNION ALL SELECT id FROM picked
"""

# Second looks have no key: in the index of open items they stand together, after those of the sample.
TAKE_SECOND_LOOK = TAKE.replace("ORDER BY i.key, i.id", "AND i.key IS NULL AND i.purpose = 'second_look' ORDER BY i.id")

EXPIRE = """
WITH stale AS (
    SELECT i.id, l.id AS lease_id FROM annotation_lease l JOIN annotation_item i ON i.id = l.item_id
    WHERE l.expires_at <= %(now)s AND (%(rater)s::bigint IS NULL OR l.rater_id = %(rater)s)
    ORDER BY i.id LIMIT %(batch)s
    FOR UPDATE OF i SKIP LOCKED
), ended AS (
    DELETE FROM annotation_lease l USING stale
    WHERE l.id = stale.lease_id AND l.expires_at <= %(now)s
    RETURNING l.item_id, l.rater_id
), gone AS (
    SELECT item_id, array_agg(rater_id) AS raters FROM ended GROUP BY item_id
)
UPDATE annotation_item i
SET taken = ARRAY(SELECT rater FROM unnest(i.taken) rater WHERE rater <> ALL (gone.raters))
FROM gone WHERE i.id = gone.item_id
"""


class Taken(Refusal):
    """Somebody else has this item now. Go on with the next one; if it comes back, it will be offered again."""

    code = "item_taken"
    status = 409


class AlreadyLabeled(Refusal):
    """You have labeled this item already. You find it under My labels."""

    code = "already_labeled"
    status = 409


class LabeledBefore(Refusal):
    """This is a second look at what you labeled yourself, so somebody else takes it. Go on with the next one."""

    code = "labeled_before"
    status = 403


class NotOpen(Refusal):
    """This item is no longer open: it is {status}. Go on with the next one."""

    code = "item_not_open"
    status = 409


class LeaseLost(Refusal):
    """Your hold on this item has ended. What you typed is still here: send it, and it is kept if the item needs it."""

    code = "lease_lost"
    status = 409


class NotYours(Refusal):
    """This item was never handed to you. Go back to the queue and take the next one."""

    code = "not_your_item"
    status = 403


def take(*, rater: Rater, queue: Queue, now: datetime) -> Item | None:
    """The item that this rater holds in the queue, else the open one with the smallest key. None: nothing to take."""
    expire(now=now, rater=rater)
    lease_group = _lease_group(now)
    parameters = {
        "rater": rater.pk,
        "queue": queue.pk,
        "now": now,
        "expires_at": now + timedelta(minutes=queue.lease_minutes),
        "lease_group": lease_group,
    }
    # Mixed in at the queue's share, and served like all others where nothing else is free.
    is_turn = second_looks.is_turn(share=queue.second_look_share, draw=lease_group)
    for statement in (TAKE_SECOND_LOOK, *[TAKE] * TRIES) if is_turn else [TAKE] * TRIES:
        # An item that changes between our reading and our locking it is passed over.
        if item_id := _first(statement, parameters):
            return Item.objects.get(pk=item_id)
    return None


@transaction.atomic
def take_chosen(*, rater: Rater, item: Item, now: datetime) -> Item:
    """Hold this very item, if it is open and still needs somebody. Everything else is refused in words."""
    found = Item.objects.select_for_update().select_related("queue").get(pk=item.pk)
    held = Lease.objects.filter(item=found, rater=rater).first()
    if held is not None:
        held.expires_at = now + timedelta(minutes=found.queue.lease_minutes)
        held.save(update_fields=["expires_at"])
        return found
    if Label.objects.filter(item=found, rater=rater, superseded_at=None).exists():
        raise AlreadyLabeled
    if second_looks.is_labeled_before(item=found, rater=rater):
        raise LabeledBefore
    if found.status not in (Item.Status.OPEN, Item.Status.RESERVE):
        raise NotOpen(status=found.get_status_display().lower())
    if len(found.taken) >= found.needed:
        raise Taken
    hold(item=found, rater=rater, now=now)
    return found


def hold(*, item: Item, rater: Rater, now: datetime) -> Lease:
    """Write the lease of an item whose row the caller has locked and found free for this rater."""
    item.taken = [*item.taken, rater.pk] if rater.pk not in item.taken else item.taken
    item.first_shown_at = item.first_shown_at or now
    item.save(update_fields=["taken", "first_shown_at"])
    return Lease.objects.create(
        item=item,
        rater=rater,
        queue_id=item.queue_id,
        lease_group=_lease_group(now),
        leased_at=now,
        shown_at=now,
        expires_at=now + timedelta(minutes=item.queue.lease_minutes),
    )


def renew(*, rater: Rater, item: Item, now: datetime) -> datetime:
    """Hold the item for another full lease, and return until when. A lease that nobody swept yet is renewed too."""
    expires_at = now + timedelta(minutes=item.queue.lease_minutes)
    if not Lease.objects.filter(item=item, rater=rater).update(expires_at=expires_at):
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
    with connection.cursor() as cursor:
        cursor.execute(EXPIRE, parameters)
        return int(cursor.rowcount)


def ticket(*, rater: Rater, item: Item) -> str:
    """Proof, for the item's form, that it was handed to this rater: it outlives the lease."""
    return signing.dumps([item.pk, rater.pk], salt="annotation.lease", compress=False)


def check_ticket(*, rater: Rater, item: Item, proof: str) -> None:
    """Raise `NotYours` unless the proof was made for this rater and item."""
    try:
        shown: Any = signing.loads(proof, salt="annotation.lease")
    except signing.BadSignature as error:
        raise NotYours from error
    if shown != [item.pk, rater.pk]:
        raise NotYours


def _first(sql: str, parameters: dict[str, Any]) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        row = cursor.fetchone()
    return int(row[0]) if row else None


def _lease_group(now: datetime) -> str:
    return public_ids.new("lg", now_ms=int(now.timestamp() * 1000))
