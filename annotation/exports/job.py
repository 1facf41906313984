"""Make an export, from wherever the last worker left it."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import Any

from django.db import transaction

from annotation import audit, jobs, storage
from annotation.errors import Refusal
from annotation.exports.files import beside, manifest, shards, write
from annotation.exports.files.shards import Ring
from annotation.exports.selection import select
from annotation.exports.wanted import ExportRequest
from annotation.ingest import signatures
from annotation.jobs import Cancelled, Clock, Superseded
from annotation.models import Export


class DiedTooOften(Refusal):
    """Flywheel took this export up {attempts} times and its worker died each time, maybe for lack of memory. Ask an
    admin to look at the worker's log, then ask for the export again."""


class NotStored(Refusal):
    """The files could not be written: {reason}, then ask for the export again."""


class Defect(Refusal):
    """Flywheel failed at this export ({kind}); the worker's log says more. Ask an admin to look at it."""


def run(
    *,
    export_id: int,
    by: str,
    clock: Clock,
    shard_rows: int = select.SHARD_ROWS,
    ring: Ring = lambda helpers: None,
) -> None:
    """Make it, or go on with it. `ring` calls so many workers to `assist`; without it this one writes alone."""
    rows = Export.objects.select_related("feature", "taxonomy_version", "since")
    work = partial(_work, by=by, shard_rows=shard_rows, ring=ring)
    jobs.bring_to_end(
        rows, export_id, by=by, clock=clock, work=work, end=_end, defect=Defect, died=DiedTooOften, leave=_leave
    )


def assist(*, export_id: int, by: str, clock: Clock) -> None:
    """Write what nobody is at of an export that another worker makes. Harmless where there is nothing to do."""
    export = Export.objects.select_related("feature").get(pk=export_id)
    if export.exported_at is None or export.status != Export.Status.RUNNING:
        return
    with contextlib.suppress(Cancelled, Superseded):
        shards.assist(export=export, by=by, clock=clock)
    _leave(export)


def _work(export: Export, attempt: int, clock: Clock, by: str, shard_rows: int, ring: Ring) -> None:
    try:
        if export.exported_at is None:
            request = ExportRequest.model_validate(export.request)
            for _ in signatures.of_decided(feature=export.feature):
                jobs.check_wanted(export, attempt)
            select.rows(export=export, request=request, attempt=attempt, now=clock(), shard_rows=shard_rows)
            export.refresh_from_db()
            select.count_in(export)
        content_sha256 = shards.write_all(export=export, attempt=attempt, by=by, clock=clock, ring=ring)
        _finish(export, attempt, content_sha256, clock)
    except OSError as error:
        raise NotStored(reason=storage.said(error)) from error


def _finish(export: Export, attempt: int, content_sha256: str, clock: Clock) -> None:
    """Write what stands beside the data, then say that it is done: from then on nothing of it changes."""
    folder = write.folder(export)
    # By now nobody writes here any more who was not given up for dead.
    storage.remove_unfinished(folder)
    record = beside.files(
        export=export,
        record=manifest.build(export=export, content_sha256=content_sha256, files=manifest.data_files(export)),
        folder=folder,
        shards=shards.of(export),
        attempt=attempt,
        check=partial(shards.check, export, attempt),
    )
    now = clock()
    with transaction.atomic():
        _record(export, "export.finished", clock, {"rows": export.rows_total, "content_sha256": content_sha256})
        done = {"status": Export.Status.DONE, "manifest": record, "content_sha256": content_sha256, "finished_at": now}
        # Asked to end at the last moment, it ends: the caller was told so.
        jobs.write(export, attempt, **done)


def _end(export: Export, attempt: int, clock: Clock, status: str, error: str) -> None:
    """End without a dataset: no file stays."""
    with transaction.atomic():
        jobs.end(export, attempt, clock, status, error)
        if status == Export.Status.FAILED:
            _record(export, "export.failed", clock, {})
        storage.remove(write.folder(export))


def _leave(export: Export) -> None:
    """What this worker wrote too late belongs to its successor, unless there is none to come."""
    export.refresh_from_db(fields=["status"])
    if export.status in (Export.Status.CANCELLED, Export.Status.FAILED):
        storage.remove(write.folder(export))


def _record(export: Export, verb: str, clock: Clock, data: dict[str, Any]) -> None:
    target = ("export", export.public_id)
    audit.record(actor=audit.FLYWHEEL, verb=verb, target=target, feature=export.feature, now=clock(), data=data)
