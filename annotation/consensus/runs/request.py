"""Ask for a run over a queue, end it, and find the queues where one is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from typing import Final

from django.db import IntegrityError, transaction

from annotation import audit, jobs, loading
from annotation.errors import Refusal
from annotation.models import ConsensusRun, Queue

NIGHT: Final = time_of_day(2, tzinfo=UTC)
"""When the day's run is due, for most people while nobody labels."""

STANDINGS: Final = """
    SELECT coalesce(md5(string_agg(concat_ws(' ', p.id, p.standing, extract(epoch FROM p.standing_from)), ','
        ORDER BY p.id)), '')
    FROM annotation_rater p WHERE p.standing IN ('double_labeled', 'quarantined')
"""

# Where people are weighed, each night; where the last one came to no end, the next night. At once where the rule was
# changed, or what is decided about somebody's labels.
DUE: Final = f"""
    WITH standings AS MATERIALIZED ({STANDINGS})
    SELECT q.id FROM annotation_queue q
    LEFT JOIN LATERAL (
        SELECT r.status, r.rule, r.standings, r.created_at FROM annotation_consensusrun r
        WHERE r.queue_id = q.id ORDER BY r.id DESC LIMIT 1
    ) last ON true
    WHERE coalesce(last.status, '') NOT IN ('pending', 'running') AND (
        ((q.consensus = 'dawid_skene' OR last.status <> 'done') AND coalesce(last.created_at < $1, true))
        OR last.rule <> q.consensus
        OR coalesce(last.standings, '') <> (SELECT * FROM standings)
    )
    ORDER BY q.id
"""  # noqa: S608 - of constants alone


class RunGoesOn(Refusal):
    """The items of this queue are being decided anew just now. Wait until that has ended, or cancel it."""

    code = "run_goes_on"
    status = 409


class RunEnded(Refusal):
    """This run has ended already: it is {status}. Nothing was changed."""

    code = "ended"
    status = 409


def ask(*, queue: Queue, now: datetime, actor: audit.Actor = audit.FLYWHEEL) -> ConsensusRun:
    """Ask for all items of a queue to be decided anew. Raises RunGoesOn."""
    ((standings,),) = loading.asked(STANDINGS, [])
    try:
        with transaction.atomic():
            run = ConsensusRun.objects.create(
                queue=queue, requested_by=actor.user, rule=queue.consensus, standings=standings, created_at=now
            )
            if actor.user is not None:
                _record(run, "consensus.asked", actor, now)
    except IntegrityError as error:
        raise RunGoesOn from error
    return run


def ask_due(*, now: datetime) -> list[ConsensusRun]:
    """Ask for the runs that are due. Who asks at the same time finds nothing left."""
    due = loading.asked(DUE, [_night(now)])
    asked = []
    for queue in Queue.objects.filter(pk__in=[pk for (pk,) in due]):
        try:
            asked.append(ask(queue=queue, now=now))
        except RunGoesOn:
            continue
    return asked


@transaction.atomic
def cancel(*, run: ConsensusRun, actor: audit.Actor, now: datetime) -> ConsensusRun:
    """End it. One that a worker is at ends after the items that it is at; what was decided until then stays."""
    locked = ConsensusRun.objects.select_for_update(of=["self"]).select_related("queue__feature").get(pk=run.pk)
    if jobs.cancel(locked, ended=RunEnded, now=now):
        _record(locked, "consensus.cancelled", actor, now)
    return locked


def latest(queue: Queue) -> ConsensusRun | None:
    return ConsensusRun.objects.filter(queue=queue).order_by("-pk").first()


def _night(now: datetime) -> datetime:
    """The last time at which a day's run became due."""
    today = datetime.combine(now.astimezone(UTC).date(), NIGHT)
    return today if today <= now else today - timedelta(days=1)


def _record(run: ConsensusRun, verb: str, actor: audit.Actor, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        target=("queue", run.queue_id),
        now=now,
        feature=run.queue.feature,
        data={"run": run.pk, "rule": run.rule},
    )
