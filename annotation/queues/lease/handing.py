"""What an admin does with what people hold: give it back to the queue, or hand it to somebody else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from annotation import audit, loading
from annotation.access import Person
from annotation.models import Queue, Rater
from annotation.queues import progress
from annotation.queues.lease import statements
from annotation.queues.lease.refusals import NotInQueue

HANDED: Final = timedelta(hours=8)
"""So long what was handed to somebody waits for that person, before it comes free."""


@transaction.atomic
def give_back(*, queues: list[int], actor: audit.Actor, now: datetime, rater: Rater | None = None) -> int:
    """Give back what this person holds in these queues, or everybody; returns how many items. What somebody has typed
    stays on the screen, and is kept if the item still needs it when it comes."""
    parameters = {"queues": queues, "rater": rater.pk if rater else None}
    count = len(loading.asked_by_name(statements.GIVE_BACK, parameters))
    target = ("rater", rater.pk) if rater else ("queue", queues[0])
    audit.record(actor=actor, verb="items.given_back", target=target, now=now, data={"queues": queues, "items": count})
    return count


@transaction.atomic
def hand_over(*, giver: Rater, taker: Rater, queue: Queue, actor: audit.Actor, now: datetime) -> int:
    """Let another person hold what this one does in the queue, for 8 hours; returns how many items. What the other has
    answered or skipped before stays where it is. Raises NotInQueue."""
    if taker.user is None or not progress.queues_of(Person(taker.user)).filter(pk=queue.pk).exists():
        raise NotInQueue(queue=queue)
    parameters = {"giver": giver.pk, "rater": taker.pk, "queue": queue.pk, "now": now, "expires_at": now + HANDED}
    count = len(loading.asked_by_name(statements.HAND_OVER, parameters))
    data = {"to": taker.pk, "queue": queue.pk, "items": count}
    target = ("rater", giver.pk)
    audit.record(actor=actor, verb="items.handed_over", target=target, feature=queue.feature, now=now, data=data)
    return count
