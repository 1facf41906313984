"""Past items, labeled by a version that is switched on: asked for, ended, and done from wherever the last worker was.

A batch and how far it got are one commit, so a worker that dies leaves nothing half done and nothing to do twice.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Max, QuerySet

from annotation import audit, jobs
from annotation.errors import Refusal
from annotation.jobs import Clock, Superseded
from annotation.labels.rules import cases, labeling, writing
from annotation.models import Rule, RuleRun

BATCH = 200


class SwitchedOff(Refusal):
    """Only a version that is switched on labels items. Switch it on first."""

    code = "rule_off"
    status = 409


class RunRunning(Refusal):
    """This rule is labeling past items just now, {done} of {total} so far. Wait until that has ended, or cancel it."""

    code = "run_running"
    status = 409


class RunEnded(Refusal):
    """This has ended already: it is {status}. Nothing was changed."""

    code = "ended"
    status = 409


class DiedTooOften(Refusal):
    """Flywheel began to label these items {attempts} times and its worker died each time. What it labeled until then
    stays. Ask who runs the server to look at the worker's log, then have the rest labeled."""


class Defect(Refusal):
    """Flywheel failed at labeling these items ({kind}). What it labeled until then stays. Ask who runs the server to
    look at the worker's log, then have the rest labeled."""


@transaction.atomic
def start(*, rule: Rule, actor: audit.Actor, now: datetime) -> RuleRun:
    """Ask for the items that are there to be labeled by the version that is switched on."""
    held = Rule.objects.select_for_update(of=("self",)).select_related("current__rule__feature").get(pk=rule.pk)
    version = held.current
    if version is None:
        raise SwitchedOff
    if found := unfinished(held).first():
        raise RunRunning(done=f"{found.items_done:,}", total=f"{found.items_total:,}")
    items = cases.items_of(version)
    until = items.aggregate(until=Max("pk"))["until"] or 0
    made = RuleRun.objects.create(
        version=version, requested_by=actor.user, created_at=now, items_total=items.count(), until_item=until
    )
    writing.record(version, "rule.run_asked", actor=actor, now=now, items=made.items_total)
    return made


@transaction.atomic
def cancel(*, run: RuleRun, actor: audit.Actor, now: datetime) -> RuleRun:
    """End it. One that a worker is at ends after the batch that it is at; what was labeled until then stays."""
    held = RuleRun.objects.select_for_update(of=("self",)).select_related("version__rule__feature").get(pk=run.pk)
    if jobs.cancel(held, ended=RunEnded, now=now):
        writing.record(held.version, "rule.run_cancelled", actor=actor, now=now, labeled=held.labeled)
    return held


def unfinished(rule: Rule) -> QuerySet[RuleRun]:
    return RuleRun.objects.filter(version__rule=rule, status__in=jobs.UNFINISHED)


def last(rule: Rule) -> RuleRun | None:
    return RuleRun.objects.filter(version__rule=rule).select_related("version__rule").order_by("-pk").first()


def run(*, run_id: int, by: str, clock: Clock) -> None:
    rows = RuleRun.objects.select_related("version__rule__feature", "version__reason__taxonomy_version")
    jobs.bring_to_end(rows, run_id, by=by, clock=clock, work=_work, end=_end, defect=Defect, died=DiedTooOften)


def _work(found: RuleRun, attempt: int, clock: Clock) -> None:
    jobs.check_wanted(found, attempt)
    after = found.last_item
    while ids := _next(found, after):
        _batch(found, attempt, ids, clock())
        after = ids[-1]
        jobs.check_wanted(found, attempt)
    _finish(found, attempt, clock)


def _next(found: RuleRun, after: int) -> list[int]:
    items = cases.items_of(found.version).filter(pk__gt=after, pk__lte=found.until_item)
    return list(items.values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def _batch(found: RuleRun, attempt: int, ids: list[int], now: datetime) -> None:
    """Raises Superseded, and then nothing is done."""
    labeled = labeling.label(version=found.version, item_ids=ids, now=now)
    counts = {"items_done": F("items_done") + len(ids), "labeled": F("labeled") + labeled}
    if not jobs.mine(found, attempt).update(last_item=ids[-1], **counts):
        raise Superseded


@transaction.atomic
def _finish(found: RuleRun, attempt: int, clock: Clock) -> None:
    # Asked to end at the last moment, it ends: the caller was told so.
    jobs.write(found, attempt, status=RuleRun.Status.DONE, finished_at=clock())
    _record(found, "rule.run_finished", clock())


@transaction.atomic
def _end(found: RuleRun, attempt: int, clock: Clock, status: str, error: str) -> None:
    """End before all was labeled. What was labeled stays."""
    jobs.end(found, attempt, clock, status, error)
    if status == RuleRun.Status.FAILED:
        _record(found, "rule.run_failed", clock())


def _record(found: RuleRun, verb: str, now: datetime) -> None:
    found.refresh_from_db(fields=["labeled"])
    writing.record(found.version, verb, actor=audit.FLYWHEEL, now=now, labeled=found.labeled)
