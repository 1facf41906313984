"""Take, show, renew, release, expire: an item is held by at most as many people as it needs, and nobody waits for
anybody.

What a taker changes stands on the item's own row (`taken`, `needed`), since `SKIP LOCKED` checks conditions again
only on the row that it locks. Every statement locks the item before its leases: the other order deadlocks.

Leases come in groups: the item in sight, what belongs together with it, and the one that comes after it.
"""

from annotation.queues.lease.handing import give_back, hand_over
from annotation.queues.lease.holding import expire, hold, release, renew
from annotation.queues.lease.refusals import (
    AlreadyLabeled,
    LabeledBefore,
    LeaseLost,
    NotInQueue,
    NotOpen,
    NotYours,
    Paused,
    Taken,
)
from annotation.queues.lease.taking import ALL, Wanted, ahead, show, take, take_at_once, take_chosen
from annotation.queues.lease.tickets import check_ticket, ticket
from annotation.queues.lease.together import Member, together

__all__ = [
    "ALL",
    "AlreadyLabeled",
    "LabeledBefore",
    "LeaseLost",
    "Member",
    "NotInQueue",
    "NotOpen",
    "NotYours",
    "Paused",
    "Taken",
    "Wanted",
    "ahead",
    "check_ticket",
    "expire",
    "give_back",
    "hand_over",
    "hold",
    "release",
    "renew",
    "show",
    "take",
    "take_at_once",
    "take_chosen",
    "ticket",
    "together",
]
