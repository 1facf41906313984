"""Ask for a run, and end one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from annotation import audit, jobs
from annotation.errors import Refusal
from annotation.labels.judge import chosen, server
from annotation.labels.judge.chosen import Choice
from annotation.lib import public_ids
from annotation.models import Feature, JudgeRun, JudgeVersion

MAX_PER_SECOND = 1000.0
MAX_CONCURRENCY = 32
MAX_TRIES = 10


class RunRunning(Refusal):
    """This version is being run already ({run}). Wait until that has ended, or cancel it: two at once would ask about
    the same items, and pay for them twice."""

    code = "run_running"
    status = 409


class NothingToAsk(Refusal):
    """No item is left to ask about: none fits what was chosen, or this version has answered all of them. Choose more
    kinds, statuses or queues, or a larger share."""

    code = "nothing_to_ask"
    status = 409


class WrongChoice(Refusal):
    """{what} must be {bounds}. Nothing was started."""

    code = "wrong_choice"
    status = 422


class RunEnded(Refusal):
    """This run has ended already: it is {status}. Nothing was changed."""

    code = "ended"
    status = 409


@dataclass(frozen=True, kw_only=True)
class Limits:
    """`per_second` and `concurrency` are of calls, `tries` are calls for one item. `cost_cap` is never passed."""

    per_second: float = 2.0
    concurrency: int = 4
    tries: int = 5
    cost_cap: Decimal


@transaction.atomic
def create(
    *, version: JudgeVersion, feature: Feature, choice: Choice, limits: Limits, actor: audit.Actor, now: datetime
) -> JudgeRun:
    """Write down that the version is to be run. Raises NoServer, WrongChoice, RunRunning, NothingToAsk."""
    server.configured()
    check(choice, limits)
    locked = JudgeVersion.objects.select_for_update(of=["self"]).get(pk=version.pk)
    if running := JudgeRun.objects.filter(version=locked, status__in=jobs.UNFINISHED).first():
        raise RunRunning(run=running.public_id)
    if not chosen.count(version=version, feature=feature, choice=choice):
        raise NothingToAsk
    run = JudgeRun.objects.create(
        public_id=public_ids.new("jrn", now_ms=int(now.timestamp() * 1000)),
        version=version,
        feature=feature,
        requested_by=actor.user,
        choice=choice.as_json(),
        created_at=now,
        **vars(limits),
    )
    record(run, "judge_run.asked", actor=actor, now=now)
    return run


def check(choice: Choice, limits: Limits) -> None:
    """Raises WrongChoice."""
    bounds: list[tuple[str, bool, str]] = [
        ("The share", 0 < choice.share <= 1, "above 0 and at most 1"),
        ("The limit", choice.limit is None or choice.limit >= 1, "at least 1"),
        ("Calls a second", 0 < limits.per_second <= MAX_PER_SECOND, f"above 0 and at most {MAX_PER_SECOND:g}"),
        ("Calls at once", 1 <= limits.concurrency <= MAX_CONCURRENCY, f"from 1 to {MAX_CONCURRENCY}"),
        ("Tries", 1 <= limits.tries <= MAX_TRIES, f"from 1 to {MAX_TRIES}"),
        ("The cost cap", limits.cost_cap.is_finite() and limits.cost_cap >= 0, "0 or more"),
    ]
    for what, holds, said in bounds:
        if not holds:
            raise WrongChoice(what=what, bounds=said)


@transaction.atomic
def cancel(*, run: JudgeRun, actor: audit.Actor, now: datetime) -> JudgeRun:
    """End it. Calls that are out are waited for, and their answers kept. Raises RunEnded."""
    locked = JudgeRun.objects.select_for_update(of=["self"]).select_related("version__judge", "feature").get(pk=run.pk)
    if jobs.cancel(locked, ended=RunEnded, now=now):
        record(locked, "judge_run.cancelled", actor=actor, now=now)
    return locked


def record(run: JudgeRun, verb: str, *, actor: audit.Actor, now: datetime) -> None:
    counts = {name: getattr(run, name) for name in ("items_total", "answered", "failed", "skipped")}
    data = {"version": run.version_id, "committed": str(run.committed), **counts}
    audit.record(actor=actor, verb=verb, target=("judge_run", run.public_id), feature=run.feature, now=now, data=data)
