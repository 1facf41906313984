"""What is under way, what failed and what has ended, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from django.db.models import QuerySet

from annotation import jobs
from annotation.models import Delivery, Erasure, Feature, Job
from annotation.operations.joblist.kinds import KINDS, Kind


class State(StrEnum):
    """Which of them are asked for."""

    UNFINISHED = "unfinished"
    FAILED = "failed"
    ENDED = "ended"


FAILED: Final = (Job.Status.FAILED,)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One job, and what may be done about it now. `by`: who asked for it; empty: Flywheel itself."""

    kind: Kind
    job: Job
    done: int
    of: int | None
    feature: Feature | None
    about: str
    by: str
    may_end: bool
    may_again: bool


def lines(*, state: State, kind: str = "", before: datetime | None = None, count: int) -> list[Line]:
    """So many at most. `kind`: of these alone; `before`: those that were asked for earlier than that."""
    found = [
        line_of(one, job)
        for one in KINDS.values()
        if kind in ("", one.name)
        for job in _rows(one, state, before)[:count]
    ]
    return sorted(found, key=lambda line: (line.job.created_at, line.job.pk), reverse=True)[:count]


def line_of(kind: Kind, job: Job) -> Line:
    person = getattr(job, kind.asked_by) if kind.asked_by else None
    token = getattr(job, "token", None)
    is_unfinished = job.status in jobs.UNFINISHED
    return Line(
        kind=kind,
        job=job,
        done=kind.done(job),
        of=kind.of(job),
        feature=kind.feature(job),
        about=kind.about(job),
        by=str(person) if person else f"“{token.name}”" if token else "",
        may_end=is_unfinished and job.cancel_asked_at is None and (kind.ends_plainly or kind.end is not None),
        may_again=job.status == Job.Status.FAILED and (kind.goes_on or kind.anew is not None) and kind.is_there(job),
    )


def of_erasures() -> list[Erasure]:
    """Those that go on, the oldest first: they are no `Job`, and nothing ends them but their end."""
    unfinished = Erasure.objects.filter(finished_at=None).select_related("feature", "asked_by", "token")
    return list(unfinished.order_by("asked_at", "pk"))


def told(*, count: int) -> list[Delivery]:
    """The newest messages, mails and webhooks, that were given up."""
    rows = Delivery.objects.filter(status=Delivery.Status.GIVEN_UP).select_related(
        "webhook", "person", "export", "trigger_firing", "alert"
    )
    return list(rows.order_by("-ended_at", "-pk")[:count])


def _rows(kind: Kind, state: State, before: datetime | None) -> QuerySet[Any]:
    rows = kind.rows()
    if before is not None:
        rows = rows.filter(created_at__lt=before)
    match state:
        case State.UNFINISHED:
            rows = rows.filter(status__in=jobs.UNFINISHED)
        case State.FAILED:
            rows = rows.filter(status__in=FAILED)
        case State.ENDED:
            rows = rows.exclude(status__in=(*jobs.UNFINISHED, *FAILED))
    return rows.order_by("-created_at", "-pk")
