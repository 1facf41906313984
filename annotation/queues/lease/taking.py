"""Which item comes next, and what comes with it.

**Together what belongs together.** Whoever takes an item takes along the free items of the same queue on the same
interaction, or on the same conversation nearby, and answers them one after another: the evidence is read once.

Why estimates stay honest: who is in the sample is decided at closing by κ alone, the largest key below which every
item was reached (`cohorts.threshold`). What comes along out of turn with a key above κ counts in no rate, though its
label is kept and exported; with a key below κ it would have come in its turn anyway. A conversation comes as a whole
when the smallest of its keys comes, so a smaller key of an item in the sample would move neither κ nor what else was
reached: that is what makes π = min(1, κ·w) right (a threshold that each sampled item may be substituted under).
Held is not reached: only what stood before somebody has `first_shown_at`. What was held ahead or came along and was
never shown falls back, and comes in its turn; κ waits below it.

Nobody starves: what is held beyond the item in sight comes out of what is left when everybody at work has one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from annotation import loading
from annotation.errors import Refusal
from annotation.lib import public_ids
from annotation.models import Item, Label, Lease, Queue, Rater
from annotation.queues import mixing
from annotation.queues.lease import statements
from annotation.queues.lease.holding import expire
from annotation.queues.lease.refusals import AlreadyLabeled, LabeledBefore, NotOpen, Paused, Taken
from annotation.queues.lease.together import AROUND

TRIES: Final = 3
NOTHING: Final = "nothing"
"""Beside what is held already, nothing is given out."""
AHEAD: Final = timedelta(minutes=2)
SIBLINGS: Final = 7
"""How many items come along with one: a page lists at most eight."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which items of a queue somebody asks for: of this kind (empty: every kind), queued at this time or before."""

    kind: str = ""
    queued_by: datetime | None = None

    def conditions(self) -> str:
        """SQL about the item `i`; its values are `parameters`."""
        kind = "AND i.signal_kind = %(kind)s " if self.kind else ""
        return kind + ("AND i.queued_at <= %(queued_by)s" if self.queued_by else "")

    def parameters(self) -> dict[str, Any]:
        return {"kind": self.kind, "queued_by": self.queued_by}


ALL: Final = Wanted()


def take(*, rater: Rater, queue: Queue, now: datetime, wanted: Wanted = ALL) -> Item | None:
    """The item that this rater holds in the queue, else the open one with the smallest key. None: nothing to take.

    Of what the rater holds, the one in sight comes first, then what belongs together with it, then the one held ahead.
    What comes is shown from now on, and what belongs together with it is held too.
    """
    parameters = _parameters(rater=rater, queue=queue, now=now) | wanted.parameters()
    # What is mixed in at the queue's shares is served like all others where nothing else is free.
    turn = mixing.turn(queue=queue, draw=parameters["lease_group"])
    # An item that changes between our reading and our locking it is passed over.
    for tried in range(TRIES + bool(turn)):
        only = NOTHING if queue.paused_at else "" if tried else turn
        item, is_shown = _next(statements.take(wanted.conditions(), only=only), parameters, rater)
        if item is not None and not is_shown:
            item, _ = _first(statements.show(), parameters | {"item": item.pk})
        if item is not None:
            item.queue = queue
            return item
    return None


def take_at_once(*, rater: Rater, queue: Queue, now: datetime, wanted: Wanted = ALL) -> Item | None:
    """As `take`, by one statement that waits for nobody, and so may be asked where another item is locked already.
    None: not so easily had; ask `take`, and lock nothing meanwhile.
    """
    parameters = _parameters(rater=rater, queue=queue, now=now) | wanted.parameters()
    only = NOTHING if queue.paused_at else mixing.turn(queue=queue, draw=parameters["lease_group"])
    item, is_shown = _first(statements.take(wanted.conditions(), only=only), parameters)
    if item is None or not is_shown:
        return None
    item.queue = queue
    return item


