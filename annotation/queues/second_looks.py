"""A second look: a random share of what people decided is given to somebody else, who isn't told the first answer.

The draw is by a hash of its own, so that neither what an item holds nor who labeled it has a say.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from annotation.lib import keyed
from annotation.models import ConsensusRevision, Item, Queue, Rater
from annotation.queues import further
from annotation.queues.further import Resolved

# So long a label can still be taken back without a second look having been asked for.
REST = timedelta(minutes=10)

# What one transaction goes through; after a day without a worker the sweep comes back for the rest.
STEP = timedelta(hours=6)


def make(*, now: datetime) -> int:
    """Make the second looks of what was resolved since the last call, and return how many."""
    queues = Queue.objects.filter(second_look_share__gt=0).values_list("pk", flat=True)
    return sum(_of_queue(pk, now) for pk in list(queues))


def is_drawn(*, signal_id: int, share: float) -> bool:
    """Whether this signal's item gets a second look: the same answer for life at the same share."""
    return keyed.unit_interval(settings.HASH_KEY, str(signal_id), purpose="second-look") < share


@transaction.atomic
def _of_queue(pk: int, now: datetime) -> int:
    """Two workers at one queue never meet: the second passes by."""
    queue = Queue.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=pk).first()
    if queue is None or not queue.second_look_share:
        return 0
    since = queue.second_looks_until
    until = now - REST if since is None else min(now - REST, since + STEP)
    made = 0 if since is None else _made(queue, _drawn(queue, since, until), now)
    if since is None or until > since:
        queue.second_looks_until = until
        queue.save(update_fields=["second_looks_until"])
    return made


def _drawn(queue: Queue, since: datetime, until: datetime) -> list[Resolved]:
    """By people alone: what gold decided, and what everybody skipped, has no first look to compare with."""
    rows = ConsensusRevision.objects.filter(
        resolved_at__gt=since,
        resolved_at__lte=until,
        superseded_at=None,
        label_source=Rater.Kind.HUMAN,
        item__queue=queue,
        item__purpose__in=[Item.Purpose.SAMPLE, Item.Purpose.BACKFILL],
        item__status=Item.Status.RESOLVED,
    ).values_list(*(f"item__{name}" for name in Resolved._fields))
    found = [Resolved._make(row) for row in rows]
    return [one for one in found if is_drawn(signal_id=one.signal_id, share=queue.second_look_share)]


def _made(queue: Queue, drawn: Sequence[Resolved], now: datetime) -> int:
    return further.make(queue=queue, of=drawn, purpose=Item.Purpose.SECOND_LOOK, now=now)
