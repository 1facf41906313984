"""What an erasure does to datasets: files that hold what was erased are deleted, and what is being made begins anew."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import LiteralString

from django.db import connection

from annotation import audit, jobs, storage
from annotation.errors import Refusal
from annotation.exports.files import write
from annotation.lib import public_ids
from annotation.models import Export, Rewriting

_NAMESPACE = 0x73656C  # "sel": keeps these locks apart from others of the same database

# A row holds its own interaction, and its counterpart's. In the prompt of a plain question stand the earlier turns of
# its conversation too (`staging.EARLIER_TURNS`), in every format that has texts.
HOLDING: LiteralString = """
    WITH gone AS (
        SELECT id, feature_id, conversation_id, occurred_at, ingested_at
        FROM annotation_interaction WHERE id = ANY(%(interactions)s::bigint[])
    ), own AS (
        SELECT i.id FROM annotation_item i JOIN gone ON gone.id = i.interaction_id
    ), asked_after AS (
        SELECT t.id AS item_id, min(gone.ingested_at) AS known_since
        FROM gone
        JOIN annotation_interaction n
          ON n.feature_id = gone.feature_id AND n.conversation_id = gone.conversation_id
         AND (n.occurred_at, n.id) > (gone.occurred_at, gone.id)
        JOIN annotation_interactioncontent x ON x.interaction_id = n.id AND jsonb_typeof(x.input) = 'string'
        JOIN annotation_item t ON t.interaction_id = n.id
        GROUP BY t.id
    )
    SELECT export_id FROM annotation_exportrow WHERE item_id IN (SELECT id FROM own)
    UNION
    SELECT export_id FROM annotation_exportrow WHERE counterpart_item_id IN (SELECT id FROM own)
    UNION
    SELECT r.export_id
    FROM asked_after a
    JOIN annotation_exportrow r ON r.item_id = a.item_id
    JOIN annotation_consensusrevision v ON v.id = r.revision_id AND v.resolved_at >= a.known_since
    JOIN annotation_export e ON e.id = r.export_id AND e.request ->> 'format' <> 'reasons'
    UNION
    SELECT r.export_id
    FROM asked_after a
    JOIN annotation_exportrow r ON r.counterpart_item_id = a.item_id
    JOIN annotation_consensusrevision v ON v.id = r.counterpart_revision_id AND v.resolved_at >= a.known_since
    JOIN annotation_export e ON e.id = r.export_id AND e.request ->> 'format' <> 'reasons'
"""


class FilesLeft(Refusal):
    """The files of the export {export} hold what was erased, and the storage doesn't delete them. They are no longer
    handed out. Mend the storage; Flywheel tries again by itself."""

    code = "files_left"
    status = 503


class WrittenAnew(Refusal):
    """Something of this export was erased while its files were written again. Flywheel begins anew, without that."""


class BegunAnew(Refusal):
    """Something that this export had selected was erased before it was finished. Flywheel has asked for it again,
    without that: {successor}."""

    code = "erased_meanwhile"
    status = 409


def share(feature_id: int) -> None:
    """Select rows. An erasure waits for the end of this transaction, and then sees what was selected."""
    _lock("pg_advisory_xact_lock_shared", feature_id)


def have_alone(feature_id: int) -> None:
    """Erase. A selection waits for the end of this transaction, and then finds nothing of what was erased."""
    _lock("pg_advisory_xact_lock", feature_id)


def holding(interaction_ids: Collection[int]) -> list[int]:
    """The exports, in any status, that have a row with one of these interactions in it."""
    with connection.cursor() as cursor:
        cursor.execute(HOLDING, {"interactions": list(interaction_ids)})
        return sorted(row[0] for row in cursor.fetchall())


def withdraw(interaction_ids: Collection[int], *, now: datetime) -> list[Export]:
    """Hand out no file of them any more, inside the transaction that erases. Returns those that have or had files.

    Call it while the interactions still have their conversations, and `delete_files` once it is committed. What is
    being made ends, and a new export with the same request takes its place and its Idempotency-Key.
    """
    held = Export.objects.filter(
        pk__in=holding(interaction_ids), status__in=[Export.Status.DONE, Export.Status.PENDING, Export.Status.RUNNING]
    )
    found = list(held.select_for_update(no_key=True, of=("self",)).select_related("feature").order_by("pk"))
    for export in found:
        if export.status == Export.Status.DONE:
            Export.objects.filter(pk=export.pk, files_erased_at=None).update(files_erased_at=now)
            _write_anew(export, now)
        else:
            _begin_anew(export, now)
    return found


def delete_files(exports: Iterable[Export]) -> None:
    """Delete the files of exports that have ended, but those that were written again since, and those that are being
    written. Harmless when repeated. Raises FilesLeft."""
    for export in exports:
        own = f"{write.FOLDER}/{export.public_id}"
        ended = export.rewritings.exclude(status__in=jobs.UNFINISHED).values_list("pk", flat=True)
        kept = {write.folder(export)} if export.files_erased_at is None and export.rewriting_id else set()
        for folder in {own, *(f"{own}.{pk}" for pk in ended)} - kept:
            _delete(export, folder)


def _delete(export: Export, folder: str) -> None:
    storage.remove(folder)
    names = [entry["name"] for entry in (export.manifest or {}).get("files", [])]
    try:
        is_left = any(storage.exists(f"{folder}/{name}", patient=False) for name in names)
    except OSError as error:
        raise FilesLeft(export=export.public_id) from error
    if is_left:
        raise FilesLeft(export=export.public_id)


def _write_anew(export: Export, now: datetime) -> None:
    """One that is being written again ends, and another one takes its place, in a folder of its own."""
    for rewriting in export.rewritings.select_for_update(no_key=True).filter(status=Rewriting.Status.RUNNING):
        is_wanted = rewriting.cancel_asked_at is None
        rewriting.status = Rewriting.Status.FAILED if is_wanted else Rewriting.Status.CANCELLED
        rewriting.error = WrittenAnew().message if is_wanted else ""
        rewriting.finished_at = now
        rewriting.save(update_fields=["status", "error", "finished_at"])
        if is_wanted:
            kept = ("export_id", "requested_by_id", "token_id", "rows_total")
            Rewriting.objects.create(created_at=now, **{name: getattr(rewriting, name) for name in kept})


def _begin_anew(export: Export, now: datetime) -> None:
    """The worker that is at it finds its attempt superseded, and removes what it wrote."""
    key, export.idempotency_key = export.idempotency_key, None
    successor = public_ids.new("exp", now_ms=int(now.timestamp() * 1000))
    is_wanted = export.cancel_asked_at is None
    export.status = Export.Status.FAILED if is_wanted else Export.Status.CANCELLED
    export.error = BegunAnew(successor=successor).message if is_wanted else ""
    export.finished_at = now
    export.save(update_fields=["idempotency_key", "status", "finished_at", "error"])
    if is_wanted:
        kept = ("feature_id", "since_id", "recipe_id", "request", "requested_by_id", "token_id")
        same = {name: getattr(export, name) for name in kept}
        Export.objects.create(public_id=successor, idempotency_key=key, created_at=now, **same)
        _record(export, successor, now)


def _record(export: Export, successor: str, now: datetime) -> None:
    audit.record(
        actor=audit.FLYWHEEL,
        verb="export.begun_anew",
        target=("export", export.public_id),
        feature=export.feature,
        now=now,
        data={"successor": successor},
    )


def _lock(function: str, feature_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [_NAMESPACE, feature_id % 2**31])
