"""Check an uploaded file or take it, from wherever the last worker left it.

What is stored and how far the file is read are two commits: a worker that dies between them leaves one batch to be
read again, and finds its records there already. So the set is exact, and of the counts up to one batch stands under
duplicates in place of accepted.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db import transaction
from django.db.models import F

from annotation import audit, jobs, storage
from annotation.errors import Refusal
from annotation.ingest.files import formats, passes, reading
from annotation.ingest.files.reading import Batch
from annotation.ingest.imports import request
from annotation.ingest.outcome import Outcome, Refused
from annotation.jobs import Clock, Superseded
from annotation.models import Import, ImportRefusal

KEPT_REFUSALS = 1000
KEPT_SCORES = 100


class DiedTooOften(Refusal):
    """Flywheel took this import up {attempts} times and its worker died each time, maybe for lack of memory. Ask an
    admin to look at the worker's log, then try again: what was taken is not taken twice."""


class FileGone(Refusal):
    """The uploaded file can't be read: {reason}, then try again, or upload it anew if that fails too: what was taken is
    not taken twice."""


class Defect(Refusal):
    """Flywheel failed at this import ({kind}); the worker's log says more. Ask an admin to look at it, then try
    again."""


def run(*, import_id: int, by: str, clock: Clock) -> None:
    """One stage of it: check the file, or take it."""
    rows = Import.objects.select_related("feature")
    jobs.bring_to_end(rows, import_id, by=by, clock=clock, work=_work, end=_end, defect=Defect, died=DiedTooOften)


def _work(one: Import, attempt: int, clock: Clock) -> None:
    try:
        _read(one, attempt, clock)
    except OSError as error:
        raise FileGone(reason=storage.said(error)) from error


def _read(one: Import, attempt: int, clock: Clock) -> None:
    with storage.opened(request.file(one)) as file:
        plan = formats.plan(file=file, name=one.file_name, format=one.format, wishes=request.wished(one))
        for batch in reading.batches(file=file, name=one.file_name, plan=plan, skip=one.values_done):
            _note(one, attempt, batch, _pass(one, batch, clock))
            jobs.check_wanted(one, attempt)
    _finish(one, attempt, clock)


def _pass(one: Import, batch: Batch, clock: Clock) -> Outcome:
    if one.stage == Import.Stage.CHECK:
        return passes.check(batch, only=one.feature)
    return passes.take(batch, only=one.feature, now=clock())


@transaction.atomic
def _note(one: Import, attempt: int, batch: Batch, outcome: Outcome) -> None:
    """Write down how far the file is read. Raises Superseded."""
    _add(one, batch)
    written = jobs.mine(one, attempt).update(
        values_done=batch.values,
        bytes_done=min(batch.position, one.bytes_total),
        accepted=F("accepted") + outcome.accepted,
        duplicates=F("duplicates") + outcome.duplicates,
        waiting=F("waiting") + outcome.waiting,
        refused=F("refused") + len(outcome.refused),
        left_out=one.left_out,
        scores=one.scores,
    )
    if not written:
        raise Superseded
    _keep_refusals(one, outcome.refused)


def _add(one: Import, batch: Batch) -> None:
    one.left_out = dict(Counter(one.left_out) + batch.left_out)
    known: Counter[reading.Score] = Counter({(name, value, kind): count for name, value, kind, count in one.scores})
    known.update(batch.scores)
    one.scores = [[*score, count] for score, count in known.most_common(KEPT_SCORES)]


def _keep_refusals(one: Import, refused: list[Refused]) -> None:
    room = KEPT_REFUSALS - one.refusals.count() if refused else 0
    ImportRefusal.objects.bulk_create(
        ImportRefusal(source=one, place=said.index, external_id=said.id or "", code=said.code, message=said.message)
        for said in refused[: max(room, 0)]
    )


@transaction.atomic
def _finish(one: Import, attempt: int, clock: Clock) -> None:
    is_check = one.stage == Import.Stage.CHECK
    ended: dict[str, Any] = {"status": Import.Status.CHECKED if is_check else Import.Status.DONE}
    if not is_check:
        ended |= {"finished_at": clock(), "file_removed_at": clock()}
    # Asked to end at the last moment, it ends: the caller was told so.
    jobs.write(one, attempt, **ended, bytes_done=F("bytes_total"))
    if not is_check:
        one.refresh_from_db()
        counts = {name: getattr(one, name) for name in ("accepted", "duplicates", "waiting", "refused")}
        _record(one, "import.finished", clock, counts)
        transaction.on_commit(lambda: storage.remove(request.folder(one)))


def _end(one: Import, attempt: int, clock: Clock, status: str, error: str) -> None:
    """End before all was taken. What was taken stays, and the file of one that failed, which may be tried again."""
    with transaction.atomic():
        now = clock()
        has_failed = status == Import.Status.FAILED
        removed_at = None if has_failed else now
        ended = {"status": status, "error": error, "finished_at": now, "file_removed_at": removed_at}
        if not jobs.mine(one, attempt).update(**ended):
            raise Superseded
        if has_failed:
            _record(one, "import.failed", clock, {})
        else:
            transaction.on_commit(lambda: storage.remove(request.folder(one)))


def _record(one: Import, verb: str, clock: Clock, data: dict[str, Any]) -> None:
    target = ("import", one.public_id)
    audit.record(actor=audit.FLYWHEEL, verb=verb, target=target, feature=one.feature, now=clock(), data=data)
