"""End a job, or have a failed one done again."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from annotation import audit, jobs
from annotation.errors import Refusal
from annotation.models import Job
from annotation.operations.joblist import listing
from annotation.operations.joblist.kinds import KINDS
from annotation.operations.joblist.listing import Line


class NotCancelled(Refusal):
    """This can't be cancelled: it has ended, was asked to end before, or is of a kind that is brought to its end.
    Nothing was changed."""

    code = "not_cancelled"
    status = 409


class NotAgain(Refusal):
    """This can't be done again: it didn't fail, or what it needs is gone, as the file of an import is after a day.
    Nothing was changed; where a file is missing, upload it again, and only what is left is taken."""

    code = "not_again"
    status = 409


class AnotherRuns(Refusal):
    """Another job is at the same just now. Wait until it has ended, or cancel it. Nothing was changed."""

    code = "another_runs"
    status = 409


def find(*, kind: str, pk: int) -> Line | None:
    """None where there is no such job."""
    known = KINDS.get(kind)
    job = known.rows().filter(pk=pk).first() if known else None
    return listing.line_of(known, job) if known and job else None


@transaction.atomic
def cancel(*, line: Line, actor: audit.Actor, now: datetime) -> None:
    """Ask it to end, by the verb of its room where that has one. Raises NotCancelled, and what that verb does."""
    if not line.may_end:
        raise NotCancelled
    if line.kind.end is not None:
        line.kind.end(line.job, actor, now)
    elif jobs.cancel(_locked(line), ended=NotCancelled, now=now):
        target = (line.kind.name, line.job.pk)
        audit.record(actor=actor, verb="job.cancelled", target=target, feature=line.feature, now=now)


@transaction.atomic
def again(*, line: Line, actor: audit.Actor, now: datetime) -> Job:
    """Do what is left of a failed one. Returns the job to ring for: itself, from where it stopped, or a new one.

    Raises NotAgain, AnotherRuns, and what its room does.
    """
    if not line.may_again:
        raise NotAgain
    try:
        with transaction.atomic():
            made = _go_on(line) if line.kind.goes_on else _anew(line, actor, now)
    except IntegrityError as error:
        raise AnotherRuns from error
    target = (line.kind.name, line.job.pk)
    data = {"as": [str(made._meta.model_name), made.pk]}
    audit.record(actor=actor, verb="job.retried", target=target, feature=line.feature, now=now, data=data)
    return made


def _go_on(line: Line) -> Job:
    locked = _locked(line)
    if locked.status != Job.Status.FAILED:
        raise NotAgain
    line.kind.check(line.job)
    jobs.go_on(locked)
    return locked


def _locked(line: Line) -> Job:
    return line.kind.model._default_manager.select_for_update(of=("self",)).get(pk=line.job.pk)


def _anew(line: Line, actor: audit.Actor, now: datetime) -> Job:
    if line.kind.anew is None:
        raise NotAgain
    return line.kind.anew(line.job, actor, now)
