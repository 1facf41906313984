"""Run a judge, from wherever the last worker left it.

What is missing is what is done: items whose rows still wait. Calls that were out when a worker died count as spent.
"""

from __future__ import annotations

from functools import partial

from django.db import transaction

from annotation import audit, jobs
from annotation.errors import Refusal
from annotation.jobs import Clock
from annotation.labels.judge import chosen, ledger, request, server
from annotation.labels.judge.asking import Asking
from annotation.labels.judge.case import Look
from annotation.models import JudgeRun


class DiedTooOften(Refusal):
    """Flywheel took this run up {attempts} times and its worker died each time. What was answered stays. Ask who runs
    the server to look at the worker's log, then start the run again: only what is missing is asked."""


class Defect(Refusal):
    """Flywheel failed at this run ({kind}). What was answered stays. Ask who runs the server to look at the worker's
    log, then start the run again: only what is missing is asked."""


def run(*, run_id: int, by: str, clock: Clock, look: Look) -> None:
    rows = JudgeRun.objects.select_related("version__judge", "version__rater", "version__taxonomy_version", "feature")
    work = partial(_work, look=look)
    jobs.bring_to_end(rows, run_id, by=by, clock=clock, work=work, end=_end, defect=Defect, died=DiedTooOften)


def _work(run: JudgeRun, attempt: int, clock: Clock, look: Look) -> None:
    ledger.give_up_lost(run, attempt, now=clock())
    if run.selected_at is None:
        chosen.select(run=run, attempt=attempt, now=clock())
    asking = Asking(run, attempt, clock=clock, look=look, server=server.configured())
    is_whole = asking.work()
    _finish(run, attempt, clock, JudgeRun.Status.DONE if is_whole else JudgeRun.Status.CAPPED)


@transaction.atomic
def _finish(run: JudgeRun, attempt: int, clock: Clock, status: str) -> None:
    # Asked to end at the last moment, it ends: the caller was told so.
    jobs.write(run, attempt, status=status, finished_at=clock())
    run.refresh_from_db()
    request.record(run, "judge_run.finished", actor=audit.FLYWHEEL, now=clock())


@transaction.atomic
def _end(run: JudgeRun, attempt: int, clock: Clock, status: str, error: str) -> None:
    """End before all was asked. What was answered stays."""
    jobs.end(run, attempt, clock, status, error)
    if status == JudgeRun.Status.FAILED:
        run.refresh_from_db()
        request.record(run, "judge_run.failed", actor=audit.FLYWHEEL, now=clock())
