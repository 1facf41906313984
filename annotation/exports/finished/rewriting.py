"""Write the files of a finished export again, from its rows: the same content, unless an erasure fell between.

What the rows refer to never changes: decisions are revisions of their own, and reasons of older taxonomy versions stay.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Any, LiteralString

from django.conf import settings
from django.db import connection, transaction

from annotation import audit, jobs, storage
from annotation.errors import Refusal
from annotation.exports import erased
from annotation.exports.files import beside, manifest, write
from annotation.exports.files.write import Range
from annotation.exports.finished import keep
from annotation.jobs import Clock
from annotation.models import Export, ExportShard, Rewriting

# In the order of ordinals. `reasons` has no texts of interactions in it.
GONE: LiteralString = """
    SELECT r.ordinal
    FROM annotation_exportrow r
    JOIN annotation_item i ON i.id = r.item_id
    JOIN annotation_interaction n ON n.id = i.interaction_id
    LEFT JOIN annotation_interactioncontent x ON x.interaction_id = n.id
    LEFT JOIN annotation_item ci ON ci.id = r.counterpart_item_id
    LEFT JOIN annotation_interaction cn ON cn.id = ci.interaction_id
    WHERE r.export_id = %(export)s
      AND (n.erased_at IS NOT NULL OR cn.erased_at IS NOT NULL OR (%(texts)s AND x.interaction_id IS NULL))
    ORDER BY 1
"""


class DiedTooOften(Refusal):
    """Flywheel took this up {attempts} times and its worker died each time, maybe for lack of memory. Ask an admin to
    look at the worker's log, then ask for the files again."""


class NotStored(Refusal):
    """The files could not be written: {reason}, then ask for them again."""


class Defect(Refusal):
    """Flywheel failed at writing these files again ({kind}); the worker's log says more. Ask an admin to look at it."""


class NothingLeft(Refusal):
    """Everything that this export held was erased since, so there is nothing to write."""


class Differs(Refusal):
    """The rows written again are not those of then: their content_sha256 is {found} and was {wanted}, and no erasure
    fell between. They were written by Flywheel {then} and now by {version}. The files were not kept; ask for the
    export anew."""


def folder(rewriting: Rewriting) -> str:
    return f"{write.FOLDER}/{rewriting.export.public_id}.{rewriting.pk}"


def run(*, rewriting_id: int, by: str, clock: Clock) -> None:
    """Write them, or go on where the last worker left it."""
    rows = Rewriting.objects.select_related("export__feature", "export__taxonomy_version", "export__rewriting")
    jobs.bring_to_end(
        rows, rewriting_id, by=by, clock=clock, work=_work, end=_end, defect=Defect, died=DiedTooOften, leave=_leave
    )


def _work(rewriting: Rewriting, attempt: int, clock: Clock) -> None:
    try:
        _make(rewriting, attempt, clock)
    except OSError as error:
        raise NotStored(reason=storage.said(error)) from error


def _make(rewriting: Rewriting, attempt: int, clock: Clock) -> None:
    export = rewriting.export
    storage.remove_unfinished(folder(rewriting), before=attempt)
    gone = _gone(export)
    shards = [(shard, list(_around(shard, gone))) for shard in ExportShard.objects.filter(export=export)]
    if not any(ranges for _, ranges in shards):
        raise NothingLeft
    content = hashlib.sha256()
    for shard, ranges in shards:
        _shard(rewriting, attempt, shard, ranges, content)
    _finish(rewriting, attempt, _record(rewriting, content.hexdigest(), gone, clock), shards, clock)


