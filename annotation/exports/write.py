"""Write the files of an export, shard by shard, so that whoever resumes starts after the last whole one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import orjson

from annotation import jobs, storage
from annotation.exports import read
from annotation.exports.containers import SINKS
from annotation.exports.read import Chunk
from annotation.jobs import Superseded
from annotation.models import Export, ExportShard

CHUNK = 2_000


def folder(export: Export) -> str:
    """Where the export's files are, inside the storage."""
    return f"exports/{export.public_id}"


def shards(*, export: Export, attempt: int) -> str:
    """Write every shard that isn't there yet. Returns `content_sha256`.

    That is over the canonical JSON of the rows in order, a line end after each, without `exported_at`. Rows of shards
    that an earlier attempt wrote are made again for it. Raises Superseded, Cancelled, ErasedMeanwhile, OSError.
    """
    content = hashlib.sha256()
    for shard in ExportShard.objects.filter(export=export):
        jobs.write(export, attempt, rows_done=shard.first_ordinal - 1)
        name = f"{folder(export)}/{shard.name}"
        if shard.sha256 and storage.exists(name):
            for chunk in _chunks(export, shard, attempt):
                content.update(chunk.hashed)
        else:
            _write(export, shard, name, attempt, content)
    jobs.write(export, attempt, rows_done=export.rows_total or 0)
    return content.hexdigest()


def small(*, export: Export, name: str, data: bytes, attempt: int) -> dict[str, object]:
    """Write one file that fits in memory. Returns its entry for the manifest."""
    with storage.writing(f"{folder(export)}/{name}", attempt=attempt) as file:
        file.write(data)
    return {"name": name, "bytes": file.bytes, "sha256": file.sha256}


def provenance(*, export: Export, attempt: int) -> dict[str, object]:
    """Write `provenance.jsonl`: a line for each line of the data files, which it names. Returns its entry for the
    manifest. Raises Cancelled, Superseded, ErasedMeanwhile, OSError."""
    name = "provenance.jsonl"
    with storage.writing(f"{folder(export)}/{name}", attempt=attempt) as file:
        for shard in ExportShard.objects.filter(export=export):
            for first, last in _stretches(shard):
                jobs.check_wanted(export, attempt)
                found = read.provenance(export=export, first=first, last=last)
                for line, row in enumerate(found, first - shard.first_ordinal + 1):
                    place = {"file": shard.name, "line": line}
                    file.write(orjson.dumps({**place, **row}, option=orjson.OPT_APPEND_NEWLINE))
    return {"name": name, "bytes": file.bytes, "sha256": file.sha256, "rows": export.rows_total}


def _write(export: Export, shard: ExportShard, name: str, attempt: int, content: hashlib._Hash) -> None:
    own = hashlib.sha256()
    with storage.writing(name, attempt=attempt) as file:
        sink = SINKS[export.request["container"]](file, export.request["format"])
        for chunk in _chunks(export, shard, attempt):
            sink.add(chunk.lines)
            own.update(chunk.hashed)
            content.update(chunk.hashed)
        sink.end()
    mine = ExportShard.objects.filter(pk=shard.pk, export__attempt=attempt, export__status=Export.Status.RUNNING)
    if not mine.update(bytes=file.bytes, sha256=file.sha256, content_sha256=own.hexdigest()):
        raise Superseded


def _chunks(export: Export, shard: ExportShard, attempt: int) -> Iterator[Chunk]:
    for first, last in _stretches(shard):
        yield read.chunk(export=export, first=first, last=last)
        jobs.write(export, attempt, rows_done=last)


def _stretches(shard: ExportShard) -> Iterator[tuple[int, int]]:
    for first in range(shard.first_ordinal, shard.last_ordinal + 1, CHUNK):
        yield first, min(first + CHUNK - 1, shard.last_ordinal)