def ahead(*, rater: Rater, queue: Queue, now: datetime, beside: Item, wanted: Wanted = ALL) -> Item | None:
    """The item that comes after the one in sight, held ready for two minutes. None: there is none to be had.

    What the rater holds already comes first, as `take` would give it. Otherwise the open one with the smallest key,
    where the queue has more free items than people at work; one for each person (and what belongs together with it).
    """
    parameters = _parameters(rater=rater, queue=queue, now=now) | wanted.parameters()
    group = Lease.objects.filter(item=beside, rater=rater).values_list("lease_group", flat=True).first()
    parameters |= {"beside": beside.pk, "shown_at": None, "expires_at": now + AHEAD, "is_ahead": True}
    parameters |= {"lease_group": group or parameters["lease_group"]}
    turn = mixing.turn(queue=queue, draw=_lease_group(now))
    for only in (NOTHING,) if queue.paused_at else (turn, "") if turn else ("",):
        item, _ = _next(statements.ahead(wanted.conditions(), only=only), parameters, rater)
        if item is not None:
            item.queue = queue
            return item
    return None


def show(*, rater: Rater, item: Item, now: datetime) -> Item:
    """What was held ahead stands before its person: the hold becomes a full one, also for what belongs together.

    A hold that lapsed is taken anew while the item is free; else it is refused in words.
    """
    return take_chosen(rater=rater, item=item, now=now)


def take_chosen(*, rater: Rater, item: Item, now: datetime, together: bool = False) -> Item:
    """Hold and show this very item, if it is held already, or open and in need of somebody. Else refused in words.

    `together`: take along what belongs together with it.
    """
    parameters = _parameters(rater=rater, queue=item.queue, now=now, siblings=SIBLINGS if together else 0)
    parameters |= {"item": item.pk}
    found = _first(statements.show(), parameters)[0]
    if found is None and not item.queue.paused_at:
        found = _first(statements.chosen(), parameters)[0]
    if found is None:
        raise _refusal(rater, item)
    found.queue = item.queue
    return found


def _refusal(rater: Rater, item: Item) -> Refusal:
    found = Item.objects.get(pk=item.pk)
    if Label.objects.filter(item=found, rater=rater, superseded_at=None).exists():
        return AlreadyLabeled()
    if mixing.is_answered_before(item=found, rater=rater):
        return LabeledBefore()
    if found.status not in (Item.Status.OPEN, Item.Status.RESERVE):
        return NotOpen(status=found.get_status_display().lower())
    return Paused() if item.queue.paused_at else Taken()


def _parameters(*, rater: Rater, queue: Queue, now: datetime, siblings: int = SIBLINGS) -> dict[str, Any]:
    return {
        "rater": rater.pk,
        "queue": queue.pk,
        "now": now,
        "shown_at": now,
        "expires_at": now + timedelta(minutes=queue.lease_minutes),
        "is_ahead": False,
        "lease_group": _lease_group(now),
        "siblings": siblings,
        "around": AROUND,
        "minds_late": True,
    }


def _lease_group(now: datetime) -> str:
    return public_ids.new("lg", now_ms=int(now.timestamp() * 1000))


def _next(statement: str, parameters: dict[str, Any], rater: Rater) -> tuple[Item | None, bool]:
    """As `_first`, where the rater's own holds that ran out are given back before anything is taken."""
    found = _first(statement, parameters)
    if found[0] is not None:
        return found
    expire(now=parameters["now"], rater=rater)
    # One that somebody else has locked just now couldn't be given back, and keeps nobody from the others.
    return _first(statement, parameters | {"minds_late": False})


def _first(statement: str, parameters: dict[str, Any]) -> tuple[Item | None, bool]:
    """The item of the statement's first row, and whether it is shown."""
    for item, is_shown, comes_alone in loading.made([Item], loading.asked_by_name(statement, parameters)):
        item.comes_alone = comes_alone
        return item, is_shown
    return None, False
