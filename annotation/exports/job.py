"""Make an export, from wherever the last worker left it."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction

from annotation import audit, jobs, storage
from annotation.errors import Refusal
from annotation.exports import axolotl, card, causes, croissant, manifest, select, write
from annotation.exports.wanted import OPENAI, ExportRequest
from annotation.ingest import signatures
from annotation.jobs import Clock
from annotation.models import Export


class DiedTooOften(Refusal):
    """Flywheel took this export up {attempts} times and its worker died each time, maybe for lack of memory. Ask an
    admin to look at the worker's log, then ask for the export again."""


class NotStored(Refusal):
    """The files could not be written: {reason}. Free space at the storage or mend it, then ask for the export again."""


class Defect(Refusal):
    """Flywheel failed at this export ({kind}); the worker's log says more. Ask an admin to look at it."""


def run(*, export_id: int, by: str, clock: Clock, shard_rows: int = select.SHARD_ROWS) -> None:
    rows = Export.objects.select_related("feature", "taxonomy_version")
    work = partial(_work, shard_rows=shard_rows)
    jobs.bring_to_end(
        rows, export_id, by=by, clock=clock, work=work, end=_end, defect=Defect, died=DiedTooOften, leave=_leave
    )


def _work(export: Export, attempt: int, clock: Clock, shard_rows: int) -> None:
    try:
        _make(export, attempt, clock, shard_rows)
    except OSError as error:
        raise NotStored(reason=error.strerror or type(error).__name__) from error


def _make(export: Export, attempt: int, clock: Clock, shard_rows: int) -> None:
    storage.remove_unfinished(write.folder(export), before=attempt)
    if export.exported_at is None:
        request = ExportRequest.model_validate(export.request)
        for _ in signatures.of_decided(feature=export.feature):
            jobs.check_wanted(export, attempt)
        select.rows(export=export, request=request, attempt=attempt, now=clock(), shard_rows=shard_rows)
        export.refresh_from_db()
    content_sha256 = write.shards(export=export, attempt=attempt)
    _finish(export, attempt, content_sha256, clock)


def _finish(export: Export, attempt: int, content_sha256: str, clock: Clock) -> None:
    """Write what stands beside the data, then say that it is done: from then on nothing of it changes."""
    record = manifest.build(export=export, content_sha256=content_sha256, files=manifest.data_files(export))
    text = card.text(feature=export.feature.name, manifest=record, left_out=causes.sentence(export.left_out))
    if export.request["format"] in OPENAI:
        record["files"].append(write.provenance(export=export, attempt=attempt))
    found = croissant.text(feature=export.feature.name, manifest=record, labels_per_row=manifest.labels_per_row(export))
    stanza = axolotl.text(manifest=record)
    for name, data in (("README.md", text), ("croissant.json", found), (axolotl.NAME, stanza)):
        entry = write.small(export=export, name=name, data=data, attempt=attempt)
        record["files"].append({**entry, "rows": None})
    write.small(export=export, name="manifest.json", data=manifest.as_file(record), attempt=attempt)
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
