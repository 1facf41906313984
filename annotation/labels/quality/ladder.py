"""The one door to what an admin decided about a person's labels: tell, label twice, put aside, and take it back.

Labels are kept whatever is decided, and count again when it is taken back. What a decision touches is decided anew by a
job: the row here, the work in `job`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from annotation import audit
from annotation.errors import Refusal
from annotation.labels.quality.judging import DOUBLE_LABELED, LADDER, QUARANTINED
from annotation.models import Rater, Redecision

# Of a person's labels since then: how many, on how many items, how many items they alone decided, and how many of these
# items stand in datasets.
EFFECT = """
    SELECT count(*), count(DISTINCT l.item_id),
        count(DISTINCT l.item_id) FILTER (WHERE c.label_ids = ARRAY[l.id]),
        count(DISTINCT l.item_id) FILTER (WHERE EXISTS (SELECT FROM annotation_exportrow e WHERE e.item_id = l.item_id))
    FROM annotation_label l
    LEFT JOIN annotation_consensusrevision c ON c.item_id = l.item_id AND c.superseded_at IS NULL
    WHERE l.rater_id = %(rater)s AND l.role = 'annotator' AND l.superseded_at IS NULL AND l.received_at >= %(since)s
"""

COUNTS_OTHERWISE = (DOUBLE_LABELED, QUARANTINED)
"""Under these a label weighs less than another one's, or asks for one more."""


class UnknownStanding(Refusal):
    """There is no step “{standing}”. The steps are: told, double_labeled, quarantined. An empty one takes the last
    back."""

    code = "unknown_standing"


class NotAPerson(Refusal):
    """{name} is no person, so there is nobody to tell. Rules, judges and gold sets have pages of their own."""

    code = "not_a_person"


class NotYet(Refusal):
    """{at} lies ahead. A decision counts from now on, or from a day that has been."""

    code = "not_yet"


class DecidedMeanwhile(Refusal):
    """Nothing was changed: somebody has decided about {name} since this page was opened. Read it anew, then decide."""

    code = "decided_meanwhile"
    status = 409


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A person's labels since some time: the `items` they are on, those that this person `decided` alone, and those
    that stand in datasets."""

    labels: int
    items: int
    decided: int
    exported: int


@transaction.atomic
def decide(
    *, rater: Rater, standing: str, since: datetime, before: str, actor: audit.Actor, now: datetime
) -> Redecision | None:
    """Put a person on a rung from some time on; an empty one takes the last back. Deciding what holds changes nothing.

    `before`: the rung that the page showed. Returns the job that decides the touched items anew, if there are any.
    """
    locked = Rater.objects.select_for_update(of=["self"]).select_related("user").get(pk=rater.pk)
    if (locked.standing, locked.standing_from) == (standing, since if standing else None):
        return None
    _check(locked, standing, since, before, now)
    touched = _touched(locked, standing, since)
    data = {
        "standing": standing,
        "since": since.isoformat() if standing else None,
        "before": locked.standing,
        "before_since": locked.standing_from.isoformat() if locked.standing_from else None,
    }
    locked.standing, locked.standing_from = standing, since if standing else None
    locked.save(update_fields=["standing", "standing_from"])
    audit.record(actor=actor, verb="rater.standing", target=("rater", locked.pk), now=now, data=data)
    return _decide_anew(locked, touched, now) if touched is not None else None


def effect(*, rater: Rater, since: datetime) -> Effect:
    """What putting a person's labels aside from then on would touch."""
    with connection.cursor() as cursor:
        cursor.execute(EFFECT, {"rater": rater.pk, "since": since})
        labels, items, decided, exported = cursor.fetchone() or (0, 0, 0, 0)
    return Effect(labels=labels, items=items, decided=decided, exported=exported)


def running(rater: Rater) -> Redecision | None:
    """The latest job about this person's items that has not ended well."""
    return Redecision.objects.filter(rater=rater).exclude(status=Redecision.Status.DONE).order_by("-pk").first()


def _check(rater: Rater, standing: str, since: datetime, before: str, now: datetime) -> None:
    if standing not in LADDER:
        raise UnknownStanding(standing=standing)
    if rater.kind != Rater.Kind.HUMAN:
        raise NotAPerson(name=rater.name)
    if since > now:
        raise NotYet(at=f"{since:%Y-%m-%d %H:%M} UTC")
    if rater.standing != before:
        raise DecidedMeanwhile(name=rater.user or rater.name)


def _touched(rater: Rater, standing: str, since: datetime) -> datetime | None:
    """Since when labels of this person count otherwise than before; None: none do."""
    times = [since] if standing in COUNTS_OTHERWISE else []
    if rater.standing in COUNTS_OTHERWISE and rater.standing_from is not None:
        times.append(rater.standing_from)
    return min(times, default=None)


def _decide_anew(rater: Rater, since: datetime, now: datetime) -> Redecision | None:
    items = effect(rater=rater, since=since).items
    if not items:
        return None
    return Redecision.objects.create(rater=rater, since=since, created_at=now, items_total=items)