def _shard(rewriting: Rewriting, attempt: int, shard: ExportShard, ranges: list[Range], content: hashlib._Hash) -> None:
    """Write one file, unless an earlier attempt has."""
    name = f"{folder(rewriting)}/{shard.name}"
    if any(entry["name"] == shard.name for entry in rewriting.files) and storage.exists(name):
        for lines in write.lines(export=rewriting.export, ranges=ranges):
            jobs.check_wanted(rewriting, attempt)
            content.update(lines)
        return
    before = shard.first_ordinal - 1

    def note(done: int) -> None:
        jobs.write(rewriting, attempt, rows_done=before + done)

    file = write.shard(
        export=rewriting.export, name=name, ranges=ranges, attempt=attempt, note=note, lines=content.update
    )
    rows = sum(last - first + 1 for first, last in ranges)
    entry = {"name": shard.name, "bytes": file.bytes, "sha256": file.sha256, "rows": rows}
    rewriting.files = [*(one for one in rewriting.files if one["name"] != shard.name), entry]
    jobs.write(rewriting, attempt, files=rewriting.files)


def _record(rewriting: Rewriting, content_sha256: str, gone: Sequence[int], clock: Clock) -> dict[str, Any]:
    """The manifest of these files, with the data files alone. Raises Differs."""
    export = rewriting.export
    before = keep.record(export) or {}
    record = {**before, "files": rewriting.files}
    if content_sha256 == before["content_sha256"]:
        return record
    if export.files_erased_at is None:
        then = before["flywheel_version"]
        raise Differs(found=content_sha256, wanted=before["content_sha256"], then=then, version=settings.VERSION)
    return record | {
        "content_sha256": content_sha256,
        "rows": manifest.rows(export, without=gone),
        "written_again": {
            "at": clock().isoformat(),
            "rows_erased": len(gone),
            "content_sha256_before": export.content_sha256,
        },
    }


def _finish(
    rewriting: Rewriting,
    attempt: int,
    record: dict[str, Any],
    shards: list[tuple[ExportShard, list[Range]]],
    clock: Clock,
) -> None:
    """Write what stands beside the data, then hand the files out."""
    export = rewriting.export
    whole = beside.files(
        export=export,
        record=record,
        folder=folder(rewriting),
        shards=shards,
        attempt=attempt,
        check=partial(jobs.check_wanted, rewriting, attempt),
    )
    with transaction.atomic():
        # An erasure that came before this has ended the rewriting; one that comes after sees its files.
        erased.share(export.feature_id)
        now = clock()
        jobs.write(rewriting, attempt, status=Rewriting.Status.DONE, manifest=whole, finished_at=now)
        there = {"files_erased_at": None, "files_removed_at": None, "files_removed_why": ""}
        Export.objects.filter(pk=export.pk).update(rewriting=rewriting, **there)
        data = {"content_sha256": whole["content_sha256"], "is_same": whole["content_sha256"] == export.content_sha256}
        _audit(export, "export.written_again", clock, data)


def _end(rewriting: Rewriting, attempt: int, clock: Clock, status: str, error: str) -> None:
    with transaction.atomic():
        jobs.end(rewriting, attempt, clock, status, error)
        if status == Rewriting.Status.FAILED:
            _audit(rewriting.export, "export.not_written_again", clock, {})
        storage.remove(folder(rewriting))


def _leave(rewriting: Rewriting) -> None:
    rewriting.refresh_from_db(fields=["status"])
    if rewriting.status in (Rewriting.Status.CANCELLED, Rewriting.Status.FAILED):
        storage.remove(folder(rewriting))


def _gone(export: Export) -> list[int]:
    """The ordinals whose row can't be written any more."""
    with connection.cursor() as cursor:
        cursor.execute(GONE, {"export": export.pk, "texts": export.request["format"] != "reasons"})
        return [ordinal for (ordinal,) in cursor.fetchall()]


def _around(shard: ExportShard, gone: Sequence[int]) -> Iterator[Range]:
    """The shard's ordinals without those, as many at a time as are read at once."""
    first = shard.first_ordinal
    for ordinal in chain((one for one in gone if shard.first_ordinal <= one <= shard.last_ordinal), [None]):
        last = shard.last_ordinal if ordinal is None else ordinal - 1
        yield from write.stretches(first, last)
        first = last + 2


def _audit(export: Export, verb: str, clock: Clock, data: dict[str, Any]) -> None:
    target = ("export", export.public_id)
    audit.record(actor=audit.FLYWHEEL, verb=verb, target=target, feature=export.feature, now=clock(), data=data)
